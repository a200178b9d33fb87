#pragma once
#include <stddef.h>

// Read noise as it adds up in columns.

/// g = low + |w|·per_weight: the conductance of the cell of a pair that carries w.
void ow_carrying_cells(const float *w, float *g, float low, float per_weight, size_t count);

/// v ← (v² + ground²)·share²: deviations of cells, in siemens, to variances of weights.
void ow_pair_variances(float *v, float ground, float share, size_t count);

/// raw += √(factor·sums + fixed²)·draws; raw += fixed·draws where `sums` is null.
void ow_add_column_noise(
    float *raw, const float *sums, const float *draws, float factor, float fixed, size_t count);
