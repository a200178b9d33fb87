// The passes of an optimizer over all weights: memory-bound, so that one pass a step counts.
#include "include/ow_optimize.h"

#include <math.h>

#include "dispatch.h"

#pragma STDC FP_CONTRACT OFF

OW_DISPATCH
void ow_adam(
    float *restrict w, float *restrict m, float *restrict v, const float *restrict g, size_t count,
    float rate, float beta1, float beta2, float epsilon, float correction1, float correction2,
    float decay) {
  for (size_t i = 0; i < count; i++) {
    float a = beta1 * m[i] + (1.0f - beta1) * g[i];
    float b = beta2 * v[i] + (1.0f - beta2) * g[i] * g[i];
    m[i] = a;
    v[i] = b;
    w[i] -= rate * (correction1 * a / (sqrtf(b) * correction2 + epsilon) + decay * w[i]);
  }
}

OW_DISPATCH
void ow_momentum(
    float *restrict w, float *restrict m, const float *restrict g, size_t count, float rate,
    float momentum, float decay) {
  for (size_t i = 0; i < count; i++) {
    float a = momentum * m[i] + g[i] + decay * w[i];
    m[i] = a;
    w[i] -= rate * a;
  }
}

double ow_softmax_cross_entropy(
    const float *logits, const int *labels, float *gradient, size_t rows, size_t columns,
    float scale) {
  double loss = 0;
  for (size_t r = 0; r < rows; r++) {
    const float *z = logits + r * columns;
    float *d = gradient + r * columns;
    float top = z[0];
    for (size_t c = 1; c < columns; c++) top = z[c] > top ? z[c] : top;
    float sum = 0;
    for (size_t c = 0; c < columns; c++) {
      d[c] = expf(z[c] - top);
      sum += d[c];
    }
    loss += (double)logf(sum) + (double)top - (double)z[labels[r]];
    float factor = scale / sum;
    for (size_t c = 0; c < columns; c++) d[c] *= factor;
    d[labels[r]] -= scale;
  }
  return loss;
}
