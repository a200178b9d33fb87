// Rectifiers, without branches: which way a sum falls is not to be foreseen.
#include "include/ow_rectify.h"

#include "dispatch.h"

#pragma STDC FP_CONTRACT OFF

OW_DISPATCH
void ow_rectify(float *x, size_t count, float slope) {
  if (slope == 0.0f)
    for (size_t i = 0; i < count; i++) x[i] = x[i] > 0.0f ? x[i] : 0.0f;
  else
    for (size_t i = 0; i < count; i++) {
      float below = slope * x[i];
      x[i] = x[i] > 0.0f ? x[i] : below;
    }
}

OW_DISPATCH
void ow_rectify_back(float *restrict gradient, const float *restrict y, size_t count, float slope) {
  if (slope == 0.0f)
    for (size_t i = 0; i < count; i++) gradient[i] = y[i] > 0.0f ? gradient[i] : 0.0f;
  else
    for (size_t i = 0; i < count; i++) {
      float below = slope * gradient[i];
      gradient[i] = y[i] > 0.0f ? gradient[i] : below;
    }
}
