// Chains of resistors eliminated many at a time: the lines of a crossbar array.
//
// A segment r between a node and the rest of a chain with admittance Y gives Y/(1 + r·Y), which is
// exact at r = 0 and loses no digits near it. A broken segment is s = 0, t = 1/Y.
//
// Fields lie in blocks of OW_LINE_BLOCK word lines, column after column, so that a walk along word
// lines reads memory in order. A walk along bit lines turns tiles of 8 columns on the way.
#include "include/ow_lines.h"

#include <math.h>

#include "dispatch.h"
#include "lanes8_inline.h"

#pragma STDC FP_CONTRACT OFF

#define B OW_LINE_BLOCK
#define HALVES (OW_LINE_BLOCK / 8)

OW_INLINE lane8 choose8(lane8_mask which, lane8 a, lane8 b) {
  return (lane8)(((lane8_mask)a & which) | ((lane8_mask)b & ~which));
}

/// The share s = 1/(1 + r·Y) of what is beyond a segment, and t = r·s.
OW_INLINE void segment(lane8 r, lane8 admittance, lane8 *s, lane8 *t) {
  lane8 one = fill8(1), zero = fill8(0);
  lane8_mask broken = r > fill8(1.7976931348623157e308);
  lane8 share = one / (one + choose8(broken, zero, r) * admittance);
  lane8_mask some = admittance > zero;
  lane8 open = choose8(some, one / choose8(some, admittance, one), zero);
  *s = choose8(broken, zero, share);
  *t = choose8(broken, open, r * share);
}

OW_DISPATCH
void ow_lines_gather(
    const double *from, double *to, size_t rows, size_t columns, size_t padded) {
  size_t above = (B - rows % B) % B;
  for (size_t top = 0; top < rows + above; top += 8)
    for (size_t left = 0; left < padded; left += 8) {
      lane8 tile[8];
      for (size_t k = 0; k < 8; k++) {
        tile[k] = fill8(0);
        if (top + k < above) continue;
        const double *row = from + (top + k - above) * columns;
        if (left + 8 <= columns)
          tile[k] = load8(row + left);
        else
          for (size_t j = left; j < columns; j++) tile[k][j - left] = row[j];
      }
      transpose8(tile);
      double *at = to + top / B * B * padded + left * B + top % B;
      for (size_t j = 0; j < 8; j++) store8(at + j * B, tile[j]);
    }
}

OW_DISPATCH
void ow_lines_scatter(
    const double *from, double *to, size_t rows, size_t columns, size_t padded) {
  size_t above = (B - rows % B) % B;
  for (size_t top = 0; top < rows + above; top += 8)
    for (size_t left = 0; left < columns; left += 8) {
      lane8 tile[8];
      const double *at = from + top / B * B * padded + left * B + top % B;
      for (size_t j = 0; j < 8; j++) tile[j] = load8(at + j * B);
      transpose8(tile);
      for (size_t k = 0; k < 8; k++) {
        if (top + k < above) continue;
        double *row = to + (top + k - above) * columns;
        if (left + 8 <= columns)
          store8(row + left, tile[k]);
        else
          for (size_t j = left; j < columns; j++) row[j] = tile[k][j - left];
      }
    }
}

OW_DISPATCH
void ow_lines_factor_words(
    const double *g, const double *r, double *s, double *t, double *admittance, size_t columns) {
  lane8 y[HALVES];
  for (size_t h = 0; h < HALVES; h++) y[h] = fill8(0);
  for (size_t j = columns; j-- > 0;)
    for (size_t h = 0; h < HALVES; h++) {
      size_t k = j * B + 8 * h;
      lane8 share, drop;
      y[h] += load8(g + k);
      segment(load8(r + k), y[h], &share, &drop);
      store8(s + k, share);
      store8(t + k, drop);
      if (j == 0) store8(admittance + 8 * h, y[h]);
      y[h] *= share;
    }
}

/// A tile of 8 × 8 elements at `from`, by rows of the array.
OW_INLINE void load_rows(const double *from, lane8 tile[8]) {
  for (size_t j = 0; j < 8; j++) tile[j] = load8(from + j * B);
  transpose8(tile);
}

/// The same tile back in its place, by columns.
OW_INLINE void store_columns(double *to, lane8 tile[8]) {
  transpose8(tile);
  for (size_t j = 0; j < 8; j++) store8(to + j * B, tile[j]);
}

OW_DISPATCH
void ow_lines_factor_bits(
    const double *g, const double *r, double *s, double *t, size_t blocks, size_t columns,
    size_t left, size_t width) {
  lane8 y[OW_LINE_PANEL / 8];
  for (size_t l = 0; l < width / 8; l++) y[l] = fill8(0);
  for (size_t b = 0; b < blocks; b++)
    for (size_t h = 0; h < HALVES; h++)
      for (size_t l = 0; l < width / 8; l++) {
        size_t at = (b * columns + left + 8 * l) * B + 8 * h;
        lane8 cells[8], wires[8];
        load_rows(g + at, cells);
        load_rows(r + at, wires);
        for (size_t k = 0; k < 8; k++) {
          lane8 share, drop;
          y[l] += cells[k];
          segment(wires[k], y[l], &share, &drop);
          store8(s + at + k * B, share);
          store8(t + at + k * B, drop);
          y[l] *= share;
        }
      }
}

/// Norton currents of column j from those to its right.
OW_INLINE void norton(
    const double *g, const double *s, const lane8 *at, double *work, lane8 *carried, size_t j) {
  for (size_t h = 0; h < HALVES; h++) {
    size_t k = j * B + 8 * h;
    lane8 n = load8(g + k) * at[h] + carried[h];
    store8(work + k, n);
    carried[h] = load8(s + k) * n;
  }
}

/// Voltages of column j from those to its left.
OW_INLINE lane8 voltage(
    const double *s, const double *t, const double *work, lane8 carried, size_t k) {
  return load8(s + k) * carried + load8(t + k) * load8(work + k);
}

/// The larger magnitudes lane by lane; a NaN is noted in `strange`.
OW_INLINE lane8 larger8(lane8 top, lane8 x, lane8_mask *strange) {
  lane8 size = (lane8)((lane8_mask)x & 0x7fffffffffffffffLL);
  *strange |= x != x;
  return choose8(size > top, size, top);
}

OW_INLINE double largest8(lane8 top, lane8_mask strange) {
  double result = 0;
  for (int k = 0; k < 8; k++) {
    if (strange[k]) return INFINITY;
    result = top[k] > result ? top[k] : result;
  }
  return result;
}

OW_DISPATCH
void ow_lines_close(
    const double *g, const double *s, const double *t, const double *v, const double *e,
    const double *w, const double *y, double *u, double *r, double *first, double *work,
    size_t columns, double largest[2]) {
  lane8 carried[HALVES], at[HALVES], zero = fill8(0), current = zero, mismatch = zero;
  lane8_mask strange = {0};
  for (size_t h = 0; h < HALVES; h++) carried[h] = zero;
  for (size_t j = columns; j-- > 0;) {
    for (size_t h = 0; h < HALVES; h++) {
      size_t k = j * B + 8 * h;
      at[h] = load8(w + k) + (e ? load8(e + k) : zero);
    }
    norton(g, s, at, work, carried, j);
  }
  for (size_t h = 0; h < HALVES; h++) {
    store8(first + 8 * h, load8(work + 8 * h));
    carried[h] = load8(v + 8 * h);
  }
  for (size_t j = 0; j < columns; j++)
    for (size_t h = 0; h < HALVES; h++) {
      size_t k = j * B + 8 * h;
      carried[h] = voltage(s, t, work, carried[h], k);
      store8(u + k, carried[h]);
      lane8 driven = carried[h] - (e ? load8(e + k) : zero);
      lane8 off = load8(g + k) * driven - load8(y + k);
      store8(r + k, off);
      current = larger8(current, load8(g + k) * (driven - load8(w + k)), &strange);
      mismatch = larger8(mismatch, off, &strange);
    }
  largest[0] = largest8(current, strange);
  largest[1] = largest8(mismatch, strange);
}

OW_DISPATCH
double ow_lines_search(
    const double *g, const double *s, const double *t, const double *z, const double *r,
    double beta, double *p, double *q, double *a, double *work, size_t columns) {
  lane8 carried[HALVES], along[HALVES], curvature = fill8(0);
  for (size_t h = 0; h < HALVES; h++) carried[h] = fill8(0);
  for (size_t j = columns; j-- > 0;) {
    for (size_t h = 0; h < HALVES; h++) {
      size_t k = j * B + 8 * h;
      along[h] = load8(z + k) + beta * load8(p + k);
      store8(p + k, along[h]);
      store8(q + k, load8(r + k) + beta * load8(q + k));
    }
    norton(g, s, along, work, carried, j);
  }
  for (size_t h = 0; h < HALVES; h++) carried[h] = fill8(0);
  for (size_t j = 0; j < columns; j++)
    for (size_t h = 0; h < HALVES; h++) {
      size_t k = j * B + 8 * h;
      carried[h] = voltage(s, t, work, carried[h], k);
      lane8 change = load8(q + k) - load8(g + k) * carried[h];
      store8(a + k, change);
      curvature += load8(p + k) * change;
    }
  return sum8(curvature);
}

/// The bit lines of 8·groups columns from `left`; returns Σ y·w.
OW_INLINE double bit_panel(
    const double *s, const double *t, const double *y, double *w, double *last, size_t blocks,
    size_t columns, size_t left, size_t groups) {
  lane8 carried[OW_LINE_PANEL / 8], sum = fill8(0), tile[8];
  for (size_t l = 0; l < groups; l++) carried[l] = fill8(0);
  for (size_t b = 0; b < blocks; b++)
    for (size_t h = 0; h < HALVES; h++)
      for (size_t l = 0; l < groups; l++) {
        size_t at = (b * columns + left + 8 * l) * B + 8 * h;
        load_rows(y + at, tile);
        for (size_t k = 0; k < 8; k++) {
          lane8 n = tile[k] + carried[l];
          store8(w + at + k * B, n);
          carried[l] = load8(s + at + k * B) * n;
        }
      }
  for (size_t l = 0; l < groups; l++) {
    if (last) store8(last + left + 8 * l, carried[l]);
    carried[l] = fill8(0);
  }
  for (size_t b = blocks; b-- > 0;)
    for (size_t h = HALVES; h-- > 0;)
      for (size_t l = 0; l < groups; l++) {
        size_t at = (b * columns + left + 8 * l) * B + 8 * h;
        for (size_t k = 8; k-- > 0;) {
          carried[l] = voltage(s + at, t + at, w + at, carried[l], k * B);
          tile[k] = carried[l];
        }
        store_columns(w + at, tile);
        for (size_t j = 0; j < 8; j++) sum += load8(y + at + j * B) * tile[j];
      }
  return sum8(sum);
}

OW_DISPATCH
double ow_lines_bits(
    const double *s, const double *t, const double *y, double *w, double *last, size_t blocks,
    size_t columns, size_t left, size_t width) {
  if (width == OW_LINE_PANEL)
    return bit_panel(s, t, y, w, last, blocks, columns, left, OW_LINE_PANEL / 8);
  double sum = 0;
  for (size_t j = 0; j < width; j += 8)
    sum += bit_panel(s, t, y, w, last, blocks, columns, left + j, 1);
  return sum;
}

OW_DISPATCH
double ow_lines_step(
    double alpha, const double *q, const double *a, double *y, double *r, size_t count) {
  lane8 top = fill8(0);
  lane8_mask strange = {0};
  for (size_t k = 0; k < count; k += 8) {
    store8(y + k, load8(y + k) + alpha * load8(q + k));
    lane8 left = load8(r + k) - alpha * load8(a + k);
    store8(r + k, left);
    top = larger8(top, left, &strange);
  }
  return largest8(top, strange);
}
