// The passes around the product that sums the variances of a column.
#include "include/ow_columns.h"

#include <math.h>

#include "dispatch.h"

#pragma STDC FP_CONTRACT OFF

OW_DISPATCH
void ow_carrying_cells(
    const float *restrict w, float *restrict g, float low, float per_weight, size_t count) {
  for (size_t i = 0; i < count; i++) g[i] = low + fabsf(w[i]) * per_weight;
}

OW_DISPATCH
void ow_pair_variances(float *v, float ground, float share, size_t count) {
  const float floor = ground * ground, square = share * share;
  for (size_t i = 0; i < count; i++) v[i] = (v[i] * v[i] + floor) * square;
}

OW_DISPATCH
void ow_add_column_noise(
    float *restrict raw, const float *restrict sums, const float *restrict draws, float factor,
    float fixed, size_t count) {
  const float floor = fixed * fixed;
  if (sums)
    for (size_t i = 0; i < count; i++) raw[i] += sqrtf(factor * sums[i] + floor) * draws[i];
  else
    for (size_t i = 0; i < count; i++) raw[i] += fixed * draws[i];
}
