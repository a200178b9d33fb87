#pragma once
#include <stddef.h>

/// Whole steps of sums that have come to at least `threshold` steps: counts = trunc(sums/step) there
/// and else 0, sums −= counts·step. Returns how many counts are not 0.
size_t ow_take_steps(float *sums, float *counts, size_t count, float step, float threshold);

/// sums += factor·readings, then counts = ±burst where |sums| ≥ step, else 0, and there
/// sums ← momentum·sums.
void ow_gather_and_fire(
    float *sums, const float *readings, float *counts, size_t count, float factor, float step,
    float burst, float momentum);
