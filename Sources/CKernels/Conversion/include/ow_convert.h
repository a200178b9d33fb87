#pragma once
#include <stddef.h>

/// The largest absolute value of `count` finite numbers; 0 where there are none.
float ow_largest(const float *values, size_t count);

/// One input vector through the input converter.
///
/// v = x/scale; where `step` > 0, v = (clip(rint(x·(1/(scale·step)) − shift), low, high) + shift)·step, else v is
/// clipped to `low` … 1; the result is v·volts. `scale` is `range` where that is positive, else the
/// largest |x|, or the largest x where `keep_sign` is not 0; 1 where that is not positive. Returns the
/// scale.
float ow_convert_input(
    const float *x, float *volts_out, size_t count, float range, int keep_sign, float step,
    float shift, float low, float high, float volts);

/// One vector of column currents through the output converters, added to `y`.
///
/// c = gain·(i + σ·noise) + offset with σ² = variance + base; where `lsb` is not null,
/// c = (clip(rint(c·per_lsb − shift), low, high) + shift)·lsb, with per_lsb = 1/lsb; y += scale·factor·(c − pedestal).
/// `noise` may be null (no noise), so may `variance`, `gain` and `offset`, and `scale` (1).
/// Returns how many codes were clipped.
size_t ow_convert_output(
    const float *current, const float *noise, const float *variance, float base,
    const float *gain, const float *offset, const float *lsb, const float *per_lsb, float shift,
    float low, float high, const float *scale, float factor, float pedestal, float *y, size_t count);

/// The surrogate gradient of a converter: rounding passes gradients straight through, clipping stops them.
///
/// `converted` is what the converter made of `raw`; its range is lowest·R … R, with R from `ranges`, one per
/// number, or `range` where that is null. `d`, the gradient at `converted`, becomes that at `raw`: 0 where `raw` is
/// outside of the range. Returns Σ d·∂converted/∂R with the rounding error held in units of a step:
/// (converted − raw)/R inside of the range and converted/R outside.
double ow_converter_slope(
    const float *raw, const float *converted, float *d, const float *ranges, float range,
    float lowest, size_t count);

/// `ow_convert_output` without noise and trim for columns that share the width of a code.
void ow_convert_uniform(
    const float *current, float width, float shift, float low, float high, float factor, float *y,
    size_t count);

/// `ow_converter_slope` of `ow_convert_uniform`, without what was converted.
double ow_uniform_slope(
    const float *raw, float *d, float width, float shift, float low, float high, float range,
    float lowest, size_t count);

/// The gradient of `ow_converter_slope` alone: `d` becomes 0 where `raw` is outside of its range.
void ow_stop_outside(
    const float *raw, float *d, const float *ranges, float lowest, size_t count);

/// shares += share where a current c, as `ow_convert_output` has it, is inside of its range lowest·R … R: where a
/// gradient passes the converter. `noise`, `variance`, `gain` and `offset` may be null.
void ow_add_inside(
    const float *current, const float *noise, const float *variance, float base, const float *gain,
    const float *offset, const float *ranges, float lowest, float share, float *shares, size_t count);

/// i = clip(i, −limit, limit) − clip(subtracted, −limit, limit); `subtracted` may be null.
void ow_limit_currents(float *current, const float *subtracted, float limit, size_t count);

/// Σ aᵢ²; where `squares` is not null it becomes the squares.
float ow_squares(const float *a, float *squares, size_t count);
