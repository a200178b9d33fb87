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

/// σ(g) = max(0, Σ cₖ·(g·inverse)ᵏ) over `terms` coefficients.
void ow_polynomial_deviations(
    const float *g, float *result, const float *coefficients, size_t terms, float inverse,
    size_t count);

/// σ(g) = g·min(a/max(x^b, 0.001), most)·span with x = g·inverse, 0 where g is not positive: the
/// deviation of 1/f noise. Relative error below 1e-6 beside that of single precision.
void ow_one_over_f_deviations(
    const float *g, float *result, float a, float b, float most, float inverse, float span,
    size_t count);
