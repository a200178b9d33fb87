#pragma once
#include <stddef.h>

/// x ← x where x > 0, else slope·x (0 for a slope of 0).
void ow_rectify(float *x, size_t count, float slope);

/// gradient ← gradient where y is more than 0, else slope·gradient (0 for a slope of 0).
void ow_rectify_back(float *gradient, const float *y, size_t count, float slope);
