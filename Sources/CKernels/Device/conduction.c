// Currents of nonlinear cells, all of an array at a time.
#include "include/ow_conduction.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "dispatch.h"

#pragma STDC FP_CONTRACT OFF

// exp(x) − 1 for 0 ≤ x ≤ 700. With x = n·ln 2 + r it is 2ⁿ·(exp(r) − 1) + (2ⁿ − 1), where n = 0
// leaves the first term alone, and elsewhere the sum is at least 0.4 of its larger term.
OW_INLINE double expm1_f64(double x) {
  double shifted = x * 1.4426950408889634 + 6755399441055744.0;
  double n = shifted - 6755399441055744.0;
  int64_t bits;
  memcpy(&bits, &shifted, 8);
  double r = (x - n * 6.93147180369123816490e-01) - n * 1.90821492927058770002e-10;
  double p = 1.0 / 6227020800.0 + r * (1.0 / 87178291200.0);
  p = 1.0 / 479001600.0 + r * p;
  p = 1.0 / 39916800.0 + r * p;
  p = 1.0 / 3628800.0 + r * p;
  p = 1.0 / 362880.0 + r * p;
  p = 1.0 / 40320.0 + r * p;
  p = 1.0 / 5040.0 + r * p;
  p = 1.0 / 720.0 + r * p;
  p = 1.0 / 120.0 + r * p;
  p = 1.0 / 24.0 + r * p;
  p = 1.0 / 6.0 + r * p;
  p = 0.5 + r * p;
  double q = r + r * r * p;
  // The low bits of the shifted number are n; 1023 more is the exponent of 2ⁿ.
  int64_t exponent = (int64_t)((uint64_t)(bits + 1023) << 52);
  double scale;
  memcpy(&scale, &exponent, 8);
  return scale * q + (scale - 1.0);
}

OW_DISPATCH
void ow_cells_sinh(
    const double *g, const double *v, double a, double *i, double *slope, size_t count) {
  for (size_t k = 0; k < count; k++) {
    double x = fabs(a * v[k]);
    x = x < 700.0 ? x : 700.0;
    double t = expm1_f64(x);
    double share = t / (t + 1.0);
    double s = 0.5 * (t + share) / a;
    i[k] = g[k] * copysign(s, v[k]);
    slope[k] = g[k] * (1.0 + 0.5 * t * share);
  }
}
