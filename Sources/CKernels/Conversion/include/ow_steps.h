#pragma once
#include <stddef.h>

/// y = outputs[k], k the number of `thresholds` that x is not below; x and y may be the same memory.
/// There are `n` thresholds, which do not fall, and n + 1 outputs.
void ow_step_function(
    const float *x, float *y, size_t count, const float *thresholds, const float *outputs, size_t n);

/// The numbers k of `ow_step_function`.
void ow_step_codes(
    const float *x, int *codes, size_t count, const float *thresholds, size_t n);
