#pragma once
#include <stddef.h>

/// A tile of cells with the resistance of its wires in ohms; cells are rows × columns, row major, in
/// siemens. The columns of a pair stand side by side, the positive one before the negative one.
typedef struct {
  size_t rows, columns;
  float source, word_segment, bit_segment, sense;
} ow_ladder_tile;

/// How many floats `ow_ladder_attenuations` and `ow_ladder_gradient` need as scratch.
size_t ow_ladder_scratch(size_t rows, size_t columns);

/// Every line as a ladder of its own, the lines that cross it at ground: words[i, j] is the voltage of
/// word line i at cell j under 1 V at its source; bits[i, j] the share of a current from cell i that
/// arrives at the end of bit line j.
void ow_ladder_attenuations(
    const ow_ladder_tile *tile, const float *cells, float *words, float *bits, float *scratch);

/// The weights that a tile of pairs computes with: differences of the effective conductances
/// cells·words·bits + correction, times `factor`. Rows of `weights` are `stride` apart. `correction`
/// may be null. Where `shares` is not null it becomes the mean of words·bits over each pair.
void ow_ladder_weights(
    const ow_ladder_tile *tile, const float *cells, const float *words, const float *bits,
    const float *correction, float factor, float *weights, float *shares, size_t stride);

/// The gradient of L with respect to cells from `outer`, its gradient with respect to the differences of
/// effective conductances (rows `stride` apart), through cells, words and bits: exact for the ladders.
void ow_ladder_gradient(
    const ow_ladder_tile *tile, const float *cells, const float *words, const float *bits,
    const float *outer, size_t stride, float *gradient, float *scratch);

/// gradient ← alpha·(that of the weights from that of the cells) + beta·gradient. A weight that is more
/// than 0 moves its positive cell, one less than 0 its negative cell, one of 0 either of them by half.
/// `weights` and `gradient` have rows `stride` apart and may be the same.
void ow_ladder_weight_gradient(
    const ow_ladder_tile *tile, const float *cell_gradient, const float *weights, float *gradient,
    size_t stride, float alpha, float beta);
