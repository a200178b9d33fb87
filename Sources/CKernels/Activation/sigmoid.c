// Sigmoid and hyperbolic tangent.
#include "include/ow_sigmoid.h"

#include "dispatch.h"
#include "elementary_inline.h"

OW_DISPATCH
void ow_sigmoid(float *x, size_t count) {
  for (size_t i = 0; i < count; i++) x[i] = 1.0f / (1.0f + exp_f32(-x[i]));
}

OW_DISPATCH
void ow_tanh(float *x, size_t count) {
  for (size_t i = 0; i < count; i++) x[i] = 1.0f - 2.0f / (exp_f32(2.0f * x[i]) + 1.0f);
}
