// Products with weights whose rows and columns have factors: the factors go to the inputs and outputs.
// Sums run over 16 lanes, in the same order on every processor.
#include "include/ow_separable.h"

#include "dispatch.h"

#pragma STDC FP_CONTRACT OFF

#define LANES 16

OW_INLINE float fold(const float *lanes) {
  float sum = 0;
  for (int k = 0; k < LANES; k++) sum += lanes[k];
  return sum;
}

/// u[i] for given v: the least squares of target = u·(w·v) along each row.
OW_INLINE void fit_rows(
    const float *w, const float *t, size_t stride, size_t rows, size_t columns, const float *v,
    float *u) {
  size_t whole = columns - columns % LANES;
  for (size_t i = 0; i < rows; i++) {
    const float *a = w + i * stride, *b = t + i * stride;
    float up[LANES] = {0}, down[LANES] = {0};
    for (size_t j = 0; j < whole; j += LANES)
      for (int k = 0; k < LANES; k++) {
        float s = a[j + k] * v[j + k];
        up[k] += b[j + k] * s;
        down[k] += s * s;
      }
    float top = fold(up), bottom = fold(down);
    for (size_t j = whole; j < columns; j++) {
      float s = a[j] * v[j];
      top += b[j] * s;
      bottom += s * s;
    }
    u[i] = bottom > 0 ? top / bottom : 1;
  }
}

/// v[j] for given u.
OW_INLINE void fit_columns(
    const float *w, const float *t, size_t stride, size_t rows, size_t columns, const float *u,
    float *v, float *restrict top, float *restrict bottom) {
  for (size_t j = 0; j < columns; j++) top[j] = bottom[j] = 0;
  for (size_t i = 0; i < rows; i++) {
    const float *a = w + i * stride, *b = t + i * stride;
    for (size_t j = 0; j < columns; j++) {
      float s = a[j] * u[i];
      top[j] += b[j] * s;
      bottom[j] += s * s;
    }
  }
  for (size_t j = 0; j < columns; j++) v[j] = bottom[j] > 0 ? top[j] / bottom[j] : 1;
}

OW_DISPATCH
void ow_separable_fit(
    const float *weights, const float *target, size_t stride, size_t rows, size_t columns,
    int rounds, float *u, float *v, float *rho, float *scratch) {
  for (size_t j = 0; j < columns; j++) v[j] = 1;
  for (int k = 0; k < rounds; k++) {
    fit_rows(weights, target, stride, rows, columns, v, u);
    fit_columns(weights, target, stride, rows, columns, u, v, scratch, scratch + columns);
  }
  for (size_t j = 0; j < columns; j++) rho[j] = 0;
  for (size_t i = 0; i < rows; i++) {
    const float *a = weights + i * stride, *b = target + i * stride;
    for (size_t j = 0; j < columns; j++) rho[j] += b[j] - u[i] * a[j] * v[j];
  }
  for (size_t j = 0; j < columns; j++) rho[j] /= (float)rows;
}

OW_DISPATCH
void ow_separable_inputs(
    const float *x, size_t leading, size_t samples, size_t rows, const float *u, float *scaled,
    float *sums) {
  size_t whole = rows - rows % LANES;
  for (size_t s = 0; s < samples; s++) {
    const float *in = x + s * leading;
    float *out = scaled + s * rows;
    float lanes[LANES] = {0};
    for (size_t i = 0; i < whole; i += LANES)
      for (int k = 0; k < LANES; k++) {
        lanes[k] += in[i + k];
        out[i + k] = in[i + k] * u[i + k];
      }
    float sum = fold(lanes);
    for (size_t i = whole; i < rows; i++) {
      sum += in[i];
      out[i] = in[i] * u[i];
    }
    sums[s] = sum;
  }
}

OW_DISPATCH
void ow_separable_outputs(
    float *raw, size_t leading, size_t samples, size_t columns, const float *v, const float *rho,
    const float *sums) {
  for (size_t s = 0; s < samples; s++) {
    float *out = raw + s * leading;
    for (size_t j = 0; j < columns; j++) out[j] = out[j] * v[j] + rho[j] * sums[s];
  }
}

OW_DISPATCH
void ow_separable_errors(
    const float *d, size_t leading, size_t samples, size_t columns, const float *v,
    const float *rho, float *scaled, float *sums) {
  size_t whole = columns - columns % LANES;
  for (size_t s = 0; s < samples; s++) {
    const float *in = d + s * leading;
    float *out = scaled + s * columns;
    float lanes[LANES] = {0};
    for (size_t j = 0; j < whole; j += LANES)
      for (int k = 0; k < LANES; k++) {
        lanes[k] += in[j + k] * rho[j + k];
        out[j + k] = in[j + k] * v[j + k];
      }
    float sum = fold(lanes);
    for (size_t j = whole; j < columns; j++) {
      sum += in[j] * rho[j];
      out[j] = in[j] * v[j];
    }
    sums[s] = sum;
  }
}

OW_DISPATCH
void ow_separable_back(
    const float *back, size_t samples, size_t rows, const float *u, const float *sums, float *dx,
    size_t leading, int adds) {
  for (size_t s = 0; s < samples; s++) {
    const float *in = back + s * rows;
    float *out = dx + s * leading;
    if (adds)
      for (size_t i = 0; i < rows; i++) out[i] += in[i] * u[i] + sums[s];
    else
      for (size_t i = 0; i < rows; i++) out[i] = in[i] * u[i] + sums[s];
  }
}
