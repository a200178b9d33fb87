// Nonlinear cells, all of an array at a time.
#include "include/ow_cells.h"

#include <float.h>
#include <math.h>

#include "dispatch.h"
#include "lanes8_inline.h"

#pragma STDC FP_CONTRACT OFF

OW_DISPATCH
void ow_cells_between(const double *a, const double *b, double t, double *c, size_t count) {
  for (size_t k = 0; k < count; k++) c[k] = a[k] + t * (b[k] - a[k]);
}

OW_DISPATCH
void ow_cells_forces(
    const double *v, const double *i, double *slope, double *e, size_t count) {
  for (size_t k = 0; k < count; k++) {
    double least = fabs(v[k]) > 0 ? 1e-4 * fabs(i[k] / v[k]) : 0;
    slope[k] = slope[k] > least ? slope[k] : least;
    double share = i[k] / (slope[k] > 0 ? slope[k] : 1);
    e[k] = slope[k] > 0 ? v[k] - share : 0;
  }
}

OW_DISPATCH
double ow_cells_slope(
    const double *i, const double *from_words, const double *from_bits, const double *u0,
    const double *u1, const double *w0, const double *w1, size_t count) {
  double sum = 0;
  for (size_t k = 0; k < count; k++) {
    sum += (i[k] - from_words[k]) * (u1[k] - u0[k]) - (i[k] - from_bits[k]) * (w1[k] - w0[k]);
  }
  return sum;
}

OW_DISPATCH
void ow_cells_demands(
    const double *u, const double *w, const double *e, const double *slope, const double *before,
    double *v, double *from_words, double *from_bits, size_t count) {
  for (size_t k = 0; k < count; k++) {
    double across = u[k] - w[k];
    v[k] = across;
    from_words[k] = slope[k] * (across - e[k]);
    from_bits[k] = slope[k] * (before[k] - w[k] - e[k]);
  }
}

OW_DISPATCH
double ow_cells_distance(const double *a, const double *b, size_t count) {
  double top = 0;
  int strange = 0;
  for (size_t k = 0; k < count; k++) {
    double x = fabs(b ? a[k] - b[k] : a[k]);
    strange |= x != x;
    top = x > top ? x : top;
  }
  return strange ? INFINITY : top;
}

OW_DISPATCH
int ow_cells_are_passive(const double *g, size_t count) {
  lane8_mask strange = {0};
  size_t k = 0;
  for (; k + 8 <= count; k += 8) {
    lane8 x = load8(g + k);
    strange |= ~((x >= fill8(0)) & (x <= fill8(DBL_MAX)));
  }
  int passive = 1;
  for (int l = 0; l < 8; l++) passive &= strange[l] == 0;
  for (; k < count; k++) passive &= g[k] >= 0 && g[k] <= DBL_MAX;
  return passive;
}
