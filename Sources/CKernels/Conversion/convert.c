// The converters of an array, one pass per vector, and their surrogate gradient. Rounding to an integer
// by adding and subtracting 1.5·2^23 rounds ties to even and vectorizes on every processor; values beyond
// 2^22 are clipped afterwards anyway.
#include "include/ow_convert.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "dispatch.h"

#pragma STDC FP_CONTRACT OFF

#define ROUND(v) (((v) + 12582912.0f) - 12582912.0f)
#define LANES 16

// The largest absolute value, by the order of the bit patterns of positive floats.
OW_INLINE float largest_magnitude(const float *v, size_t n) {
  int32_t most = 0;
  for (size_t i = 0; i < n; i++) {
    int32_t bits;
    memcpy(&bits, v + i, 4);
    bits &= 0x7FFFFFFF;
    most = bits > most ? bits : most;
  }
  float result;
  memcpy(&result, &most, 4);
  return result;
}

OW_DISPATCH
float ow_largest(const float *values, size_t count) { return largest_magnitude(values, count); }

OW_INLINE float largest_value(const float *x, size_t count) {
  float top[LANES] = {0};
  size_t whole = count - count % LANES;
  for (size_t i = 0; i < whole; i += LANES)
    for (int k = 0; k < LANES; k++) top[k] = x[i + k] > top[k] ? x[i + k] : top[k];
  float all = 0.0f;
  for (int k = 0; k < LANES; k++) all = top[k] > all ? top[k] : all;
  for (size_t i = whole; i < count; i++) all = x[i] > all ? x[i] : all;
  return all;
}

OW_DISPATCH
float ow_convert_input(
    const float *x, float *volts_out, size_t count, float range, int keep_sign, float step,
    float shift, float low, float high, float volts) {
  float scale = range;
  if (!(range > 0.0f)) {
    scale = keep_sign ? largest_value(x, count) : largest_magnitude(x, count);
    // NaN is not above 0 either; its bit pattern is above that of infinity.
    scale = scale > 0.0f ? scale : 1.0f;
  }
  if (step > 0.0f) {
    float per_code = 1.0f / (scale * step);
    for (size_t i = 0; i < count; i++) {
      float q = x[i] * per_code - shift;
      q = q < 4e6f ? q : 4e6f;
      q = q > -4e6f ? q : -4e6f;
      q = ROUND(q);
      q = q < high ? q : high;
      q = q > low ? q : low;
      volts_out[i] = (q + shift) * step * volts;
    }
  } else {
    for (size_t i = 0; i < count; i++) {
      float v = x[i] / scale;
      v = v < 1.0f ? v : 1.0f;
      v = v > low ? v : low;
      volts_out[i] = v * volts;
    }
  }
  return scale;
}

OW_INLINE size_t convert_output(
    const float *restrict current, const float *restrict noise, const float *restrict variance,
    float base, const float *restrict gain, const float *restrict offset,
    const float *restrict lsb, const float *restrict per_lsb, float shift, float low, float high,
    const float *restrict scale, float factor, float pedestal, float *restrict y, size_t count, int with_noise, int with_variance,
    int with_trim, int with_lsb, int with_scale) {
  size_t clipped = 0;
  float sigma = sqrtf(base);
  int blocks_clipped = 0;
  for (size_t i = 0; i < count; i++) {
    float c = current[i];
    if (with_noise) {
      float deviation = sigma;
      if (with_variance) {
        // Without a negative number the root needs no error handling and vectorises.
        float square = variance[i] + base;
        deviation = sqrtf(square > 0.0f ? square : 0.0f);
      }
      c += deviation * noise[i];
    }
    if (with_trim) c = gain[i] * c + offset[i];
    if (with_lsb) {
      float q = c * per_lsb[i] - shift;
      q = q < 4e6f ? q : 4e6f;
      q = q > -4e6f ? q : -4e6f;
      q = ROUND(q);
      blocks_clipped += (q > high) | (q < low);
      q = q < high ? q : high;
      q = q > low ? q : low;
      c = (q + shift) * lsb[i];
    }
    y[i] += (with_scale ? scale[i] * factor : factor) * (c - pedestal);
  }
  clipped += (size_t)blocks_clipped;
  return clipped;
}

OW_DISPATCH
size_t ow_convert_output(
    const float *current, const float *noise, const float *variance, float base,
    const float *gain, const float *offset, const float *lsb, const float *per_lsb, float shift,
    float low, float high, const float *scale, float factor, float pedestal, float *y, size_t count) {
  int trim = gain != 0 && offset != 0;
#define CALL(n, v, t, l)                                                                        \
  (scale ? convert_output(                                                                      \
               current, noise, variance, base, gain, offset, lsb, per_lsb, shift, low, high,    \
               scale, factor, pedestal, y, count, n, v, t, l, 1)                                       \
         : convert_output(                                                                      \
               current, noise, variance, base, gain, offset, lsb, per_lsb, shift, low, high,    \
               scale, factor, pedestal, y, count, n, v, t, l, 0))
  if (noise == 0) {
    if (trim) return lsb ? CALL(0, 0, 1, 1) : CALL(0, 0, 1, 0);
    return lsb ? CALL(0, 0, 0, 1) : CALL(0, 0, 0, 0);
  }
  if (variance == 0) {
    if (trim) return lsb ? CALL(1, 0, 1, 1) : CALL(1, 0, 1, 0);
    return lsb ? CALL(1, 0, 0, 1) : CALL(1, 0, 0, 0);
  }
  if (trim) return lsb ? CALL(1, 1, 1, 1) : CALL(1, 1, 1, 0);
  return lsb ? CALL(1, 1, 0, 1) : CALL(1, 1, 0, 0);
#undef CALL
}

// Ends that were found from a current itself differ from it by rounding errors.
OW_INLINE float is_inside(float x, float range, float lowest) {
  float end = range * 1.000001f;
  return ((x <= end) & (x >= lowest * end)) ? 1.0f : 0.0f;
}

OW_INLINE double slopes(
    const float *restrict raw, const float *restrict converted, float *restrict d,
    const float *restrict ranges, float range, float lowest, size_t count, int with_ranges) {
  double total = 0;
  size_t whole = count - count % LANES;
  // Sums of 16 lanes over blocks of 1024 numbers, then in double.
  for (size_t block = 0; block < whole; block += 1024) {
    size_t end = block + 1024 < whole ? block + 1024 : whole;
    float sums[LANES] = {0};
    for (size_t i = block; i < end; i += LANES)
      for (int k = 0; k < LANES; k++) {
        float x = raw[i + k], r = with_ranges ? ranges[i + k] : range;
        float inside = is_inside(x, r, lowest);
        sums[k] += d[i + k] * (converted[i + k] - inside * x) / r;
        d[i + k] *= inside;
      }
    for (int k = 0; k < LANES; k++) total += (double)sums[k];
  }
  for (size_t i = whole; i < count; i++) {
    float x = raw[i], r = with_ranges ? ranges[i] : range;
    float inside = is_inside(x, r, lowest);
    total += (double)(d[i] * (converted[i] - inside * x) / r);
    d[i] *= inside;
  }
  return total;
}

OW_DISPATCH
double ow_converter_slope(
    const float *raw, const float *converted, float *d, const float *ranges, float range,
    float lowest, size_t count) {
  return ranges ? slopes(raw, converted, d, ranges, range, lowest, count, 1)
                : slopes(raw, converted, d, ranges, range, lowest, count, 0);
}

OW_INLINE float uniform_code(
    float x, float width, float per_width, float shift, float low, float high) {
  float q = x * per_width - shift;
  q = q < 4e6f ? q : 4e6f;
  q = q > -4e6f ? q : -4e6f;
  q = ROUND(q);
  q = q < high ? q : high;
  q = q > low ? q : low;
  return (q + shift) * width;
}

OW_DISPATCH
void ow_convert_uniform(
    const float *restrict current, float width, float shift, float low, float high, float factor,
    float *restrict y, size_t count) {
  float per_width = 1.0f / width;
  for (size_t i = 0; i < count; i++)
    y[i] += factor * uniform_code(current[i], width, per_width, shift, low, high);
}

OW_DISPATCH
double ow_uniform_slope(
    const float *restrict raw, float *restrict d, float width, float shift, float low, float high,
    float range, float lowest, size_t count) {
  float per_width = 1.0f / width;
  double total = 0;
  size_t whole = count - count % LANES;
  for (size_t block = 0; block < whole; block += 1024) {
    size_t end = block + 1024 < whole ? block + 1024 : whole;
    float sums[LANES] = {0};
    for (size_t i = block; i < end; i += LANES)
      for (int k = 0; k < LANES; k++) {
        float x = raw[i + k];
        float inside = is_inside(x, range, lowest);
        sums[k] += d[i + k] * (uniform_code(x, width, per_width, shift, low, high) - inside * x);
        d[i + k] *= inside;
      }
    for (int k = 0; k < LANES; k++) total += (double)sums[k];
  }
  for (size_t i = whole; i < count; i++) {
    float x = raw[i];
    float inside = is_inside(x, range, lowest);
    total += (double)(d[i] * (uniform_code(x, width, per_width, shift, low, high) - inside * x));
    d[i] *= inside;
  }
  return total / (double)range;
}

OW_DISPATCH
void ow_stop_outside(
    const float *restrict raw, float *restrict d, const float *restrict ranges, float lowest,
    size_t count) {
  for (size_t i = 0; i < count; i++)
    d[i] *= is_inside(raw[i], ranges[i], lowest);
}

OW_DISPATCH
void ow_add_inside(
    const float *restrict current, const float *restrict noise, const float *restrict variance,
    float base, const float *restrict gain, const float *restrict offset,
    const float *restrict ranges, float lowest, float share, float *restrict shares,
    size_t count) {
  for (size_t i = 0; i < count; i++) {
    float c = current[i];
    if (noise) {
      float square = variance ? variance[i] + base : base;
      c += sqrtf(square > 0.0f ? square : 0.0f) * noise[i];
    }
    if (gain && offset) c = gain[i] * c + offset[i];
    shares[i] += share * is_inside(c, ranges[i], lowest);
  }
}

OW_DISPATCH
void ow_limit_currents(float *current, const float *subtracted, float limit, size_t count) {
  for (size_t i = 0; i < count; i++) {
    float c = current[i];
    c = c < limit ? c : limit;
    c = c > -limit ? c : -limit;
    if (subtracted) {
      float s = subtracted[i];
      s = s < limit ? s : limit;
      c -= s > -limit ? s : -limit;
    }
    current[i] = c;
  }
}

OW_DISPATCH
float ow_squares(const float *a, float *squares, size_t count) {
  float sums[LANES] = {0};
  size_t whole = count - count % LANES;
  if (squares)
    for (size_t i = 0; i < count; i++) squares[i] = a[i] * a[i];
  for (size_t i = 0; i < whole; i += LANES)
    for (int k = 0; k < LANES; k++) sums[k] += a[i + k] * a[i + k];
  for (size_t i = whole; i < count; i++) sums[i - whole] += a[i] * a[i];
  for (int half = LANES / 2; half > 0; half /= 2)
    for (int k = 0; k < half; k++) sums[k] += sums[k + half];
  return sums[0];
}
