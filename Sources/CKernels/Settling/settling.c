// Products and updates of networks that settle: matrices are read and written once a step, so that memory
// decides. Sums are made in one order on every processor: 32 lanes for products along a row.
#include "include/ow_settling.h"

#include "dispatch.h"

#pragma STDC FP_CONTRACT OFF

enum { WIDTH = 2048, ROWS = 32, LANES = 32, BLOCK = 64, CHUNK = 16, RANKS = 64 };
// Numbers in a line of the cache; rows of WIDE numbers or more are fetched a row ahead.
enum { LINE = 16, WIDE = 2048 };

// target_j += Σ_k factors_k·(row of number k)_j in the order of k; `count` is a constant where it is BLOCK or CHUNK, so
// that the sums lie in registers.
OW_INLINE void add_rows(
    float *restrict target, const float *restrict a, size_t columns, const size_t *restrict numbers,
    const float *restrict factors, size_t n, size_t count) {
  float t[BLOCK];
  for (size_t j = 0; j < count; j++) t[j] = target[j];
  for (size_t k = 0; k < n; k++) {
    const float *row = a + numbers[k] * columns;
    float factor = factors[k];
    for (size_t j = 0; j < count; j++) t[j] += factor * row[j];
  }
  for (size_t j = 0; j < count; j++) target[j] = t[j];
}

OW_DISPATCH
void ow_settling_forward(
    const float *restrict a, size_t rows, size_t columns, const float *restrict x, size_t x_step,
    float *restrict y, size_t y_step, size_t samples) {
  size_t numbers[ROWS];
  float factors[ROWS];
  for (size_t first = 0; first < columns; first += WIDTH) {
    size_t count = columns - first < WIDTH ? columns - first : WIDTH;
    // ROWS × WIDTH weights stay in the cache for all samples.
    for (size_t start = 0; start < rows; start += ROWS) {
      size_t end = rows - start < ROWS ? rows : start + ROWS;
      for (size_t s = 0; s < samples; s++) {
        const float *vector = x + s * x_step;
        size_t n = 0;
        for (size_t i = start; i < end; i++) {
          numbers[n] = i;
          factors[n] = vector[i];
          n += vector[i] != 0.0f;
        }
        if (n == 0) continue;
        float *target = y + s * y_step + first;
        size_t j = 0;
        for (; j + BLOCK <= count; j += BLOCK)
          add_rows(target + j, a + first + j, columns, numbers, factors, n, BLOCK);
        for (; j + CHUNK <= count; j += CHUNK)
          add_rows(target + j, a + first + j, columns, numbers, factors, n, CHUNK);
        if (j < count)
          add_rows(target + j, a + first + j, columns, numbers, factors, n, count - j);
      }
    }
  }
}

OW_INLINE float lane_sum(const float *restrict lanes) {
  float sums[LANES];
  for (int k = 0; k < LANES; k++) sums[k] = lanes[k];
#pragma clang loop unroll(full)
  for (int width = LANES / 2; width > 0; width /= 2)
    for (int k = 0; k < width; k++) sums[k] += sums[k + width];
  return sums[0];
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

// A change of some weights of a row, which lie in registers where `count` is the constant BLOCK or CHUNK. The new weights
// are added to `column_sums` and to `lanes`.
OW_INLINE void update_piece(
    float *restrict row, const float *restrict q, float p, const float *restrict u, size_t u_step,
    const float *restrict v, size_t v_step, const size_t *restrict active, size_t n, int is_first,
    int is_last, float low, float high, float *restrict column_sums, float *restrict lanes,
    size_t count) {
  float t[BLOCK];
  for (size_t j = 0; j < count; j++) t[j] = row[j];
  if (is_first)
    for (size_t j = 0; j < count; j++) t[j] -= p + q[j];
  for (size_t r = 0; r < n; r++) {
    float factor = u[active[r] * u_step];
    const float *vector = v + active[r] * v_step;
    for (size_t j = 0; j < count; j++) t[j] += factor * vector[j];
  }
  if (is_last) {
    for (size_t j = 0; j < count; j++) {
      t[j] = t[j] < low ? low : t[j];
      t[j] = t[j] > high ? high : t[j];
      column_sums[j] += t[j];
    }
    for (size_t j = 0; j < count; j++) row[j] = t[j];
    size_t whole = count < LANES ? count : LANES;
    for (size_t j = 0; j < whole; j++) lanes[j] += t[j];
    for (size_t j = whole; j < count; j++) lanes[j - whole] += t[j];
  } else {
    for (size_t j = 0; j < count; j++) row[j] = t[j];
  }
}

OW_DISPATCH
void ow_settling_update(
    float *restrict w, size_t rows, size_t columns, size_t step, const float *restrict p,
    const float *restrict q, const float *restrict u, size_t u_step, const float *restrict v,
    size_t v_step, size_t ranks, float low, float high, float *restrict row_sums,
    float *restrict column_sums) {
  size_t active[RANKS];
  size_t whole = columns / BLOCK * BLOCK;
  for (size_t i = 0; i < rows; i++) {
    float *row = w + i * step;
    float lanes[LANES] = {0}, rest[CHUNK] = {0};
    size_t base = 0;
    // Vectors beyond the first RANKS that are not 0 here are added in further passes; the last one clamps.
    do {
      int is_first = base == 0;
      size_t n = 0;
      for (; base < ranks && n < RANKS; base++) {
        active[n] = base;
        n += u[base * u_step + i] != 0.0f;
      }
      int is_last = base >= ranks;
#define PIECE(place, sums, count)                                                                  \
  update_piece(                                                                                    \
      row + (place), q + (place), p[i], u + i, u_step, v + (place), v_step, active, n, is_first,   \
      is_last, low, high, column_sums + (place), sums, count)
      for (size_t j = 0; j < whole; j += BLOCK) {
        if (columns >= WIDE && i + 1 < rows)
          for (size_t k = 0; k < BLOCK; k += LINE) __builtin_prefetch(row + step + j + k, 1);
        PIECE(j, lanes, BLOCK);
      }
      // Places in `lanes` are constants, so that they stay in registers.
#pragma clang loop unroll(full)
      for (size_t k = 0; k + CHUNK < BLOCK; k += CHUNK)
        if (whole + k + CHUNK <= columns) PIECE(whole + k, lanes + k % LANES, CHUNK);
      size_t last = columns / CHUNK * CHUNK;
      if (last < columns) PIECE(last, rest, columns - last);
#undef PIECE
    } while (base < ranks);
    for (int k = 0; k < CHUNK; k++) lanes[k] += rest[k];
    row_sums[i] = lane_sum(lanes);
  }
}

// Some units of one sample; what is not there is a constant null, so that no branch is in the loop.
OW_INLINE void move_units(
    float *restrict v, const float *restrict sum, const float *restrict bias,
    const float *restrict scale, const float *restrict target, float strength,
    const float *restrict steps, ow_settling_range range, size_t count) {
  for (size_t j = 0; j < count; j++) {
    float goal = sum[j] + bias[j];
    if (target) goal += strength * target[j];
    goal *= scale[j];
    if (steps) goal = v[j] + steps[j] * (goal - v[j]);
    goal = range.low >= goal ? range.low : goal;
    v[j] = range.high < goal ? range.high : goal;
  }
}

OW_DISPATCH
void ow_settling_move(
    float *v, const float *sum, size_t samples, size_t units, const float *bias, const float *scale,
    const float *target, float strength, const float *steps, size_t middle, ow_settling_range lower,
    ow_settling_range upper) {
  for (size_t s = 0; s < samples; s++) {
    for (int part = 0; part < 2; part++) {
      size_t first = part ? middle : 0, count = (part ? units : middle) - first;
      size_t start = s * units + first;
      ow_settling_range range = part ? upper : lower;
      const float *b = bias + first, *scales = scale + first;
      if (target && steps)
        move_units(
            v + start, sum + start, b, scales, target + start, strength, steps + first, range, count);
      else if (target)
        move_units(v + start, sum + start, b, scales, target + start, strength, NULL, range, count);
      else if (steps)
        move_units(v + start, sum + start, b, scales, NULL, 0, steps + first, range, count);
      else
        move_units(v + start, sum + start, b, scales, NULL, 0, NULL, range, count);
    }
  }
}
