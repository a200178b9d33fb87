// Stochastic pulse trains on the lines of an array, a bit a time slot.
#include "include/ow_coincidences.h"
#include "random_inline.h"

#pragma STDC FP_CONTRACT OFF

OW_DISPATCH
void ow_train_bits(
    uint64_t *up, uint64_t *down, const float *values, size_t lines, size_t samples,
    const float *scale, const int32_t *length, uint64_t key, uint64_t stream, size_t first_group,
    size_t group_count) {
  uint32_t w[4][LANES];
  const size_t groups = (lines + GROUP - 1) / GROUP;
  uint64_t slot = 0;
  for (size_t s = 0; s < samples; s++) {
    for (int32_t b = 0; b < length[s]; b++, slot++) {
      const uint64_t bit = (uint64_t)1 << (slot & 63u);
      uint64_t *u = up + (slot >> 6) * lines, *d = down + (slot >> 6) * lines;
      for (size_t g = first_group; g < first_group + group_count; g++) {
        const size_t first = g * GROUP, n = lines - first < GROUP ? lines - first : GROUP;
        const float *v = values + s * lines + first;
        const float p = scale[s];
        philox(w, key, stream, (slot * groups + g) * LANES);
        const uint32_t *words = &w[0][0];
        for (size_t j = 0; j < n; j++) {
          float chance = v[j] * p;
          float draw = (float)(int32_t)(words[j] >> 8) * 0x1p-24f;
          u[first + j] |= draw < chance ? bit : 0;
          d[first + j] |= draw < -chance ? bit : 0;
        }
      }
    }
  }
}
