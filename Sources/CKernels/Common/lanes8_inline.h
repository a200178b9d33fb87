#pragma once
// Eight doubles at a time, and the exchange of rows and columns of 8 × 8 of them.
#include <string.h>

#include "dispatch.h"

// Every function here is inlined, so that no vector is passed by any convention.
#pragma clang diagnostic ignored "-Wpsabi"

typedef double lane8 __attribute__((vector_size(64)));
typedef long long lane8_mask __attribute__((vector_size(64)));

OW_INLINE lane8 load8(const double *a) {
  lane8 x;
  memcpy(&x, a, sizeof x);
  return x;
}

OW_INLINE void store8(double *a, lane8 x) { memcpy(a, &x, sizeof x); }

OW_INLINE lane8 fill8(double x) { return (lane8){x, x, x, x, x, x, x, x}; }

OW_INLINE double sum8(lane8 x) {
  return ((x[0] + x[1]) + (x[2] + x[3])) + ((x[4] + x[5]) + (x[6] + x[7]));
}

/// m[i][j] and m[j][i] change places.
OW_INLINE void transpose8(lane8 m[8]) {
  lane8 x[8], y[8];
  for (int k = 0; k < 8; k += 2) {
    x[k] = __builtin_shufflevector(m[k], m[k + 1], 0, 8, 2, 10, 4, 12, 6, 14);
    x[k + 1] = __builtin_shufflevector(m[k], m[k + 1], 1, 9, 3, 11, 5, 13, 7, 15);
  }
  for (int k = 0; k < 8; k += 4)
    for (int l = 0; l < 2; l++) {
      y[k + l] = __builtin_shufflevector(x[k + l], x[k + l + 2], 0, 1, 8, 9, 4, 5, 12, 13);
      y[k + l + 2] = __builtin_shufflevector(x[k + l], x[k + l + 2], 2, 3, 10, 11, 6, 7, 14, 15);
    }
  for (int k = 0; k < 4; k++) {
    m[k] = __builtin_shufflevector(y[k], y[k + 4], 0, 1, 2, 3, 8, 9, 10, 11);
    m[k + 4] = __builtin_shufflevector(y[k], y[k + 4], 4, 5, 6, 7, 12, 13, 14, 15);
  }
}
