// Ramp converters: the code of a current is the number of thresholds that it is not below. A guide
// says where to begin; from there on a few comparisons a lane, gathered, and no branch.
#include "include/ow_ramp.h"

#include <float.h>
#include <math.h>

#include "dispatch.h"

#pragma STDC FP_CONTRACT OFF

#define PART 256

OW_INLINE void noisy(
    const float *restrict current, const float *restrict noise, const float *restrict variance,
    float base, const float *restrict gain, const float *restrict offset, float *restrict x,
    int n) {
  if (noise == 0) {
    for (int i = 0; i < n; i++) x[i] = current[i];
  } else if (variance == 0) {
    float sigma = sqrtf(base);
    for (int i = 0; i < n; i++) x[i] = current[i] + sigma * noise[i];
  } else {
    for (int i = 0; i < n; i++) x[i] = current[i] + sqrtf(variance[i] + base) * noise[i];
  }
  if (gain != 0 && offset != 0)
    for (int i = 0; i < n; i++) x[i] = gain[i] * x[i] + offset[i];
}

OW_INLINE void guided(
    const ow_ramps *ramps, const int32_t *restrict start, const float *restrict x,
    int32_t *restrict code, int n) {
  const float *restrict t = ramps->thresholds;
  const int32_t *restrict guide = ramps->guide;
  float low = ramps->guide_low, scale = ramps->guide_scale, top = (float)(ramps->cells - 1);
  for (int i = 0; i < n; i++) {
    float g = (x[i] - low) * scale;
    g = g < top ? g : top;
    g = g > 0.0f ? g : 0.0f;
    code[i] = guide[(int32_t)g];
  }
  for (int k = 0; k < ramps->depth; k++)
    for (int i = 0; i < n; i++) code[i] += x[i] >= t[start[i] + code[i]] ? 1 : 0;
}

OW_INLINE void halved(
    const ow_ramps *ramps, const int32_t *restrict start, const float *restrict x,
    int32_t *restrict code, int n) {
  const float *restrict t = ramps->thresholds;
  for (int i = 0; i < n; i++) code[i] = 0;
  for (int32_t half = ramps->stride / 2; half > 0; half /= 2)
    for (int i = 0; i < n; i++)
      code[i] += x[i] >= t[start[i] + code[i] + half - 1] ? half : 0;
}

OW_DISPATCH
size_t ow_convert_ramp(
    const ow_ramps *ramps, const int32_t *ramp, const float *range, const float *current,
    const float *noise, const float *variance, float base, const float *gain, const float *offset,
    const float *scale, float factor, float pedestal, float *y, size_t count) {
  float x[PART];
  int32_t code[PART], start[PART];
  size_t clipped = 0;
  const float *restrict outputs = ramps->outputs;
  for (size_t first = 0; first < count; first += PART) {
    int n = count - first < PART ? (int)(count - first) : PART;
    noisy(
        current + first, noise ? noise + first : 0, variance ? variance + first : 0, base,
        gain ? gain + first : 0, offset ? offset + first : 0, x, n);
    const float *restrict r = range + first;
    // Infinity would not be below the infinities that fill a ramp up: it is the largest finite number.
    for (int i = 0; i < n; i++) {
      float relative = x[i] / r[i];
      x[i] = relative > FLT_MAX ? FLT_MAX : relative;
    }
    if (ramp)
      for (int i = 0; i < n; i++) start[i] = ramp[first + i] * ramps->stride;
    else
      for (int i = 0; i < n; i++) start[i] = 0;
    if (ramps->depth < 0)
      halved(ramps, start, x, code, n);
    else
      guided(ramps, start, x, code, n);
    int over = 0;
    float lowest = ramps->lowest;
    for (int i = 0; i < n; i++) over += (x[i] > 1.0f) | (x[i] < lowest);
    clipped += (size_t)over;
    float *restrict to = y + first;
    if (scale) {
      const float *restrict s = scale + first;
      for (int i = 0; i < n; i++) to[i] += s[i] * factor * (r[i] * outputs[code[i]] - pedestal);
    } else {
      for (int i = 0; i < n; i++) to[i] += factor * (r[i] * outputs[code[i]] - pedestal);
    }
  }
  return clipped;
}
