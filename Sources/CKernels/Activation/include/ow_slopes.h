#pragma once
#include <stddef.h>

/// gradient ← gradient·y·(1 − y), y the outputs of the sigmoid.
void ow_sigmoid_back(float *gradient, const float *y, size_t count);

/// gradient ← gradient·(1 − y²), y the outputs of tanh.
void ow_tanh_back(float *gradient, const float *y, size_t count);

/// gradient ← slope·gradient where low < y < high, else 0.
void ow_clip_back(
    float *gradient, const float *y, size_t count, float low, float high, float slope);
