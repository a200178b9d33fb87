// Products and updates of networks that settle: matrices are read and written once a step, so that memory
// decides. Sums are made in one order on every processor: 32 lanes for products along a row.
#include "include/ow_settling.h"

#include "dispatch.h"

#pragma STDC FP_CONTRACT OFF

enum { WIDTH = 256, LANES = 32, BLOCK = 64, RANKS = 64 };

OW_DISPATCH
void ow_settling_forward(
    const float *restrict a, size_t rows, size_t columns, const float *restrict x, size_t x_step,
    float *restrict y, size_t y_step, size_t samples) {
  for (size_t first = 0; first < columns; first += WIDTH) {
    size_t count = columns - first < WIDTH ? columns - first : WIDTH;
    for (size_t i = 0; i < rows; i++) {
      const float *row = a + i * columns + first;
      for (size_t s = 0; s < samples; s++) {
        float factor = x[s * x_step + i];
        if (factor == 0.0f) continue;
        float *target = y + s * y_step + first;
        for (size_t j = 0; j < count; j++) target[j] += factor * row[j];
      }
    }
  }
}

OW_INLINE float lane_sum(const float *restrict lanes) {
  float half[LANES / 2];
  for (int k = 0; k < LANES / 2; k++) half[k] = lanes[k] + lanes[k + LANES / 2];
  float sum = 0;
  for (int k = 0; k < LANES / 2; k++) sum += half[k];
  return sum;
}

OW_DISPATCH
void ow_settling_backward(
    const float *restrict a, size_t rows, size_t columns, const float *restrict x, size_t x_step,
    float *restrict y, size_t y_step, size_t samples) {
  size_t whole = columns / LANES * LANES;
  for (size_t i = 0; i < rows; i++) {
    const float *row = a + i * columns;
    for (size_t s = 0; s < samples; s++) {
      const float *vector = x + s * x_step;
      float lanes[LANES] = {0};
      for (size_t j = 0; j < whole; j += LANES)
        for (int k = 0; k < LANES; k++) lanes[k] += row[j + k] * vector[j + k];
      for (size_t j = whole; j < columns; j++) lanes[j - whole] += row[j] * vector[j];
      y[s * y_step + i] += lane_sum(lanes);
    }
  }
}

// One block of a row: the whole of it lies in registers where `count` is the constant BLOCK.
OW_INLINE float update_block(
    float *restrict row, const float *restrict q, float p, const float *restrict u, size_t u_step,
    const float *restrict v, size_t v_step, const size_t *restrict active, size_t n, int is_first,
    int is_last, float low, float high, float *restrict column_sums, size_t count) {
  float t[BLOCK];
  for (size_t j = 0; j < count; j++) t[j] = row[j];
  if (is_first)
    for (size_t j = 0; j < count; j++) t[j] -= p + q[j];
  for (size_t r = 0; r < n; r++) {
    float factor = u[active[r] * u_step];
    const float *vector = v + active[r] * v_step;
    for (size_t j = 0; j < count; j++) t[j] += factor * vector[j];
  }
  float sum = 0;
  if (is_last) {
    for (size_t j = 0; j < count; j++) {
      t[j] = t[j] < low ? low : t[j];
      t[j] = t[j] > high ? high : t[j];
      column_sums[j] += t[j];
    }
    float lanes[LANES] = {0};
    for (size_t j = 0; j < count; j++) lanes[j % LANES] += t[j];
    sum = lane_sum(lanes);
  }
  for (size_t j = 0; j < count; j++) row[j] = t[j];
  return sum;
}

OW_DISPATCH
void ow_settling_update(
    float *restrict w, size_t rows, size_t columns, const float *restrict p,
    const float *restrict q, const float *restrict u, size_t u_step, const float *restrict v,
    size_t v_step, size_t ranks, float low, float high, float *restrict row_sums,
    float *restrict column_sums) {
  size_t active[RANKS];
  size_t whole = columns / BLOCK * BLOCK;
  for (size_t i = 0; i < rows; i++) {
    float *row = w + i * columns;
    float sum = 0;
    size_t base = 0;
    // Vectors beyond the first RANKS that are not 0 here are added in further passes; the last one clamps.
    do {
      int is_first = base == 0;
      size_t n = 0;
      for (; base < ranks && n < RANKS; base++)
        if (u[base * u_step + i] != 0.0f) active[n++] = base;
      int is_last = base >= ranks;
      for (size_t j = 0; j < whole; j += BLOCK)
        sum += update_block(
            row + j, q + j, p[i], u + i, u_step, v + j, v_step, active, n, is_first, is_last, low,
            high, column_sums + j, BLOCK);
      if (whole < columns)
        sum += update_block(
            row + whole, q + whole, p[i], u + i, u_step, v + whole, v_step, active, n, is_first,
            is_last, low, high, column_sums + whole, columns - whole);
    } while (base < ranks);
    row_sums[i] = sum;
  }
}
