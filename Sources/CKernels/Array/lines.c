// Chains of resistors eliminated many at a time: the lines of a crossbar array.
//
// A segment r between a node and the rest of a chain with admittance Y gives Y/(1 + r·Y), which is
// exact at r = 0 and loses no digits near it. A broken segment is s = 0, t = 1/Y. Walks along bit lines
// take neighboring columns at a time; walks along word lines turn tiles of 8 × 8 on the way.
#include "lines_inline.h"

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

OW_INLINE void factor_words(
    const double *g, const double *r, double ohms, double end, double *turned, double *s, double *t,
    double *admittance, size_t width) {
  lane8 y[HALVES];
  for (size_t h = 0; h < HALVES; h++) y[h] = fill8(0);
  for (size_t left = width; left > 0;) {
    left -= 8;
    for (size_t h = 0; h < HALVES; h++) {
      lane8 cells[8], wires[8];
      size_t at = h * 8 * width + left;
      for (size_t k = 0; k < 8; k++) cells[k] = load8(g + at + k * width);
      transpose8(cells);
      if (r) {
        for (size_t k = 0; k < 8; k++) wires[k] = load8(r + at + k * width);
        transpose8(wires);
      }
      for (size_t j = 8; j-- > 0;) {
        size_t k = (left + j) * B + 8 * h;
        lane8 share, drop;
        y[h] += cells[j];
        store8(turned + k, cells[j]);
        if (r) {
          segment(wires[j], y[h], &share, &drop);
          store8(t + k, drop);
        } else {
          share = fill8(1) / (fill8(1) + (left + j == 0 ? end : ohms) * y[h]);
        }
        store8(s + k, share);
        if (left + j == 0) store8(admittance + 8 * h, y[h]);
        y[h] *= share;
      }
    }
  }
}

OW_DISPATCH
void ow_lines_factor_words(
    const double *cells, const double *segments, double segment, double end, double *turned,
    double *shares, double *drops, double *admittance, size_t width) {
  if (segments)
    factor_words(cells, segments, segment, end, turned, shares, drops, admittance, width);
  else
    factor_words(cells, 0, segment, end, turned, shares, 0, admittance, width);
}

OW_INLINE void factor_bits(
    const double *g, const double *r, double ohms, double end, double *s, double *t, size_t rows,
    size_t width, size_t left, size_t groups) {
  lane8 y[GROUPS];
  for (size_t l = 0; l < groups; l++) y[l] = fill8(0);
  for (size_t i = 0; i < rows; i++)
    for (size_t l = 0; l < groups; l++) {
      size_t k = i * width + left + 8 * l;
      lane8 share, drop;
      y[l] += load8(g + k);
      if (r) {
        segment(load8(r + k), y[l], &share, &drop);
        store8(t + k, drop);
      } else {
        share = fill8(1) / (fill8(1) + (i + 1 == rows ? end : ohms) * y[l]);
      }
      store8(s + k, share);
      y[l] *= share;
    }
}

OW_DISPATCH
void ow_lines_factor_bits(
    const double *cells, const double *segments, double segment, double end, double *shares,
    double *drops, size_t rows, size_t width, size_t left, size_t count) {
  if (segments || count != OW_LINE_PANEL)
    for (size_t j = 0; j < count; j += 8)
      factor_bits(cells, segments, segment, end, shares, drops, rows, width, left + j, 1);
  else
    factor_bits(cells, 0, segment, end, shares, 0, rows, width, left, GROUPS);
}

/// What `words` does beside the voltages; constants in every copy of it.
typedef struct {
  int forces, compares, rests;
} task;

OW_INLINE void words(
    task task, const ow_word_lines *l, const double *v, const double *e, const double *w,
    const double *old, double *u, double *r, double *first, double *work, double measured[2]) {
  size_t width = l->width;
  lane8 carried[HALVES], top = fill8(0), sum = fill8(0), tile[8];
  lane8_mask strange = {0};
  for (size_t h = 0; h < HALVES; h++) carried[h] = fill8(0);
  int isFed = !task.rests || task.forces;
  for (size_t left = isFed ? width : 0; left > 0;) {
    left -= 8;
    for (size_t h = 0; h < HALVES; h++) {
      size_t at = h * 8 * width + left;
      for (size_t k = 0; k < 8; k++) {
        tile[k] = task.rests ? fill8(0) : load8(w + at + k * width);
        if (task.forces) tile[k] += load8(e + at + k * width);
      }
      transpose8(tile);
      norton(l, left, h, tile, work, &carried[h]);
    }
  }
  for (size_t h = 0; h < HALVES; h++) {
    store8(first + 8 * h, isFed ? load8(work + 8 * h) : fill8(0));
    carried[h] = load8(v + 8 * h);
  }
  for (size_t left = 0; left < width; left += 8)
    for (size_t h = 0; h < HALVES; h++) {
      voltages(l, left, h, isFed ? work : 0, &carried[h], tile);
      for (size_t k = 0; k < 8; k++) {
        size_t at = (h * 8 + k) * width + left;
        lane8 x = tile[k];
        if (task.compares) {
          x = load8(l->cells + at) * (x - load8(old + at));
          if (r) store8(r + at, x);
          sum += x * x;
        } else {
          if (!task.rests) x -= load8(w + at);
          if (task.forces) x -= load8(e + at);
          x = load8(l->cells + at) * x;
        }
        top = larger8(top, x, &strange);
        store8(u + at, tile[k]);
      }
    }
  measured[0] = largest8(top, strange);
  measured[1] = sum8(sum);
}

OW_DISPATCH
void ow_lines_words(
    const ow_word_lines *lines, const double *v, const double *e, const double *w,
    const double *old, double *u, double *r, double *first, double *work, double measured[2]) {
  ow_word_lines uniform = *lines;
  uniform.drops = 0;
  if (lines->drops || e) {
    task some = {.forces = e != 0, .compares = old != 0, .rests = w == 0};
    words(some, lines, v, e, w, old, u, r, first, work, measured);
  } else if (old && w) {
    task compare = {.compares = 1};
    words(compare, &uniform, v, 0, w, old, u, r, first, work, measured);
  } else {
    task start = {.rests = w == 0};
    words(start, &uniform, v, 0, w, 0, u, 0, first, work, measured);
  }
}

/// Panels of 8·groups columns from `left`; `r` or else g·(u − e) is fed in. Returns Σ r·w.
OW_INLINE double bit_panel(
    const ow_bit_lines *b, const double *r, const double *u, const double *e, double omega,
    double *w, double *last, double *work, size_t left, size_t groups) {
  lane8 carried[GROUPS], sum = fill8(0);
  size_t rows = b->rows, width = b->width;
  for (size_t l = 0; l < groups; l++) carried[l] = fill8(0);
  for (size_t i = 0; i < rows; i++)
    for (size_t l = 0; l < groups; l++) {
      size_t k = i * width + left + 8 * l;
      lane8 fed;
      if (r)
        fed = load8(r + k);
      else if (e)
        fed = load8(b->cells + k) * (load8(u + k) - load8(e + k));
      else
        fed = load8(b->cells + k) * load8(u + k);
      lane8 n = fed + carried[l];
      store8(work + (i * groups + l) * 8, n);
      carried[l] = load8(b->shares + k) * n;
    }
  for (size_t l = 0; l < groups; l++) {
    if (last) store8(last + left + 8 * l, carried[l]);
    carried[l] = fill8(0);
  }
  for (size_t i = rows; i-- > 0;) {
    double ohms = i + 1 == rows ? b->end : b->segment;
    for (size_t l = 0; l < groups; l++) {
      size_t k = i * width + left + 8 * l;
      lane8 n = load8(work + (i * groups + l) * 8), s = load8(b->shares + k);
      if (b->drops)
        carried[l] = s * carried[l] + load8(b->drops + k) * n;
      else
        carried[l] = s * (carried[l] + ohms * n);
      lane8 to = carried[l];
      if (omega != 1) {
        lane8 from = load8(w + k);
        to = from + omega * (to - from);
      }
      store8(w + k, to);
      if (r) sum += load8(r + k) * to;
    }
  }
  return r ? sum8(sum) : 0;
}

OW_DISPATCH
void ow_lines_bits(
    const ow_bit_lines *lines, const double *u, const double *e, double omega, double *w,
    double *last, double *work, size_t left, size_t count) {
  ow_bit_lines uniform = *lines;
  uniform.drops = 0;
  if (lines->drops || e || count != OW_LINE_PANEL)
    for (size_t j = 0; j < count; j += 8)
      bit_panel(lines, 0, u, e, omega, w, last, work, left + j, 1);
  else if (omega == 1)
    bit_panel(&uniform, 0, u, 0, 1, w, last, work, left, GROUPS);
  else
    bit_panel(&uniform, 0, u, 0, omega, w, last, work, left, GROUPS);
}

OW_DISPATCH
double ow_lines_precondition(
    const ow_bit_lines *lines, const double *r, double *z, double *work, size_t left, size_t count) {
  ow_bit_lines uniform = *lines;
  uniform.drops = 0;
  if (!lines->drops && count == OW_LINE_PANEL)
    return bit_panel(&uniform, r, 0, 0, 1, z, 0, work, left, GROUPS);
  double sum = 0;
  for (size_t j = 0; j < count; j += 8)
    sum += bit_panel(lines, r, 0, 0, 1, z, 0, work, left + j, 1);
  return sum;
}
