// What writing does to the conductances of cells, one pass a law. The operations are those of the plain
// loops, in their order: the bits are the same on every processor.
#include "include/ow_programming.h"

#include "dispatch.h"
#include "elementary_inline.h"

#pragma STDC FP_CONTRACT OFF

OW_DISPATCH
void ow_raise_cells(float *g, const float *draws, float low, float spread, size_t count) {
  for (size_t i = 0; i < count; i++) {
    float factor = 1.0f + spread * draws[i];
    factor = factor > 0.0f ? factor : 0.0f;
    float end = low * factor;
    g[i] = g[i] > end ? g[i] : end;
  }
}

OW_DISPATCH
void ow_lower_cells(float *g, const float *draws, float high, float spread, size_t count) {
  for (size_t i = 0; i < count; i++) {
    float factor = 1.0f + spread * draws[i];
    factor = factor > 0.0f ? factor : 0.0f;
    float end = high * factor;
    g[i] = g[i] < end ? g[i] : end;
  }
}

// max(0, Σ cₖ·xᵏ).
OW_INLINE float polynomial(float x, const float *c, const size_t terms) {
  float sum = 0.0f;
  for (size_t k = terms; k-- > 0;) sum = sum * x + c[k];
  return sum > 0.0f ? sum : 0.0f;
}

// The number of terms is a constant where this is inlined.
OW_INLINE void add_write_errors(
    float *g, const float *draws, const float *c, const size_t terms, float inverse, float mean,
    size_t count) {
  for (size_t i = 0; i < count; i++) {
    float deviation = polynomial(g[i] * inverse, c, terms);
    float written = g[i] + mean + deviation * draws[i];
    g[i] = written > 0.0f ? written : 0.0f;
  }
}

OW_DISPATCH
void ow_add_write_errors(
    float *g, const float *draws, const float *coefficients, size_t terms, float inverse, float mean,
    size_t count) {
  switch (terms) {
    case 1: add_write_errors(g, draws, coefficients, 1, inverse, mean, count); break;
    case 2: add_write_errors(g, draws, coefficients, 2, inverse, mean, count); break;
    case 3: add_write_errors(g, draws, coefficients, 3, inverse, mean, count); break;
    default: add_write_errors(g, draws, coefficients, terms, inverse, mean, count); break;
  }
}

OW_DISPATCH
void ow_polynomial_deviations(
    const float *g, float *result, const float *coefficients, size_t terms, float inverse,
    size_t count) {
  float c[3] = {0};
  for (size_t k = 0; k < terms && k < 3; k++) c[k] = coefficients[k];
  if (terms <= 3)
    for (size_t i = 0; i < count; i++) result[i] = polynomial(g[i] * inverse, c, 3);
  else
    for (size_t i = 0; i < count; i++) result[i] = polynomial(g[i] * inverse, coefficients, terms);
}

OW_DISPATCH
void ow_one_over_f_deviations(
    const float *g, float *result, float a, float b, float most, float inverse, float span,
    size_t count) {
  for (size_t i = 0; i < count; i++) {
    float x = g[i] * inverse;
    x = x > 1e-30f ? x : 1e-30f;
    float power = exp_f32(-b * log_f32(x));
    float relative = a * (power < 1000.0f ? power : 1000.0f);
    relative = relative < most ? relative : most;
    result[i] = g[i] > 0.0f ? g[i] * relative * span : 0.0f;
  }
}
