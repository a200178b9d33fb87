#pragma once
#include <stddef.h>

/// One input vector through the input converter: v = x/scale, rounded to multiples of `step` where
/// `step` > 0, then clipped to ±1, times `volts`. `scale` is `range` where that is positive, else the largest
/// |x| (1 for a vector of zeros). Returns the scale.
float ow_convert_input(
    const float *x, float *volts_out, size_t count, float range, float step, float volts);

/// One vector of column currents through the output converters, added to `y`.
///
/// c = gain·(i + σ·noise) + offset with σ² = variance + base; where `lsb` is not null,
/// c = clip(rint(c/lsb), low, high)·lsb; y += scale·factor·(c − pedestal).
/// `noise` may be null (no noise), so may `variance`, `gain` and `offset`.
/// Returns how many codes were clipped.
size_t ow_convert_output(
    const float *current, const float *noise, const float *variance, float base,
    const float *gain, const float *offset, const float *lsb, float low, float high,
    const float *scale, float factor, float pedestal, float *y, size_t count);

/// Σ aᵢ²; where `squares` is not null it becomes the squares.
float ow_squares(const float *a, float *squares, size_t count);
