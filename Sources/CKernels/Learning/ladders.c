// Effective conductances of a wired tile to first order in the wires: every line is a ladder of its
// own, solved exactly from its far end. Word lines go through a transposed strip of 32 rows, bit lines
// through all columns at once.
#include "include/ow_ladders.h"

#include <string.h>

#include "dispatch.h"

#pragma STDC FP_CONTRACT OFF

#define LANES 32

size_t ow_ladder_scratch(size_t rows, size_t columns) {
  return (2 * LANES + rows) * columns;
}

/// strip[c·LANES + k] = from[k·columns + c] for `lines` rows, 0 behind them.
OW_INLINE void take_strip(const float *from, float *strip, size_t columns, size_t lines) {
  if (lines < LANES) memset(strip, 0, columns * LANES * sizeof *strip);
  size_t c = 0;
  for (; c + 8 <= columns; c += 8)
    for (size_t k = 0; k < lines; k++)
      for (size_t i = 0; i < 8; i++) strip[(c + i) * LANES + k] = from[k * columns + c + i];
  for (; c < columns; c++)
    for (size_t k = 0; k < lines; k++) strip[c * LANES + k] = from[k * columns + c];
}

/// The way back.
OW_INLINE void put_strip(const float *strip, float *to, size_t columns, size_t lines) {
  for (size_t k = 0; k < lines; k++)
    for (size_t c = 0; c < columns; c++) to[k * columns + c] = strip[c * LANES + k];
}

/// One strip of word lines: conductances become voltages.
OW_INLINE void word_strip(const ow_ladder_tile *t, float *strip) {
  float load[LANES] = {0};
  for (size_t c = t->columns; c-- > 0;) {
    float r = c == 0 ? t->source : t->word_segment;
    float *at = strip + c * LANES;
    for (int k = 0; k < LANES; k++) {
      float y = at[k] + load[k];
      float share = 1.0f / (1.0f + r * y);
      load[k] = y * share;
      at[k] = share;
    }
  }
  for (size_t c = 1; c < t->columns; c++) {
    float *at = strip + c * LANES;
    for (int k = 0; k < LANES; k++) at[k] *= at[k - LANES];
  }
}

OW_INLINE void bit_lines(const ow_ladder_tile *t, const float *cells, float *bits, float *load) {
  size_t n = t->columns;
  for (size_t j = 0; j < n; j++) load[j] = 0.0f;
  for (size_t i = 0; i < t->rows; i++) {
    float r = i + 1 == t->rows ? t->sense : t->bit_segment;
    const float *g = cells + i * n;
    float *out = bits + i * n;
    for (size_t j = 0; j < n; j++) {
      float y = g[j] + load[j];
      float share = 1.0f / (1.0f + r * y);
      load[j] = y * share;
      out[j] = share;
    }
  }
  for (size_t i = t->rows - 1; i-- > 0;) {
    float *out = bits + i * n;
    for (size_t j = 0; j < n; j++) out[j] *= out[j + n];
  }
}

OW_DISPATCH
void ow_ladder_attenuations(
    const ow_ladder_tile *tile, const float *cells, float *words, float *bits, float *scratch) {
  size_t n = tile->columns;
  for (size_t i = 0; i < tile->rows; i += LANES) {
    size_t lines = tile->rows - i < LANES ? tile->rows - i : LANES;
    take_strip(cells + i * n, scratch, n, lines);
    word_strip(tile, scratch);
    put_strip(scratch, words + i * n, n, lines);
  }
  bit_lines(tile, cells, bits, scratch);
}

OW_DISPATCH
void ow_ladder_weights(
    const ow_ladder_tile *tile, const float *cells, const float *words, const float *bits,
    const float *correction, float factor, float *weights, float *shares, size_t stride) {
  size_t pairs = tile->columns / 2;
  for (size_t i = 0; i < tile->rows; i++) {
    size_t at = i * tile->columns;
    const float *g = cells + at, *a = words + at, *b = bits + at;
    float *out = weights + i * stride;
    for (size_t j = 0; j < pairs; j++) {
      size_t p = 2 * j, m = p + 1;
      out[j] = (g[p] * a[p] * b[p] - g[m] * a[m] * b[m]) * factor;
    }
    if (correction) {
      const float *c = correction + at;
      for (size_t j = 0; j < pairs; j++) out[j] += (c[2 * j] - c[2 * j + 1]) * factor;
    }
    if (shares) {
      float *share = shares + i * stride;
      for (size_t j = 0; j < pairs; j++) {
        size_t p = 2 * j, m = p + 1;
        share[j] = 0.5f * (a[p] * b[p] + a[m] * b[m]);
      }
    }
  }
}

// With shares sₙ = 1/(1 + rₙ·yₙ) along a ladder and a transfer that is their product up to n, a
// gradient P of the logarithms of the transfers reaches the load yₙ as
// ȳₙ = sₙ²·ȳₙ₋₁ − rₙ·sₙ·Σ(P from n on), and every cell adds to one load.

/// One strip of word lines: `products`, P = ∂L/∂T·T with the effective conductance T, become what the
/// ladder gives to ∂L/∂(cell).
OW_INLINE void word_strip_back(
    const ow_ladder_tile *t, const float *restrict voltages, float *restrict products) {
  for (size_t c = t->columns - 1; c-- > 0;) {
    float *at = products + c * LANES;
    for (int k = 0; k < LANES; k++) at[k] += at[k + LANES];
  }
  float back[LANES] = {0};
  for (size_t c = 0; c < t->columns; c++) {
    float r = c == 0 ? t->source : t->word_segment;
    const float *v = voltages + c * LANES;
    float *at = products + c * LANES;
    for (int k = 0; k < LANES; k++) {
      float before = c == 0 ? 1.0f : v[k - LANES];
      float share = v[k] / (before > 0.0f ? before : 1.0f);
      back[k] = share * (share * back[k] - r * at[k]);
      at[k] = back[k];
    }
  }
}

/// signs[2·j] = o[j] and signs[2·j + 1] = −o[j]: a pair's difference seen from its cells.
OW_INLINE void spread(const float *o, float *signs, size_t pairs) {
  for (size_t j = 0; j < pairs; j++) {
    signs[2 * j] = o[j];
    signs[2 * j + 1] = -o[j];
  }
}

/// All bit lines, with `products` as above; added to `gradient`, with what does not pass the ladders.
OW_INLINE void bit_lines_back(
    const ow_ladder_tile *t, const float *words, const float *bits, const float *outer,
    size_t stride, float *restrict products, float *restrict gradient, float *restrict back,
    float *restrict signs) {
  size_t n = t->columns, m = t->rows;
  for (size_t i = 1; i < m; i++) {
    float *restrict at = products + i * n;
    const float *restrict above = at - n;
    for (size_t j = 0; j < n; j++) at[j] += above[j];
  }
  for (size_t j = 0; j < n; j++) back[j] = 0.0f;
  for (size_t i = m; i-- > 0;) {
    float r = i + 1 == m ? t->sense : t->bit_segment;
    const float *b = bits + i * n, *a = words + i * n, *o = outer + i * stride;
    float *sums = products + i * n, *out = gradient + i * n;
    for (size_t j = 0; j < n; j++) {
      float before = i + 1 == m ? 1.0f : b[j + n];
      float share = b[j] / (before > 0.0f ? before : 1.0f);
      back[j] = share * (share * back[j] - r * sums[j]);
      out[j] += back[j];
    }
    spread(o, signs, n / 2);
    for (size_t j = 0; j < n; j++) out[j] += signs[j] * a[j] * b[j];
  }
}

OW_DISPATCH
void ow_ladder_gradient(
    const ow_ladder_tile *tile, const float *cells, const float *words, const float *bits,
    const float *outer, size_t stride, float *gradient, float *scratch) {
  size_t n = tile->columns, m = tile->rows;
  float *strip = scratch, *voltages = scratch + n * LANES, *products = voltages + n * LANES;
  // The strip of voltages is not in use before and after the word lines.
  float *signs = voltages;
  for (size_t i = 0; i < m; i++) {
    const float *g = cells + i * n, *a = words + i * n, *b = bits + i * n, *o = outer + i * stride;
    float *out = products + i * n;
    spread(o, signs, n / 2);
    for (size_t j = 0; j < n; j++) out[j] = signs[j] * (g[j] * a[j] * b[j]);
  }
  for (size_t i = 0; i < m; i += LANES) {
    size_t lines = m - i < LANES ? m - i : LANES;
    take_strip(products + i * n, strip, n, lines);
    take_strip(words + i * n, voltages, n, lines);
    word_strip_back(tile, voltages, strip);
    put_strip(strip, gradient + i * n, n, lines);
  }
  bit_lines_back(tile, words, bits, outer, stride, products, gradient, strip,
      signs);
}

OW_DISPATCH
void ow_ladder_weight_gradient(
    const ow_ladder_tile *tile, const float *cell_gradient, const float *weights, float *gradient,
    size_t stride, float alpha, float beta) {
  size_t pairs = tile->columns / 2;
  for (size_t i = 0; i < tile->rows; i++) {
    const float *cells = cell_gradient + i * tile->columns, *w = weights + i * stride;
    float *out = gradient + i * stride;
    for (size_t j = 0; j < pairs; j++) {
      float up = cells[2 * j], down = -cells[2 * j + 1];
      float own = w[j] > 0.0f ? up : w[j] < 0.0f ? down : 0.5f * (up + down);
      out[j] = alpha * own + (beta == 0.0f ? 0.0f : beta * out[j]);
    }
  }
}
