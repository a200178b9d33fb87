#pragma once
// What walks along the lines of a crossbar have in common.
#include <math.h>

#include "dispatch.h"
#include "include/ow_lines.h"
#include "lanes8_inline.h"

#pragma STDC FP_CONTRACT OFF

#define B OW_LINE_BLOCK
#define HALVES (OW_LINE_BLOCK / 8)
#define GROUPS (OW_LINE_PANEL / 8)

OW_INLINE lane8 choose8(lane8_mask which, lane8 a, lane8 b) {
  return (lane8)(((lane8_mask)a & which) | ((lane8_mask)b & ~which));
}

/// The larger magnitudes lane by lane; a NaN is noted in `strange`.
OW_INLINE lane8 larger8(lane8 top, lane8 x, lane8_mask *strange) {
  lane8 size = (lane8)((lane8_mask)x & 0x7fffffffffffffffLL);
  *strange |= x != x;
  return choose8(size > top, size, top);
}

/// The largest lane; infinity where something was strange.
OW_INLINE double largest8(lane8 top, lane8_mask strange) {
  double result = 0;
  for (int k = 0; k < 8; k++) {
    if (strange[k]) return INFINITY;
    result = top[k] > result ? top[k] : result;
  }
  return result;
}

/// Norton currents of 8 columns from `left`, from those to their right; `at` holds what is fed into
/// their nodes as volts behind the cells.
OW_INLINE void norton(
    const ow_word_lines *l, size_t left, size_t half, const lane8 at[8], double *work,
    lane8 *carried) {
  for (size_t j = 8; j-- > 0;) {
    size_t k = (left + j) * B + 8 * half;
    lane8 n = load8(l->turned + k) * at[j] + *carried;
    store8(work + k, n);
    *carried = load8(l->shares + k) * n;
  }
}

/// Voltages of 8 columns from `left`, from those to their left: rows of the array in `tile`. Without
/// `work` there are no Norton currents.
OW_INLINE void voltages(
    const ow_word_lines *l, size_t left, size_t half, const double *work, lane8 *carried,
    lane8 tile[8]) {
  for (size_t j = 0; j < 8; j++) {
    size_t k = (left + j) * B + 8 * half;
    lane8 n = work ? load8(work + k) : fill8(0), s = load8(l->shares + k);
    if (l->drops) {
      *carried = s * *carried + load8(l->drops + k) * n;
    } else {
      double ohms = left + j == 0 ? l->end : l->segment;
      *carried = s * (*carried + ohms * n);
    }
    tile[j] = *carried;
  }
  transpose8(tile);
}
