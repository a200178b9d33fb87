// Steps of conjugate gradients on the bit lines of a crossbar, whose word lines are eliminated.
#include "lines_inline.h"

OW_INLINE double search(
    const ow_word_lines *l, const double *z, const double *r, double beta, double *p, double *q,
    double *a, double *work) {
  size_t width = l->width;
  lane8 carried[HALVES], curvature = fill8(0), tile[8];
  for (size_t h = 0; h < HALVES; h++) carried[h] = fill8(0);
  for (size_t left = width; left > 0;) {
    left -= 8;
    for (size_t h = 0; h < HALVES; h++) {
      for (size_t k = 0; k < 8; k++) {
        size_t at = (h * 8 + k) * width + left;
        tile[k] = load8(z + at) + beta * load8(p + at);
        store8(p + at, tile[k]);
        store8(q + at, load8(r + at) + beta * load8(q + at));
      }
      transpose8(tile);
      norton(l, left, h, tile, work, &carried[h]);
    }
  }
  for (size_t h = 0; h < HALVES; h++) carried[h] = fill8(0);
  for (size_t left = 0; left < width; left += 8)
    for (size_t h = 0; h < HALVES; h++) {
      voltages(l, left, h, work, &carried[h], tile);
      for (size_t k = 0; k < 8; k++) {
        size_t at = (h * 8 + k) * width + left;
        lane8 change = load8(q + at) - load8(l->cells + at) * tile[k];
        store8(a + at, change);
        curvature += load8(p + at) * change;
      }
    }
  return sum8(curvature);
}

OW_DISPATCH
double ow_lines_search(
    const ow_word_lines *lines, const double *z, const double *r, double beta, double *p, double *q,
    double *a, double *work) {
  ow_word_lines uniform = *lines;
  uniform.drops = 0;
  return lines->drops ? search(lines, z, r, beta, p, q, a, work)
                      : search(&uniform, z, r, beta, p, q, a, work);
}

OW_DISPATCH
double ow_lines_step(
    double alpha, const double *p, const double *a, double *w, double *r, size_t count) {
  lane8 top = fill8(0);
  lane8_mask strange = {0};
  for (size_t k = 0; k < count; k += 8) {
    store8(w + k, load8(w + k) + alpha * load8(p + k));
    lane8 left = load8(r + k) - alpha * load8(a + k);
    store8(r + k, left);
    top = larger8(top, left, &strange);
  }
  return largest8(top, strange);
}

OW_DISPATCH
double ow_lines_currents(
    const double *g, const double *u, const double *w, const double *e, double *i, size_t count) {
  lane8 top = fill8(0);
  lane8_mask strange = {0};
  for (size_t k = 0; k < count; k += 8) {
    lane8 across = load8(u + k) - load8(w + k);
    if (e) across -= load8(e + k);
    lane8 current = load8(g + k) * across;
    store8(i + k, current);
    top = larger8(top, current, &strange);
  }
  return largest8(top, strange);
}
