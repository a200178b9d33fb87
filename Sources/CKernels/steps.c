// Staircases of ramp converters, and the smooth functions that they stand for. Counting every threshold
// without branches beats a search up to some sixty of them: the loop over the inputs is one compare and
// one subtraction a vector.
#include "include/ow_steps.h"

#include <stdint.h>

#include "dispatch.h"
#include "elementary_inline.h"

#define BLOCK 128
#define COUNTED 63

OW_INLINE void count_block(
    const float *restrict x, int32_t *restrict place, size_t m, const float *restrict t, size_t n) {
  for (size_t j = 0; j < m; j++) place[j] = 0;
  for (size_t q = 0; q < n; q++) {
    float level = t[q];
    for (size_t j = 0; j < m; j++) place[j] += x[j] >= level ? 1 : 0;
  }
}

OW_INLINE void search_block(
    const float *restrict x, int32_t *restrict place, size_t m, const float *restrict t, size_t n) {
  for (size_t j = 0; j < m; j++) {
    size_t low = 0, high = n;
    while (low < high) {
      size_t middle = (low + high) / 2;
      if (x[j] >= t[middle])
        low = middle + 1;
      else
        high = middle;
    }
    place[j] = (int32_t)low;
  }
}

OW_INLINE void places(const float *x, int32_t *place, size_t m, const float *t, size_t n) {
  if (n > COUNTED)
    search_block(x, place, m, t, n);
  else if (m == BLOCK)
    count_block(x, place, BLOCK, t, n);
  else
    count_block(x, place, m, t, n);
}

OW_DISPATCH
void ow_step_function(
    const float *x, float *y, size_t count, const float *thresholds, const float *outputs,
    size_t n) {
  int32_t place[BLOCK];
  for (size_t i = 0; i < count; i += BLOCK) {
    size_t m = count - i < BLOCK ? count - i : BLOCK;
    places(x + i, place, m, thresholds, n);
    for (size_t j = 0; j < m; j++) y[i + j] = outputs[place[j]];
  }
}

OW_DISPATCH
void ow_step_codes(
    const float *x, int *codes, size_t count, const float *thresholds, size_t n) {
  for (size_t i = 0; i < count; i += BLOCK)
    places(x + i, codes + i, count - i < BLOCK ? count - i : BLOCK, thresholds, n);
}

OW_DISPATCH
void ow_sigmoid(float *x, size_t count) {
  for (size_t i = 0; i < count; i++) x[i] = 1.0f / (1.0f + exp_f32(-x[i]));
}

OW_DISPATCH
void ow_tanh(float *x, size_t count) {
  for (size_t i = 0; i < count; i++) x[i] = 1.0f - 2.0f / (exp_f32(2.0f * x[i]) + 1.0f);
}
