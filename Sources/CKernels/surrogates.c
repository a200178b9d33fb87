// Converters as training sees them: symmetric ranges, straight-through gradients. Rounding adds and
// subtracts 1.5·2^23, which rounds ties to even.
#include "include/ow_surrogates.h"

#include <math.h>

#include "dispatch.h"

#pragma STDC FP_CONTRACT OFF

#define ROUND(v) (((v) + 12582912.0f) - 12582912.0f)
#define LANES 16

OW_INLINE float converted(float x, float range, float to_steps, float step, int rounds) {
  float v = x < range ? x : range;
  v = v > -range ? v : -range;
  return rounds ? ROUND(v * to_steps) * step : v;
}

OW_INLINE float largest(const float *x, size_t count) {
  float top[LANES] = {0};
  size_t whole = count - count % LANES;
  for (size_t i = 0; i < whole; i += LANES)
    for (int k = 0; k < LANES; k++) {
      float a = fabsf(x[i + k]);
      top[k] = a > top[k] ? a : top[k];
    }
  float all = 0;
  for (int k = 0; k < LANES; k++) all = top[k] > all ? top[k] : all;
  for (size_t i = whole; i < count; i++) {
    float a = fabsf(x[i]);
    all = a > all ? a : all;
  }
  return all;
}

OW_DISPATCH
void ow_surrogate_input(
    const float *restrict x, float *restrict q, size_t rows, size_t columns, float range,
    float levels) {
  for (size_t r = 0; r < rows; r++) {
    const float *in = x + r * columns;
    float *out = q + r * columns;
    float top = range > 0 ? range : largest(in, columns);
    if (!(top > 0)) top = 1;
    if (levels > 0) {
      float step = top / levels, to_steps = levels / top;
      for (size_t i = 0; i < columns; i++) out[i] = converted(in[i], top, to_steps, step, 1);
    } else {
      for (size_t i = 0; i < columns; i++) out[i] = converted(in[i], top, 0, 0, 0);
    }
  }
}

OW_DISPATCH
void ow_surrogate_output(
    const float *restrict raw, float *restrict z, size_t count, float range, float levels,
    float scale) {
  if (!(range > 0)) {
    for (size_t i = 0; i < count; i++) z[i] += scale * raw[i];
  } else if (levels > 0) {
    float step = range / levels, to_steps = levels / range;
    for (size_t i = 0; i < count; i++)
      z[i] += scale * converted(raw[i], range, to_steps, step, 1);
  } else {
    for (size_t i = 0; i < count; i++) z[i] += scale * converted(raw[i], range, 0, 0, 0);
  }
}

OW_INLINE double back(
    const float *restrict raw, float *restrict d, size_t count, float range, float levels,
    int rounds) {
  float step = rounds ? range / levels : 0, to_steps = rounds ? levels / range : 0;
  float inverse = 1 / range;
  double total = 0;
  size_t whole = count - count % LANES;
  // Sums of 16 lanes over blocks of 1024 numbers, then in double.
  for (size_t block = 0; block < whole; block += 1024) {
    size_t end = block + 1024 < whole ? block + 1024 : whole;
    float sums[LANES] = {0};
    for (size_t i = block; i < end; i += LANES)
      for (int k = 0; k < LANES; k++) {
        float x = raw[i + k];
        float inside = fabsf(x) <= range ? 1.0f : 0.0f;
        float q = converted(x, range, to_steps, step, rounds);
        float slope = inside * ((rounds ? q - x : 0.0f) * inverse) + (1 - inside) * (q * inverse);
        sums[k] += d[i + k] * slope;
        d[i + k] *= inside;
      }
    for (int k = 0; k < LANES; k++) total += (double)sums[k];
  }
  for (size_t i = whole; i < count; i++) {
    float x = raw[i];
    int inside = fabsf(x) <= range;
    float q = converted(x, range, to_steps, step, rounds);
    total += (double)(d[i] * (inside ? (rounds ? q - x : 0.0f) * inverse : q * inverse));
    if (!inside) d[i] = 0;
  }
  return total;
}

OW_DISPATCH
double ow_surrogate_back(const float *raw, float *d, size_t count, float range, float levels) {
  return levels > 0 ? back(raw, d, count, range, levels, 1) : back(raw, d, count, range, levels, 0);
}
