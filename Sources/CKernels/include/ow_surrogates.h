#pragma once
#include <stddef.h>

/// Vectors through an input converter: q = clip(x, ±range) rounded to multiples of range/levels
/// (not rounded where `levels` is 0). Where `range` is not positive each of the `rows` vectors of
/// `columns` numbers has its largest |x| as range.
void ow_surrogate_input(
    const float *x, float *q, size_t rows, size_t columns, float range, float levels);

/// Readings through an output converter, added: z += scale·clip(raw, ±range), rounded like an input.
/// Where `range` is not positive nothing is clipped or rounded.
void ow_surrogate_output(
    const float *raw, float *z, size_t count, float range, float levels, float scale);

/// The straight-through gradient of either converter: `d` becomes 0 where |raw| > range. Returns
/// Σ d·∂q/∂range with the rounding error held in units of a step: sign(raw) where clipped, else
/// (q − raw)/range.
double ow_surrogate_back(
    const float *raw, float *d, size_t count, float range, float levels);
