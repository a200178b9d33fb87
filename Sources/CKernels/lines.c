// Chains of resistors eliminated many at a time: the lines of a crossbar array.
//
// A segment r between a node and the rest of a chain with admittance Y gives Y/(1 + r·Y), which is
// exact at r = 0 and loses no digits near it. A broken segment is s = 0, t = 1/Y.
#include "include/ow_lines.h"

#include <math.h>

#include "dispatch.h"

#pragma STDC FP_CONTRACT OFF

#define B OW_LINE_BLOCK
#define PANEL 64
#define LANES 8

OW_INLINE void segment(double r, double admittance, double *s, double *t) {
  if (isinf(r)) {
    *s = 0;
    *t = admittance > 0 ? 1 / admittance : 0;
  } else {
    *s = 1 / (1 + r * admittance);
    *t = r * *s;
  }
}

void ow_lines_factor_words(
    const double *g, const double *r, double *gb, double *sb, double *tb, double *admittance,
    size_t rows, size_t columns) {
  for (size_t i = 0; i < rows; i++) {
    double y = 0;
    size_t base = i / B * B * columns + i % B;
    for (size_t j = columns; j-- > 0;) {
      double s, t;
      size_t k = base + j * B;
      y += g[i * columns + j];
      segment(r[i * columns + j], y, &s, &t);
      gb[k] = g[i * columns + j];
      sb[k] = s;
      tb[k] = t;
      if (j == 0) admittance[i] = y;
      y *= s;
    }
  }
}

void ow_lines_factor_bits(
    const double *g, const double *r, double *s, double *t, size_t rows, size_t columns) {
  for (size_t j = 0; j < columns; j++) {
    double y = 0;
    for (size_t i = 0; i < rows; i++) {
      size_t k = i * columns + j;
      y += g[k];
      segment(r[k], y, &s[k], &t[k]);
      y *= s[k];
    }
  }
}

OW_DISPATCH
void ow_lines_words(
    const double *gb, const double *sb, const double *tb, const double *v, const double *w,
    double *u, double *first, double *work, size_t rows, size_t columns) {
  for (size_t top = 0; top < rows; top += B) {
    size_t lines = rows - top < B ? rows - top : B;
    const double *g = gb + top * columns, *s = sb + top * columns, *t = tb + top * columns;
    double norton[B] = {0}, at[B] = {0}, volts[B] = {0};
    for (size_t j = columns; j-- > 0;) {
      if (lines == B)
        for (size_t k = 0; k < B; k++) at[k] = w[(top + k) * columns + j];
      else
        for (size_t k = 0; k < lines; k++) at[k] = w[(top + k) * columns + j];
      for (size_t k = 0; k < B; k++) {
        double n = g[j * B + k] * at[k] + norton[k];
        work[j * B + k] = n;
        norton[k] = s[j * B + k] * n;
      }
    }
    if (first)
      for (size_t k = 0; k < lines; k++) first[top + k] = work[k];
    if (v)
      for (size_t k = 0; k < lines; k++) volts[k] = v[top + k];
    for (size_t j = 0; j < columns; j++) {
      for (size_t k = 0; k < B; k++)
        volts[k] = s[j * B + k] * volts[k] + t[j * B + k] * work[j * B + k];
      if (lines == B)
        for (size_t k = 0; k < B; k++) u[(top + k) * columns + j] = volts[k];
      else
        for (size_t k = 0; k < lines; k++) u[(top + k) * columns + j] = volts[k];
    }
  }
}

OW_DISPATCH
void ow_lines_bits(
    const double *s, const double *t, const double *y, double *w, double *last, size_t rows,
    size_t columns) {
  for (size_t left = 0; left < columns; left += PANEL) {
    size_t width = columns - left < PANEL ? columns - left : PANEL;
    double carried[PANEL] = {0};
    for (size_t i = 0; i < rows; i++) {
      size_t k = i * columns + left;
      for (size_t j = 0; j < width; j++) {
        double n = y[k + j] + carried[j];
        w[k + j] = n;
        carried[j] = s[k + j] * n;
      }
    }
    if (last)
      for (size_t j = 0; j < width; j++) last[left + j] = carried[j];
    for (size_t j = 0; j < width; j++) carried[j] = 0;
    for (size_t i = rows; i-- > 0;) {
      size_t k = i * columns + left;
      for (size_t j = 0; j < width; j++) {
        carried[j] = s[k + j] * carried[j] + t[k + j] * w[k + j];
        w[k + j] = carried[j];
      }
    }
  }
}

OW_DISPATCH
void ow_lines_direction(
    const double *z, const double *r, double beta, double *p, double *q, size_t count) {
  for (size_t i = 0; i < count; i++) {
    p[i] = z[i] + beta * p[i];
    q[i] = r[i] + beta * q[i];
  }
}

#define SUM(term)                                             \
  double sums[LANES] = {0};                                   \
  size_t whole = count - count % LANES;                       \
  for (size_t base = 0; base < whole; base += LANES)          \
    for (size_t k = 0; k < LANES; k++) {                      \
      size_t i = base + k;                                    \
      sums[k] += (term);                                      \
    }                                                         \
  double sum = 0;                                             \
  for (size_t k = 0; k < LANES; k++) sum += sums[k];          \
  for (size_t i = whole; i < count; i++) sum += (term);       \
  return sum;

OW_DISPATCH
double ow_lines_curvature(
    const double *p, const double *q, const double *g, const double *e, size_t count) {
  SUM(p[i] * (q[i] - g[i] * e[i]))
}

OW_DISPATCH
double ow_lines_dot(const double *a, const double *b, size_t count) { SUM(a[i] * b[i]) }

// The largest magnitude of what `statement` leaves in x. A NaN is passed on as infinity.
#define LARGEST(statement)                                    \
  double tops[LANES] = {0};                                   \
  size_t whole = count - count % LANES;                       \
  for (size_t base = 0; base < whole; base += LANES)          \
    for (size_t k = 0; k < LANES; k++) {                      \
      size_t i = base + k;                                    \
      double x;                                               \
      statement;                                              \
      x = fabs(x);                                            \
      tops[k] = x <= tops[k] ? tops[k] : x;                   \
    }                                                         \
  double top = 0;                                             \
  for (size_t k = 0; k < LANES; k++) {                        \
    if (isnan(tops[k])) return INFINITY;                      \
    top = tops[k] > top ? tops[k] : top;                      \
  }                                                           \
  for (size_t i = whole; i < count; i++) {                    \
    double x;                                                 \
    statement;                                                \
    if (isnan(x)) return INFINITY;                            \
    x = fabs(x);                                              \
    top = x > top ? x : top;                                  \
  }                                                           \
  return top;

OW_DISPATCH
double ow_lines_step(
    double alpha, const double *q, const double *g, const double *e, double *y, double *r,
    size_t count) {
  LARGEST(y[i] += alpha * q[i]; x = r[i] -= alpha * (q[i] - g[i] * e[i]))
}

OW_DISPATCH
double ow_lines_mismatch(
    const double *g, const double *u, const double *y, double *r, size_t count) {
  LARGEST(x = r[i] = g[i] * u[i] - y[i])
}

OW_DISPATCH
double ow_lines_currents(
    const double *g, const double *u, const double *w, double *current, size_t count) {
  LARGEST(x = current[i] = g[i] * (u[i] - w[i]))
}
