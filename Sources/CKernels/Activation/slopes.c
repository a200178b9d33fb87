// Derivatives of activations from their outputs.
#include "include/ow_slopes.h"

#include "dispatch.h"

#pragma STDC FP_CONTRACT OFF

OW_DISPATCH
void ow_sigmoid_back(float *restrict gradient, const float *restrict y, size_t count) {
  for (size_t i = 0; i < count; i++) gradient[i] *= y[i] * (1.0f - y[i]);
}

OW_DISPATCH
void ow_tanh_back(float *restrict gradient, const float *restrict y, size_t count) {
  for (size_t i = 0; i < count; i++) gradient[i] *= 1.0f - y[i] * y[i];
}

OW_DISPATCH
void ow_clip_back(
    float *restrict gradient, const float *restrict y, size_t count, float low, float high,
    float slope) {
  for (size_t i = 0; i < count; i++) {
    float inside = slope * gradient[i];
    gradient[i] = ((y[i] > low) & (y[i] < high)) ? inside : 0.0f;
  }
}
