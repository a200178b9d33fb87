// The root of a semidefinite matrix, row by row. Sums run over 8 lanes, in the same order on every
// processor.
#include "include/ow_roots.h"

#include <math.h>

#include "dispatch.h"

#pragma STDC FP_CONTRACT OFF

#define LANES 8

OW_INLINE double dot(const double *a, const double *b, size_t n) {
  double lanes[LANES] = {0};
  size_t whole = n - n % LANES;
  for (size_t i = 0; i < whole; i += LANES)
    for (int k = 0; k < LANES; k++) lanes[k] += a[i + k] * b[i + k];
  double sum = 0;
  for (int k = 0; k < LANES; k++) sum += lanes[k];
  for (size_t i = whole; i < n; i++) sum += a[i] * b[i];
  return sum;
}

OW_DISPATCH
void ow_semidefinite_root(double *k, size_t n, double least) {
  for (size_t i = 0; i < n; i++) {
    double *row = k + i * n;
    for (size_t j = 0; j < i; j++) {
      double pivot = k[j * n + j];
      row[j] = pivot > 0 ? (row[j] - dot(row, k + j * n, j)) / pivot : 0;
    }
    double left = row[i] - dot(row, row, i);
    row[i] = left > least * row[i] ? sqrt(left) : 0;
  }
}
