#pragma once
// Cells gathered into lanes: a pending group fills up with the cells that got pulses, wherever they
// lie; a run of neighbors of which most got pulses is treated where it lies.
#include "burst_inline.h"

OW_INLINE void load_run(lanes_t *b, const ow_cells *c, size_t first, size_t n) {
  b->n = (int)n;
  if (n < GROUP) memset(b->w, 0, (size_t)((char *)b->ups - (char *)b->w));
  memcpy(b->w, c->state + first, n * sizeof(float));
  memcpy(b->low, c->low + first, n * sizeof(float));
  memcpy(b->high, c->high + first, n * sizeof(float));
  for (int k = 0; k < 3; k++) {
    if (!c->up[k]) continue;
    memcpy(b->up[k], c->up[k] + first, n * sizeof(float));
    memcpy(b->down[k], c->down[k] + first, n * sizeof(float));
  }
  if (c->noise_up) {
    memcpy(b->own_up, c->noise_up + first, n * sizeof(float));
    memcpy(b->own_down, c->noise_down + first, n * sizeof(float));
  }
}

OW_INLINE void store_run(const lanes_t *b, const ow_cells *c, size_t first) {
  size_t n = (size_t)b->n;
  memcpy(c->state + first, b->w, n * sizeof(float));
  if (!c->read) return;
  for (size_t j = 0; j < n; j++)
    if (b->ups[j] + b->downs[j] > 0.0f) c->read[first + j] = b->read[j];
}

OW_INLINE void load_scattered(lanes_t *b, const ow_cells *c) {
  for (int j = b->n; j < GROUP; j++) {
    b->ups[j] = b->downs[j] = 0.0f;
    b->index[j] = b->index[0];
  }
#define GATHER(to, from) \
  for (int j = 0; j < GROUP; j++) (to)[j] = (from)[b->index[j]]
  GATHER(b->w, c->state);
  GATHER(b->low, c->low);
  GATHER(b->high, c->high);
  for (int k = 0; k < 3; k++) {
    if (!c->up[k]) continue;
    GATHER(b->up[k], c->up[k]);
    GATHER(b->down[k], c->down[k]);
  }
  if (c->noise_up) {
    GATHER(b->own_up, c->noise_up);
    GATHER(b->own_down, c->noise_down);
  }
#undef GATHER
}

OW_INLINE void store_scattered(const lanes_t *b, const ow_cells *c) {
  for (int j = 0; j < b->n; j++) c->state[b->index[j]] = b->w[j];
  if (!c->read) return;
  for (int j = 0; j < b->n; j++) c->read[b->index[j]] = b->read[j];
}

OW_INLINE void clear(lanes_t *b) { memset(b, 0, sizeof *b); }
