#pragma once
#include <stddef.h>

/// g = max(g, low·max(0, 1 + spread·draw)): the lower end of every cell's own window.
void ow_raise_cells(float *g, const float *draws, float low, float spread, size_t count);

/// g = min(g, high·max(0, 1 + spread·draw)): the upper end.
void ow_lower_cells(float *g, const float *draws, float high, float spread, size_t count);

/// g = max(0, g + mean + σ(g)·draw) with σ(g) = max(0, Σ cₖ·(g·inverse)ᵏ) over `terms` coefficients.
void ow_add_write_errors(
    float *g, const float *draws, const float *coefficients, size_t terms, float inverse, float mean,
    size_t count);
