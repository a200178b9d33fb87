#pragma once
// exp and ln in single precision, without branches, so that loops over them vectorise. The same
// bits on every processor.
#include <stdint.h>
#include <string.h>

#include "dispatch.h"

#pragma STDC FP_CONTRACT OFF

// exp(x), relative error below 2e-7 for |x| < 87; clamped there.
OW_INLINE float exp_f32(float x) {
  x = x > -87.0f ? x : -87.0f;
  x = x < 87.0f ? x : 87.0f;
  // Adding 1.5·2^23 rounds to the nearest whole number and leaves it in the low bits.
  float shifted = x * 1.44269504f + 12582912.0f;
  float n = shifted - 12582912.0f;
  int32_t bits;
  memcpy(&bits, &shifted, 4);
  // ln 2 in two parts: the first has few enough bits that n·part is exact.
  float r = (x - n * 0.693359375f) - n * -2.12194440e-4f;
  float p = 1.0f
      + r * (1.0f
             + r * (0.5f
                    + r * (0.16666667f
                           + r * (4.1666668e-2f + r * (8.3333333e-3f + r * 1.3888889e-3f)))));
  int32_t exponent = (int32_t)((uint32_t)(bits - 0x4B400000 + 127) << 23);
  float scale;
  memcpy(&scale, &exponent, 4);
  return p * scale;
}

// ln(x) for normal positive x, by a polynomial of the mantissa without a division: absolute error
// below 5e-7 beside the rounding of the result.
OW_INLINE float log_f32(float x) {
  uint32_t bits;
  memcpy(&bits, &x, 4);
  // Mantissa in [sqrt(1/2), sqrt(2)).
  int32_t e = (int32_t)(bits - 0x3F3504F3u) >> 23;
  uint32_t mantissa = bits - ((uint32_t)e << 23);
  float m;
  memcpy(&m, &mantissa, 4);
  float t = m - 1.0f;
  float t2 = t * t;
  // Even and odd halves, so that the chains of operations are short.
  float even = 1.00000096f + t2 * (0.333146738f + t2 * (0.204917596f + t2 * 0.119310544f));
  float odd = -0.50001145f + t2 * (-0.249082892f + t2 * -0.186807514f);
  return (float)e * 0.69314718f + t * (even + t * odd);
}
