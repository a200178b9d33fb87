// Coincidences pulse by pulse: every cell goes through its own pulses in the order of the slots, a
// group of cells side by side.
#include "include/ow_coincidences.h"

#include "lanes_inline.h"

#pragma STDC FP_CONTRACT OFF

// One pulse for every lane that has one: up where `up` is above zero, down where below.
OW_INLINE void pulse_lanes(
    const ow_cells *c, int form, lanes_t *b, const float *direction, const float *xi) {
  for (int j = 0; j < GROUP; j++) {
    float w = b->w[j];
    response_t u = respond(c, form, 1, b->up, w, b->low[j], b->high[j], j);
    response_t d = respond(c, form, 0, b->down, w, b->low[j], b->high[j], j);
    int is_up = direction[j] > 0.0f;
    float step = is_up ? u.step : d.step;
    float deviation = c->relative * fabsf(step) + c->additive + c->sloped * fabsf(w)
        + (is_up ? b->own_up[j] : b->own_down[j]) + (is_up ? u.deviation : d.deviation);
    float next = w + (step + deviation * xi[j]);
    next = next > b->low[j] ? next : b->low[j];
    next = next < b->high[j] ? next : b->high[j];
    b->w[j] = direction[j] != 0.0f ? next : w;
  }
}

OW_INLINE void read_lanes(const ow_cells *c, lanes_t *b, uint64_t *draw) {
  if (!c->read) return;
  float xi[2][GROUP];
  pulse_noise(xi[0], xi[1], c->key, c->stream, (*draw)++, c->piece);
  for (int j = 0; j < GROUP; j++) b->read[j] = b->w[j] + c->write * xi[0][j];
}

// Slots of a word in which the cells of the group get pulses up and down.
OW_INLINE double slots(
    const ow_cells *c, int form, lanes_t *b, const uint64_t *ups, const uint64_t *downs,
    uint64_t *draw) {
  uint64_t left[GROUP];
  float xi[2][GROUP], direction[GROUP];
  double pulses = 0;
  for (int j = 0; j < GROUP; j++) left[j] = j < b->n ? ups[j] | downs[j] : 0;
  for (int k = 0;; k++) {
    uint64_t any = 0;
    for (int j = 0; j < GROUP; j++) {
      uint64_t bit = left[j] & (0 - left[j]);
      left[j] &= left[j] - 1;
      direction[j] = !bit ? 0.0f : (ups[j] & bit) ? 1.0f : -1.0f;
      any |= bit;
    }
    if (!any) break;
    for (int j = 0; j < GROUP; j++) pulses += fabsf(direction[j]);
    if ((k & 1) == 0) pulse_noise(xi[0], xi[1], c->key, c->stream, (*draw)++, c->piece);
    pulse_lanes(c, form, b, direction, xi[k & 1]);
  }
  return pulses;
}

OW_INLINE double coincide(
    const ow_cells *c, int form, const ow_trains *t, size_t first_row, size_t row_count) {
  lanes_t b;
  uint64_t ups[GROUP], downs[GROUP];
  clear(&b);
  uint64_t draw = 0;
  double pulses = 0;
  // Cells are independent: all cells go through one word of slots, then through the next.
  for (size_t k = 0; k < t->words; k++) {
    for (size_t row = first_row; row < first_row + row_count; row++) {
      const uint64_t p = t->row_up[k * t->rows + row], q = t->row_down[k * t->rows + row];
      if (!(p | q)) continue;
      for (size_t column = 0; column < t->columns; column++) {
        uint64_t a = t->column_up[k * t->columns + column];
        uint64_t d = t->column_down[k * t->columns + column];
        uint64_t plus = (p & a) | (q & d), minus = (p & d) | (q & a);
        if (t->sense == 1) {
          uint64_t swap = plus;
          plus = minus;
          minus = swap;
        } else if (t->sense == 2) {
          minus = 0;
        } else if (t->sense == 3) {
          plus = minus;
          minus = 0;
        }
        if (!(plus | minus)) continue;
        b.index[b.n] = (uint32_t)(row * t->columns + column);
        ups[b.n] = plus;
        downs[b.n] = minus;
        if (++b.n < GROUP) continue;
        load_scattered(&b, c);
        pulses += slots(c, form, &b, ups, downs, &draw);
        read_lanes(c, &b, &draw);
        store_scattered(&b, c);
        b.n = 0;
      }
    }
    if (b.n) {
      load_scattered(&b, c);
      pulses += slots(c, form, &b, ups, downs, &draw);
      read_lanes(c, &b, &draw);
      store_scattered(&b, c);
      b.n = 0;
    }
  }
  return pulses;
}

OW_INLINE double burst(
    const ow_cells *c, int form, const float *counts, size_t first_cell, size_t count) {
  lanes_t b;
  float xi[2][GROUP], direction[GROUP];
  clear(&b);
  uint64_t draw = 0;
  double pulses = 0;
  for (size_t first = 0; first < count; first += GROUP) {
    size_t n = count - first < GROUP ? count - first : GROUP;
    float left = 0.0f;
    memset(b.ups, 0, sizeof b.ups);
    memset(b.downs, 0, sizeof b.downs);
    for (size_t j = 0; j < n; j++) {
      float k = counts[first + j];
      b.ups[j] = k > 0.0f ? k : 0.0f;
      b.downs[j] = k < 0.0f ? -k : 0.0f;
      left = fabsf(k) > left ? fabsf(k) : left;
    }
    if (!(left > 0.0f)) continue;
    load_run(&b, c, first_cell + first, n);
    for (int k = 0; (float)k < left; k++) {
      for (int j = 0; j < GROUP; j++)
        direction[j] = b.ups[j] > (float)k ? 1.0f : b.downs[j] > (float)k ? -1.0f : 0.0f;
      for (int j = 0; j < GROUP; j++) pulses += fabsf(direction[j]);
      if ((k & 1) == 0) pulse_noise(xi[0], xi[1], c->key, c->stream, draw++, c->piece);
      pulse_lanes(c, form, &b, direction, xi[k & 1]);
    }
    read_lanes(c, &b, &draw);
    store_run(&b, c, first_cell + first);
  }
  return pulses;
}

#define BY_FORM(name, parameters, call)                                      \
  OW_DISPATCH static double name##_affine parameters { return call(OW_AFFINE); } \
  OW_DISPATCH static double name##_exponential parameters { return call(OW_EXPONENTIAL); } \
  OW_DISPATCH static double name##_power parameters { return call(OW_POWER); } \
  OW_DISPATCH static double name##_table parameters { return call(OW_TABLE); }

#define CALL(form) coincide(c, form, t, first_row, row_count)
BY_FORM(coincide, (const ow_cells *c, const ow_trains *t, size_t first_row, size_t row_count), CALL)
#undef CALL
#define CALL(form) burst(c, form, counts, first, count)
BY_FORM(burst, (const ow_cells *c, const float *counts, size_t first, size_t count), CALL)
#undef CALL

double ow_coincide_exactly(
    const ow_cells *cells, const ow_trains *trains, size_t first_row, size_t row_count) {
  switch (cells->form) {
    case OW_CONSTANT:
    case OW_AFFINE: return coincide_affine(cells, trains, first_row, row_count);
    case OW_EXPONENTIAL: return coincide_exponential(cells, trains, first_row, row_count);
    case OW_POWER: return coincide_power(cells, trains, first_row, row_count);
    default: return coincide_table(cells, trains, first_row, row_count);
  }
}

double ow_burst_exactly(const ow_cells *cells, const float *counts, size_t first, size_t count) {
  switch (cells->form) {
    case OW_CONSTANT:
    case OW_AFFINE: return burst_affine(cells, counts, first, count);
    case OW_EXPONENTIAL: return burst_exponential(cells, counts, first, count);
    case OW_POWER: return burst_power(cells, counts, first, count);
    default: return burst_table(cells, counts, first, count);
  }
}
