#pragma once
#include <stddef.h>

/// x ← 1/(1 + exp(−x)), in place; absolute error below 2e-7.
void ow_sigmoid(float *x, size_t count);

/// x ← tanh x, in place; absolute error below 3e-7.
void ow_tanh(float *x, size_t count);
