// Products of vectors that are mostly 0, such as spikes, with a matrix: one addition of a row per event.
#include "include/ow_events.h"

#include <string.h>

#include "dispatch.h"

#pragma STDC FP_CONTRACT OFF

// How many columns are summed in registers at a time.
#define TILE 64

OW_DISPATCH
int ow_list_events(
    const float *x, size_t vectors, size_t inputs, size_t leading, size_t room, uint32_t *starts,
    uint32_t *places, float *values) {
  size_t count = 0;
  starts[0] = 0;
  for (size_t v = 0; v < vectors; v++) {
    const float *row = x + v * leading;
    size_t i = 0;
    for (; i + 16 <= inputs; i += 16) {
      uint32_t bits[16], any = 0;
      memcpy(bits, row + i, sizeof bits);
      for (int k = 0; k < 16; k++) any |= bits[k] << 1;
      if (!any) continue;
      for (size_t k = i; k < i + 16; k++) {
        places[count] = (uint32_t)k;
        values[count] = row[k];
        count += row[k] != 0.0f;
      }
      if (count > room) return 0;
    }
    for (; i < inputs; i++) {
      places[count] = (uint32_t)i;
      values[count] = row[i];
      count += row[i] != 0.0f;
    }
    if (count > room) return 0;
    starts[v + 1] = (uint32_t)count;
  }
  return 1;
}

void ow_turn_events(
    const uint32_t *starts, const uint32_t *places, const float *values, size_t vectors,
    size_t inputs, uint32_t *turned_starts, uint32_t *turned_places, float *turned_values) {
  memset(turned_starts, 0, (inputs + 1) * sizeof *turned_starts);
  const size_t count = starts[vectors];
  for (size_t k = 0; k < count; k++) turned_starts[places[k] + 1]++;
  for (size_t i = 0; i < inputs; i++) turned_starts[i + 1] += turned_starts[i];
  // Each start moves to the next one while its events are laid down, and back afterwards.
  for (size_t v = 0; v < vectors; v++)
    for (uint32_t k = starts[v]; k < starts[v + 1]; k++) {
      const uint32_t to = turned_starts[places[k]]++;
      turned_places[to] = (uint32_t)v;
      turned_values[to] = values[k];
    }
  for (size_t i = inputs; i > 0; i--) turned_starts[i] = turned_starts[i - 1];
  turned_starts[0] = 0;
}

OW_INLINE void sum_tile(
    const uint32_t *places, const float *values, size_t events, const float *w, size_t leading_w,
    float *y, size_t columns, float alpha, float beta) {
  float sums[TILE] = {0};
  for (size_t k = 0; k < events; k++) {
    const float *row = w + places[k] * leading_w;
    const float value = values[k];
    for (size_t j = 0; j < columns; j++) sums[j] += value * row[j];
  }
  if (beta == 0.0f)
    for (size_t j = 0; j < columns; j++) y[j] = alpha * sums[j];
  else
    for (size_t j = 0; j < columns; j++) y[j] = alpha * sums[j] + beta * y[j];
}

OW_DISPATCH
void ow_event_product(
    const uint32_t *starts, const uint32_t *places, const float *values, size_t rows,
    const float *w, size_t leading_w, float *y, size_t leading_y, size_t columns, float alpha,
    float beta) {
  // Tile by tile, so that the part of the matrix that is read again and again stays in the cache.
  for (size_t from = 0; from < columns; from += TILE) {
    const size_t width = columns - from < TILE ? columns - from : TILE;
    for (size_t r = 0; r < rows; r++) {
      const uint32_t *place = places + starts[r];
      const float *value = values + starts[r];
      const size_t events = starts[r + 1] - starts[r];
      float *target = y + r * leading_y + from;
      if (width == TILE)
        sum_tile(place, value, events, w + from, leading_w, target, TILE, alpha, beta);
      else
        sum_tile(place, value, events, w + from, leading_w, target, width, alpha, beta);
    }
  }
}
