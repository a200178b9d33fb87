#pragma once
#include <stddef.h>
#include <stdint.h>

/// The largest absolute value of `count` finite numbers; 0 where there are none.
float ow_largest(const float *values, size_t count);

/// Digital inputs as the lines of an array get them: for each of `rows` vectors of `columns` values,
/// out = clip(round(v/α·levels), ±levels)/levels, ties to even; levels 0 means no rounding. α goes
/// into `scale`: the vector's largest absolute value where `range` is 0, else `range`.
void ow_read_inputs(
    const float *values, float *out, float *scale, size_t rows, size_t columns, float levels,
    float range);

/// Currents as numbers, in place: y ← factor·scale[r]·clip(round((y + σξ)/bound·levels), ±levels)·
/// bound/levels. levels 0 means neither rounding nor clipping. `noise` holds ξ and may be NULL;
/// `clipped[r]` becomes 1 where a value of vector r was clipped, and may be NULL.
void ow_read_outputs(
    float *y, const float *noise, float sigma, const float *scale, float factor, size_t rows,
    size_t columns, float levels, float bound, uint8_t *clipped);
