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

// ln(x) for normal positive x, relative error below 4e-7.
OW_INLINE float log_f32(float x) {
  uint32_t bits;
  memcpy(&bits, &x, 4);
  int32_t e = (int32_t)(bits - 0x3F3504F3u) >> 23;
  uint32_t mantissa = bits - ((uint32_t)e << 23);
  float m;
  memcpy(&m, &mantissa, 4);
  // ln m = 2 artanh(s), s = (m-1)/(m+1), |s| < 0.1716.
  float s = (m - 1.0f) / (m + 1.0f);
  float s2 = s * s;
  return (float)e * 0.69314718f
      + s * (2.0f + s2 * (0.6666666f + s2 * (0.4000044f + s2 * 0.2849f)));
}
