// Where the trains of a row and of a column meet, a cell gets a pulse: counting by words of 64 slots,
// and what the pulses do to the cells.
#include "include/ow_coincidences.h"

#include "lanes_inline.h"

#pragma STDC FP_CONTRACT OFF

// A run of cells more than this full of hits is treated where it lies.
#define CROWDED 96

#if defined(__x86_64__) && defined(__linux__)
#define OW_DISPATCH_COUNTS \
  __attribute__((target_clones( \
      "default", "arch=x86-64-v3", "arch=x86-64-v4", "avx512vpopcntdq")))
#else
#define OW_DISPATCH_COUNTS
#endif

// Pulses up and down of the cells of one row in columns first ..< first + n; returns how many cells
// got any.
OW_DISPATCH_COUNTS
static int count_pulses(
    uint16_t *restrict ups, uint16_t *restrict downs, const ow_trains *t, size_t row, size_t first,
    size_t n) {
  memset(ups, 0, GROUP * sizeof(uint16_t));
  memset(downs, 0, GROUP * sizeof(uint16_t));
  uint64_t seen = 0;
  for (size_t k = 0; k < t->words; k++) {
    const uint64_t p = t->row_up[k * t->rows + row], q = t->row_down[k * t->rows + row];
    const uint64_t *a = t->column_up + k * t->columns + first;
    const uint64_t *b = t->column_down + k * t->columns + first;
    seen |= p | q;
    if (p && !q) {
      for (size_t j = 0; j < n; j++) {
        ups[j] += (uint16_t)__builtin_popcountll(p & a[j]);
        downs[j] += (uint16_t)__builtin_popcountll(p & b[j]);
      }
    } else if (p | q) {
      for (size_t j = 0; j < n; j++) {
        ups[j] += (uint16_t)(__builtin_popcountll(p & a[j]) + __builtin_popcountll(q & b[j]));
        downs[j] += (uint16_t)(__builtin_popcountll(p & b[j]) + __builtin_popcountll(q & a[j]));
      }
    }
  }
  if (!seen) return 0;
  if (t->sense == 2) memset(downs, 0, GROUP * sizeof(uint16_t));
  if (t->sense == 3) {
    memcpy(ups, downs, GROUP * sizeof(uint16_t));
    memset(downs, 0, GROUP * sizeof(uint16_t));
  }
  int hits = 0;
  for (int j = 0; j < GROUP; j++) hits += (ups[j] | downs[j]) != 0;
  return hits;
}

// In sixteen sums, so that the loop vectorises.
OW_INLINE double total(const lanes_t *b) {
  float part[16] = {0};
  for (int j = 0; j < GROUP; j += 16)
    for (int k = 0; k < 16; k++) part[k] += b->ups[j + k] + b->downs[j + k];
  double sum = 0;
  for (int k = 0; k < 16; k++) sum += (double)part[k];
  return sum;
}

OW_INLINE double coincide(
    const ow_cells *c, int form, const ow_trains *t, size_t first_row, size_t row_count) {
  uint16_t ups[GROUP], downs[GROUP];
  lanes_t pending, run;
  clear(&pending);
  clear(&run);
  draws_t draws;
  draws.left = 0;
  draws.next = 0;
  double pulses = 0;
  for (size_t row = first_row; row < first_row + row_count; row++) {
    for (size_t first = 0; first < t->columns; first += GROUP) {
      const size_t n = t->columns - first < GROUP ? t->columns - first : GROUP;
      int hits = count_pulses(ups, downs, t, row, first, n);
      if (!hits) continue;
      const uint16_t *plus = t->sense == 1 ? downs : ups, *minus = t->sense == 1 ? ups : downs;
      const size_t base = row * t->columns + first;
      if (hits > CROWDED) {
        for (int j = 0; j < GROUP; j++) {
          run.ups[j] = (float)plus[j];
          run.downs[j] = (float)minus[j];
        }
        load_run(&run, c, base, n);
        burst_lanes(c, form, &run, &draws);
        store_run(&run, c, base);
        pulses += total(&run);
        continue;
      }
      for (size_t j = 0; j < n; j++) {
        if ((j & 3u) == 0) {
          // Four cells at a time without a pulse.
          uint64_t four_up, four_down;
          memcpy(&four_up, ups + j, 8);
          memcpy(&four_down, downs + j, 8);
          if (!(four_up | four_down)) {
            j += 3;
            continue;
          }
        }
        if (!(plus[j] | minus[j])) continue;
        int k = pending.n;
        pending.index[k] = (uint32_t)(base + j);
        pending.ups[k] = (float)plus[j];
        pending.downs[k] = (float)minus[j];
        if (++pending.n == GROUP) {
          load_scattered(&pending, c);
          burst_lanes(c, form, &pending, &draws);
          store_scattered(&pending, c);
          pulses += total(&pending);
          pending.n = 0;
        }
      }
    }
  }
  if (pending.n) {
    load_scattered(&pending, c);
    burst_lanes(c, form, &pending, &draws);
    store_scattered(&pending, c);
    pulses += total(&pending);
  }
  return pulses;
}

#define BY_FORM(name, parameters, call)                                      \
  OW_DISPATCH static double name##_affine parameters { return call(OW_AFFINE); } \
  OW_DISPATCH static double name##_exponential parameters { return call(OW_EXPONENTIAL); } \
  OW_DISPATCH static double name##_power parameters { return call(OW_POWER); } \
  OW_DISPATCH static double name##_table parameters { return call(OW_TABLE); } \
  OW_DISPATCH static double name##_constant parameters { return call(OW_CONSTANT); }

#define CALL(form) coincide(c, form, t, first_row, row_count)
BY_FORM(coincide, (const ow_cells *c, const ow_trains *t, size_t first_row, size_t row_count), CALL)
#undef CALL

double ow_coincide(
    const ow_cells *cells, const ow_trains *trains, size_t first_row, size_t row_count) {
  switch (cells->form) {
    case OW_CONSTANT: return coincide_constant(cells, trains, first_row, row_count);
    case OW_AFFINE: return coincide_affine(cells, trains, first_row, row_count);
    case OW_EXPONENTIAL: return coincide_exponential(cells, trains, first_row, row_count);
    case OW_POWER: return coincide_power(cells, trains, first_row, row_count);
    default: return coincide_table(cells, trains, first_row, row_count);
  }
}

// Signed real counts for cells in order.
OW_INLINE double burst(
    const ow_cells *c, int form, const float *counts, size_t first_cell, size_t count) {
  lanes_t run;
  clear(&run);
  draws_t draws;
  draws.left = 0;
  draws.next = 0;
  double pulses = 0;
  for (size_t first = 0; first < count; first += GROUP) {
    size_t n = count - first < GROUP ? count - first : GROUP;
    float any = 0.0f;
    memset(run.ups, 0, sizeof run.ups);
    memset(run.downs, 0, sizeof run.downs);
    for (size_t j = 0; j < n; j++) {
      float k = counts[first + j];
      run.ups[j] = k > 0.0f ? k : 0.0f;
      run.downs[j] = k < 0.0f ? -k : 0.0f;
      any += fabsf(k);
    }
    if (!(any > 0.0f)) continue;
    load_run(&run, c, first_cell + first, n);
    burst_lanes(c, form, &run, &draws);
    store_run(&run, c, first_cell + first);
    pulses += total(&run);
  }
  return pulses;
}

#define CALL(form) burst(c, form, counts, first, count)
BY_FORM(burst, (const ow_cells *c, const float *counts, size_t first, size_t count), CALL)
#undef CALL

double ow_burst(const ow_cells *cells, const float *counts, size_t first, size_t count) {
  switch (cells->form) {
    case OW_CONSTANT: return burst_constant(cells, counts, first, count);
    case OW_AFFINE: return burst_affine(cells, counts, first, count);
    case OW_EXPONENTIAL: return burst_exponential(cells, counts, first, count);
    case OW_POWER: return burst_power(cells, counts, first, count);
    default: return burst_table(cells, counts, first, count);
  }
}
