// The converters on either side of an array: inputs to levels, currents to codes.
#include "include/ow_reads.h"

#include <math.h>
#include <string.h>

#include "dispatch.h"

#pragma STDC FP_CONTRACT OFF

// Adding and subtracting 1.5·2^23 rounds to the nearest whole number, ties to even, below 2^22.
OW_INLINE float rounded(float x) { return (x + 12582912.0f) - 12582912.0f; }

// The largest absolute value, by the order of the bit patterns of positive floats.
OW_INLINE float largest(const float *v, size_t n) {
  int32_t most = 0;
  for (size_t i = 0; i < n; i++) {
    int32_t bits;
    memcpy(&bits, v + i, 4);
    bits &= 0x7FFFFFFF;
    most = bits > most ? bits : most;
  }
  float result;
  memcpy(&result, &most, 4);
  return result;
}

OW_DISPATCH
float ow_largest(const float *values, size_t count) { return largest(values, count); }

OW_DISPATCH
void ow_read_inputs(
    const float *values, float *out, float *scale, size_t rows, size_t columns, float levels,
    float range) {
  for (size_t r = 0; r < rows; r++) {
    const float *v = values + r * columns;
    float *o = out + r * columns;
    const float alpha = range > 0.0f ? range : largest(v, columns);
    scale[r] = alpha;
    if (!(alpha > 0.0f)) {
      memset(o, 0, columns * sizeof(float));
      continue;
    }
    const float inverse = 1.0f / alpha;
    if (levels > 0.0f) {
      const float step = 1.0f / levels;
      for (size_t i = 0; i < columns; i++) {
        float x = v[i] * inverse;
        x = x > -1.0f ? x : -1.0f;
        x = x < 1.0f ? x : 1.0f;
        o[i] = rounded(x * levels) * step;
      }
    } else {
      for (size_t i = 0; i < columns; i++) {
        float x = v[i] * inverse;
        x = x > -1.0f ? x : -1.0f;
        o[i] = x < 1.0f ? x : 1.0f;
      }
    }
  }
}

OW_DISPATCH
void ow_read_outputs(
    float *y, const float *noise, float sigma, const float *scale, float factor, size_t rows,
    size_t columns, float levels, float bound, uint8_t *clipped) {
  for (size_t r = 0; r < rows; r++) {
    float *v = y + r * columns;
    const float f = factor * scale[r];
    if (noise) {
      const float *xi = noise + r * columns;
      for (size_t i = 0; i < columns; i++) v[i] += sigma * xi[i];
    }
    if (levels > 0.0f) {
      const float in = levels / bound, out = f * bound / levels;
      int32_t over = 0;
      for (size_t i = 0; i < columns; i++) {
        float q = v[i] * in;
        over |= (q > levels) | (q < -levels);
        q = q > -levels ? q : -levels;
        q = q < levels ? q : levels;
        v[i] = rounded(q) * out;
      }
      if (clipped) clipped[r] = over != 0;
    } else {
      for (size_t i = 0; i < columns; i++) v[i] *= f;
      if (clipped) clipped[r] = 0;
    }
  }
}
