// Products of small whole numbers with 16-bit matrices: two rows and 16 columns a register of 512 bits,
// the sums in 32-bit integers. Sums are exact, so that every processor gives the same bits; a register
// holds twice as many products as in single precision.
#include "include/ow_products.h"

#include <math.h>
#include <string.h>

#include "dispatch.h"

#pragma STDC FP_CONTRACT OFF

#define ROUND(v) (((v) + 12582912.0f) - 12582912.0f)
#define GROUP 16

// A rounded number as 16 bits, clipped to ±32767; NaN is −32767.
OW_INLINE int16_t code_of(float rounded) {
  float v = rounded > -32767.0f ? rounded : -32767.0f;
  v = v < 32767.0f ? v : 32767.0f;
  return (int16_t)(int32_t)v;
}
#define MOST_VECTORS 6

OW_DISPATCH
void ow_codes(
    const float *volts, size_t vectors, size_t rows, float inverse_unit, int16_t *codes,
    size_t stride) {
  for (size_t v = 0; v < vectors; v++) {
    const float *from = volts + v * rows;
    int16_t *to = codes + v * stride;
    for (size_t i = 0; i < rows; i++) to[i] = code_of(ROUND(from[i] * inverse_unit));
    for (size_t i = rows; i < stride; i++) to[i] = 0;
  }
}

OW_DISPATCH
void ow_square_codes(const int16_t *codes, int16_t *squares, size_t count) {
  for (size_t i = 0; i < count; i++) squares[i] = (int16_t)(codes[i] * codes[i]);
}

OW_DISPATCH
void ow_pack_columns(
    const float *b, size_t rows, size_t columns, float top, int16_t *packed, float *scales) {
  size_t pairs = (rows + 1) / 2, panels = (columns + OW_PANEL - 1) / OW_PANEL;
  memset(packed, 0, panels * pairs * OW_PANEL * 2 * sizeof(int16_t));
  for (size_t j = 0; j < panels * OW_PANEL; j++) scales[j] = 0;
  for (size_t i = 0; i < rows; i++)
    for (size_t j = 0; j < columns; j++) {
      float a = fabsf(b[i * columns + j]);
      scales[j] = a > scales[j] ? a : scales[j];
    }
  for (size_t j = 0; j < columns; j++) scales[j] = scales[j] > 0 ? scales[j] / top : 1;
  for (size_t i = 0; i < rows; i++)
    for (size_t first = 0; first < columns; first += OW_PANEL) {
      size_t width = columns - first < OW_PANEL ? columns - first : OW_PANEL;
      int16_t *to = packed + (first * pairs + i / 2 * OW_PANEL) * 2 + i % 2;
      for (size_t j = 0; j < width; j++)
        to[2 * j] = code_of(ROUND(b[i * columns + first + j] / scales[first + j]));
    }
}

// sums[v][j] = Σ codes[v][i]·panel[i][j] over `pairs` pairs of rows, for `groups` groups of columns.
typedef void (*sums_function)(
    const int16_t *codes, size_t stride, int vectors, const int16_t *panel, size_t pairs,
    int groups, int32_t *sums);

static void sums_plain(
    const int16_t *codes, size_t stride, int vectors, const int16_t *panel, size_t pairs,
    int groups, int32_t *sums) {
  for (int v = 0; v < vectors; v++) {
    const int16_t *a = codes + (size_t)v * stride;
    int32_t *to = sums + v * OW_PANEL;
    for (int j = 0; j < OW_PANEL; j++) to[j] = 0;
    for (size_t p = 0; p < pairs; p++) {
      const int16_t *b = panel + p * OW_PANEL * 2;
      for (int j = 0; j < groups * GROUP; j++)
        to[j] += a[2 * p] * b[2 * j] + a[2 * p + 1] * b[2 * j + 1];
    }
  }
}

#if defined(__x86_64__)
#include <immintrin.h>

#define AVX512 __attribute__((target("avx512f,avx512bw,avx512vl")))
#define AVX2 __attribute__((target("avx2")))

// With the instruction that multiplies and adds (VNNI), and without: the sums are the same.
#define VNNI __attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni")))
#define FUSED(sum, a, b) _mm512_dpwssd_epi32(sum, a, b)
#define SEPARATE(sum, a, b) _mm512_add_epi32(sum, _mm512_madd_epi16(a, b))

// `name` for up to three vectors and eight groups. The counts are constants where it is inlined, so that
// the sums stay in registers.
#define BLOCK_512(name, TARGET, ADD_PRODUCT)                                                \
  TARGET static inline __attribute__((always_inline)) void name(                            \
      const int16_t *codes, size_t stride, const int vectors, const int16_t *panel,         \
      size_t pairs, const int groups, int32_t *sums) {                                      \
    __m512i s[3][8];                                                                        \
    for (int v = 0; v < vectors; v++)                                                       \
      for (int g = 0; g < groups; g++) s[v][g] = _mm512_setzero_si512();                    \
    for (size_t p = 0; p < pairs; p++) {                                                    \
      __m512i b[8];                                                                         \
      for (int g = 0; g < groups; g++)                                                      \
        b[g] = _mm512_loadu_si512(panel + (p * OW_PANEL + (size_t)g * GROUP) * 2);          \
      for (int v = 0; v < vectors; v++) {                                                   \
        int32_t pair;                                                                       \
        memcpy(&pair, codes + (size_t)v * stride + 2 * p, 4);                               \
        __m512i a = _mm512_set1_epi32(pair);                                                \
        for (int g = 0; g < groups; g++) s[v][g] = ADD_PRODUCT(s[v][g], a, b[g]);           \
      }                                                                                     \
    }                                                                                       \
    for (int v = 0; v < vectors; v++)                                                       \
      for (int g = 0; g < groups; g++)                                                      \
        _mm512_storeu_si512(sums + v * OW_PANEL + g * GROUP, s[v][g]);                      \
  }

BLOCK_512(block_vnni, VNNI, FUSED)
BLOCK_512(block_avx512, AVX512, SEPARATE)

// Two registers of 256 bits hold a group.
AVX2 static inline __attribute__((always_inline)) void block_avx2(
    const int16_t *codes, size_t stride, const int vectors, const int16_t *panel, size_t pairs,
    int groups, int32_t *sums) {
  for (int g = 0; g < groups; g++) {
    __m256i s[MOST_VECTORS][2];
    for (int v = 0; v < vectors; v++) s[v][0] = s[v][1] = _mm256_setzero_si256();
    for (size_t p = 0; p < pairs; p++) {
      const int16_t *from = panel + (p * OW_PANEL + (size_t)g * GROUP) * 2;
      __m256i b0 = _mm256_loadu_si256((const __m256i *)from);
      __m256i b1 = _mm256_loadu_si256((const __m256i *)(from + GROUP));
      for (int v = 0; v < vectors; v++) {
        int32_t pair;
        memcpy(&pair, codes + (size_t)v * stride + 2 * p, 4);
        __m256i a = _mm256_set1_epi32(pair);
        s[v][0] = _mm256_add_epi32(s[v][0], _mm256_madd_epi16(a, b0));
        s[v][1] = _mm256_add_epi32(s[v][1], _mm256_madd_epi16(a, b1));
      }
    }
    for (int v = 0; v < vectors; v++) {
      int32_t *to = sums + v * OW_PANEL + g * GROUP;
      _mm256_storeu_si256((__m256i *)to, s[v][0]);
      _mm256_storeu_si256((__m256i *)(to + 8), s[v][1]);
    }
  }
}

#define SUMS_512(name, TARGET, block)                                                       \
  TARGET static void name(                                                                  \
      const int16_t *codes, size_t stride, int vectors, const int16_t *panel, size_t pairs, \
      int groups, int32_t *sums) {                                                          \
    for (int v = 0; v < vectors; v += 3) {                                                  \
      const int16_t *a = codes + (size_t)v * stride;                                        \
      int32_t *to = sums + v * OW_PANEL;                                                    \
      switch (vectors - v) {                                                                \
        case 1: EACH_GROUP(block, 1) break;                                                 \
        case 2: EACH_GROUP(block, 2) break;                                                 \
        default: EACH_GROUP(block, 3) break;                                                \
      }                                                                                     \
    }                                                                                       \
  }
#define EACH_GROUP(block, count)                                            \
  if (groups == 1) block(a, stride, count, panel, pairs, 1, to);            \
  else if (groups <= 4) block(a, stride, count, panel, pairs, 4, to);       \
  else block(a, stride, count, panel, pairs, 8, to);

SUMS_512(sums_vnni, VNNI, block_vnni)
SUMS_512(sums_avx512, AVX512, block_avx512)

AVX2 static void sums_avx2(
    const int16_t *codes, size_t stride, int vectors, const int16_t *panel, size_t pairs,
    int groups, int32_t *sums) {
  switch (vectors) {
    case 1: block_avx2(codes, stride, 1, panel, pairs, groups, sums); break;
    case 2: block_avx2(codes, stride, 2, panel, pairs, groups, sums); break;
    case 3: block_avx2(codes, stride, 3, panel, pairs, groups, sums); break;
    case 4: block_avx2(codes, stride, 4, panel, pairs, groups, sums); break;
    case 5: block_avx2(codes, stride, 5, panel, pairs, groups, sums); break;
    default: block_avx2(codes, stride, 6, panel, pairs, groups, sums); break;
  }
}

static sums_function best_sums(void) {
  if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl"))
    return __builtin_cpu_supports("avx512vnni") ? sums_vnni : sums_avx512;
  return __builtin_cpu_supports("avx2") ? sums_avx2 : sums_plain;
}
#else
static sums_function best_sums(void) { return sums_plain; }
#endif

OW_DISPATCH
void ow_integer_product(
    const int16_t *codes, size_t vectors, size_t stride, const int16_t *packed,
    const float *scales, size_t pairs, size_t chunk, size_t first, size_t columns, float unit,
    float *out, size_t leading) {
  sums_function add_up = best_sums();
  int32_t sums[MOST_VECTORS * OW_PANEL];
  float factors[OW_PANEL];
  for (size_t c = 0; c < columns; c += OW_PANEL) {
    size_t width = columns - c < OW_PANEL ? columns - c : OW_PANEL;
    int groups = (int)((width + GROUP - 1) / GROUP);
    const int16_t *panel = packed + (first + c) * pairs * 2;
    for (size_t j = 0; j < width; j++) factors[j] = scales[first + c + j] * unit;
    for (size_t p = 0; p < pairs; p += chunk) {
      size_t count = pairs - p < chunk ? pairs - p : chunk;
      for (size_t v = 0; v < vectors; v += MOST_VECTORS) {
        int rows = (int)(vectors - v < MOST_VECTORS ? vectors - v : MOST_VECTORS);
        add_up(
            codes + v * stride + 2 * p, stride, rows, panel + p * OW_PANEL * 2, count, groups, sums);
        for (int r = 0; r < rows; r++) {
          const int32_t *from = sums + r * OW_PANEL;
          float *to = out + (v + (size_t)r) * leading + c;
          if (p == 0)
            for (size_t j = 0; j < width; j++) to[j] = (float)from[j] * factors[j];
          else
            for (size_t j = 0; j < width; j++) to[j] += (float)from[j] * factors[j];
        }
      }
    }
  }
}
