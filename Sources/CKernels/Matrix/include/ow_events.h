#pragma once
#include <stddef.h>
#include <stdint.h>

/// Lists the elements of x, vectors × inputs with rows `leading` apart, that are not 0: those of vector v from
/// starts[v] to starts[v + 1], by rising input. Returns 0 where there are more than `room` of them, else 1.
///
/// `starts` holds vectors + 1 numbers, `places` and `values` hold room + 16.
int ow_list_events(
    const float *x, size_t vectors, size_t inputs, size_t leading, size_t room, uint32_t *starts,
    uint32_t *places, float *values);

/// The same list by inputs: those of input i from turned_starts[i] to turned_starts[i + 1], by rising vector.
///
/// `turned_starts` holds inputs + 1 numbers.
void ow_turn_events(
    const uint32_t *starts, const uint32_t *places, const float *values, size_t vectors,
    size_t inputs, uint32_t *turned_starts, uint32_t *turned_places, float *turned_values);

/// Row r of y ← α·Σ value·(row `place` of w) + β·y over the events from starts[r] to starts[r + 1], in their order.
///
/// With β = 0 rows of y are not read.
void ow_event_product(
    const uint32_t *starts, const uint32_t *places, const float *values, size_t rows,
    const float *w, size_t leading_w, float *y, size_t leading_y, size_t columns, float alpha,
    float beta);
