#pragma once
#include <stddef.h>

/// One step of Adam with decoupled weight decay, in place:
/// m ← β₁m + (1−β₁)g, v ← β₂v + (1−β₂)g², w ← w − rate·(correction·m/(√v·correction₂ + ε) + decay·w).
void ow_adam(
    float *w, float *m, float *v, const float *g, size_t count, float rate, float beta1,
    float beta2, float epsilon, float correction1, float correction2, float decay);

/// One step of gradient descent with momentum, in place: m ← μm + g + decay·w, w ← w − rate·m.
void ow_momentum(
    float *w, float *m, const float *g, size_t count, float rate, float momentum, float decay);

/// Softmax and its cross-entropy: for each of `rows` rows of `columns` logits, `gradient` becomes
/// softmax(logits) − one-hot(label), times `scale`; the sum of −ln softmax at the labels is returned.
double ow_softmax_cross_entropy(
    const float *logits, const int *labels, float *gradient, size_t rows, size_t columns,
    float scale);
