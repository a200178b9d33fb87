// Gradients added up until they make whole pulses.
#include "include/ow_accumulate.h"

#include <math.h>
#include <stdint.h>

#include "dispatch.h"

#pragma STDC FP_CONTRACT OFF

OW_DISPATCH
size_t ow_take_steps(
    float *restrict sums, float *restrict counts, size_t count, float step, float threshold) {
  const float inverse = 1.0f / step;
  size_t fired = 0;
  for (size_t i = 0; i < count; i++) {
    float x = sums[i] * inverse;
    x = x > -32768.0f ? x : -32768.0f;
    x = x < 32767.0f ? x : 32767.0f;
    float whole = fabsf(x) >= threshold ? (float)(int32_t)x : 0.0f;
    counts[i] = whole;
    sums[i] -= whole * step;
    fired += whole != 0.0f;
  }
  return fired;
}

OW_DISPATCH
void ow_gather_and_fire(
    float *restrict sums, const float *restrict readings, float *restrict counts, size_t count,
    float factor, float step, float burst, float momentum) {
  for (size_t i = 0; i < count; i++) {
    float x = sums[i] + factor * readings[i];
    float n = x >= step ? burst : x <= -step ? -burst : 0.0f;
    counts[i] = n;
    sums[i] = n != 0.0f ? momentum * x : x;
  }
}
