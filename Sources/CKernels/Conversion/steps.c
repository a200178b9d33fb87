// Staircases of ramp converters. Counting every threshold without branches beats a search up to some sixty
// of them: the loop over the inputs is one compare and one subtraction per vector.
#include "include/ow_steps.h"

#include <math.h>
#include <stdint.h>

#include "dispatch.h"

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
  if (n > COUNTED) {
    search_block(x, place, m, t, n);
    return;
  }
  // Pieces of a fixed size stay in registers.
  size_t j = 0;
  for (; j + 64 <= m; j += 64) count_block(x + j, place + j, 64, t, n);
  for (; j + 16 <= m; j += 16) count_block(x + j, place + j, 16, t, n);
  if (j < m) count_block(x + j, place + j, m - j, t, n);
}

#if defined(__x86_64__)
#include <immintrin.h>
#define AVX512 __attribute__((target("avx512f")))
#define PERMUTED 31

// Up to 31 thresholds stand in two registers: a binary search of five permutations, without branches.
// Places beyond the last threshold, which infinity can reach, have the last output.
AVX512 static inline __m512i permuted_places(__m512 x, __m512 low, __m512 high) {
  __m512i place = _mm512_setzero_si512();
  for (int step = 16; step > 0; step /= 2) {
    __m512i index = _mm512_add_epi32(place, _mm512_set1_epi32(step - 1));
    __m512 level = _mm512_permutex2var_ps(low, index, high);
    __mmask16 above = _mm512_cmp_ps_mask(x, level, _CMP_GE_OQ);
    place = _mm512_mask_add_epi32(place, above, place, _mm512_set1_epi32(step));
  }
  return place;
}

AVX512 static inline void fill_levels(float level[32], const float *t, size_t n) {
  for (size_t q = 0; q < 32; q++) level[q] = q < n ? t[q] : INFINITY;
}

AVX512 static inline __mmask16 lanes_left(size_t left) {
  return left >= 16 ? 0xFFFF : (__mmask16)((1u << left) - 1);
}

AVX512 static void permuted_function(
    const float *x, float *y, size_t count, const float *t, const float *outputs, size_t n) {
  float level[32], output[32];
  fill_levels(level, t, n);
  for (size_t q = 0; q < 32; q++) output[q] = outputs[q < n ? q : n];
  __m512 low = _mm512_loadu_ps(level), high = _mm512_loadu_ps(level + 16);
  __m512 first = _mm512_loadu_ps(output), second = _mm512_loadu_ps(output + 16);
  for (size_t i = 0; i < count; i += 16) {
    __mmask16 lanes = lanes_left(count - i);
    __m512i place = permuted_places(_mm512_maskz_loadu_ps(lanes, x + i), low, high);
    _mm512_mask_storeu_ps(y + i, lanes, _mm512_permutex2var_ps(first, place, second));
  }
}

AVX512 static void permuted_codes(
    const float *x, int *codes, size_t count, const float *t, size_t n) {
  float level[32];
  fill_levels(level, t, n);
  __m512 low = _mm512_loadu_ps(level), high = _mm512_loadu_ps(level + 16);
  __m512i last = _mm512_set1_epi32((int)n);
  for (size_t i = 0; i < count; i += 16) {
    __mmask16 lanes = lanes_left(count - i);
    __m512i place = permuted_places(_mm512_maskz_loadu_ps(lanes, x + i), low, high);
    _mm512_mask_storeu_epi32(codes + i, lanes, _mm512_min_epi32(place, last));
  }
}

static int permutes(size_t n) { return n <= PERMUTED && __builtin_cpu_supports("avx512f"); }
#endif

OW_DISPATCH
void ow_step_function(
    const float *x, float *y, size_t count, const float *thresholds, const float *outputs,
    size_t n) {
#if defined(__x86_64__)
  if (permutes(n)) {
    permuted_function(x, y, count, thresholds, outputs, n);
    return;
  }
#endif
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
#if defined(__x86_64__)
  if (permutes(n)) {
    permuted_codes(x, codes, count, thresholds, n);
    return;
  }
#endif
  for (size_t i = 0; i < count; i += BLOCK)
    places(x + i, codes + i, count - i < BLOCK ? count - i : BLOCK, thresholds, n);
}
