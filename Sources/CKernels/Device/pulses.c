// Trains of pulses on populations of devices, 256 devices at a time: a block's states and constants
// stay in the first-level cache while the whole train passes over it, with its noise drawn on the
// way. The direction of a device is fixed in a call, so that its constants are chosen once.
#include "include/ow_pulses.h"

#include <math.h>
#include <string.h>

#include "elementary_inline.h"
#include "pulse_noise_inline.h"
#include "random_inline.h"

#pragma STDC FP_CONTRACT OFF

typedef struct {
  float w[GROUP], low[GROUP], high[GROUP], c0[GROUP], c1[GROUP], c2[GROUP], noise[GROUP];
  float is_up[GROUP];
  int32_t pulses[GROUP];
  int32_t most;
} block_t;

OW_INLINE void load_constant(
    float *out, const float *up, const float *down, const block_t *b, size_t first, size_t n) {
  memset(out, 0, GROUP * sizeof(float));
  if (!up || !down) return;
  for (size_t j = 0; j < n; j++)
    out[j] = b->is_up[j] > 0.0f ? up[first + j] : down[first + j];
}

OW_INLINE void load(block_t *b, const ow_pulse_train *t, size_t first, size_t n) {
  memset(b->pulses, 0, sizeof b->pulses);
  memset(b->is_up, 0, sizeof b->is_up);
  b->most = 0;
  for (size_t j = 0; j < n; j++) {
    int32_t p = t->pulses ? (int32_t)t->pulses[first + j] : t->uniform_pulses;
    int32_t size = p < 0 ? -p : p;
    b->is_up[j] = p > 0 ? 1.0f : 0.0f;
    b->pulses[j] = size;
    b->most = size > b->most ? size : b->most;
  }
  if (b->most == 0) return;
  memset(b->w, 0, sizeof b->w);
  memset(b->low, 0, sizeof b->low);
  memset(b->high, 0, sizeof b->high);
  memcpy(b->w, t->state + first, n * sizeof(float));
  memcpy(b->low, t->low + first, n * sizeof(float));
  memcpy(b->high, t->high + first, n * sizeof(float));
  load_constant(b->c0, t->up[0], t->down[0], b, first, n);
  load_constant(b->c1, t->up[1], t->down[1], b, first, n);
  load_constant(b->c2, t->up[2], t->down[2], b, first, n);
  load_constant(b->noise, t->noise_up, t->noise_down, b, first, n);
}

// The loop that all laws share. SETUP runs once a block; CHANGE declares `step`, and `own` with the
// deviation that the law itself adds, from the state `w` of lane `j`.
#define PULSE_TRAIN(noisy, SETUP, CHANGE)                                                  \
  block_t b;                                                                               \
  float xi[2][GROUP];                                                                      \
  const float relative = train->relative, additive = train->additive, sloped = train->sloped; \
  for (size_t first = 0; first < train->count; first += GROUP) {                           \
    size_t n = train->count - first < GROUP ? train->count - first : GROUP;                \
    load(&b, train, first, n);                                                             \
    if (b.most == 0) continue;                                                             \
    SETUP                                                                                  \
    uint64_t group = (train->first_device + first) / GROUP;                                \
    for (int32_t p = 0; p < b.most; p++) {                                                 \
      if (noisy) {                                                                         \
        uint64_t pulse = train->first_pulse + (uint64_t)p;                                 \
        if (p == 0 || (pulse & 1u) == 0)                                                   \
          pulse_noise(xi[0], xi[1], train->key, train->stream, pulse >> 1, group);         \
        const float *draw = xi[pulse & 1u];                                                \
        for (int j = 0; j < GROUP; j++) {                                                  \
          float w = b.w[j];                                                                \
          CHANGE                                                                           \
          float deviation = relative * fabsf(step) + additive + sloped * fabsf(w)          \
              + b.noise[j] + own;                                                          \
          float next = w + (step + deviation * draw[j]);                                   \
          next = next > b.low[j] ? next : b.low[j];                                        \
          next = next < b.high[j] ? next : b.high[j];                                      \
          b.w[j] = p < b.pulses[j] ? next : w;                                             \
        }                                                                                  \
      } else {                                                                             \
        for (int j = 0; j < GROUP; j++) {                                                  \
          float w = b.w[j];                                                                \
          CHANGE                                                                           \
          (void)own;                                                                       \
          float next = w + step;                                                           \
          next = next > b.low[j] ? next : b.low[j];                                        \
          next = next < b.high[j] ? next : b.high[j];                                      \
          b.w[j] = p < b.pulses[j] ? next : w;                                             \
        }                                                                                  \
      }                                                                                    \
    }                                                                                      \
    memcpy(train->state + first, b.w, n * sizeof(float));                                  \
  }

OW_INLINE int has_noise(const ow_pulse_train *t) {
  return t->relative > 0.0f || t->additive > 0.0f || t->sloped > 0.0f || t->noise_up;
}

OW_DISPATCH
void ow_pulses_affine(const ow_pulse_train *train) {
  const int noisy = has_noise(train);
  PULSE_TRAIN(noisy, , const float own = 0.0f; float step = b.c0[j] + b.c1[j] * w;)
}

OW_DISPATCH
void ow_pulses_exponential(
    const ow_pulse_train *train, float offset, float factor_up, float factor_down) {
  const int noisy = has_noise(train);
  float factor[GROUP];
  PULSE_TRAIN(
      noisy,
      for (int j = 0; j < GROUP; j++) factor[j] = b.is_up[j] > 0.0f ? factor_up : factor_down;,
      const float own = 0.0f;
      float y = offset - factor[j] * exp_f32(b.c1[j] * w + b.c2[j]);
      float step = b.c0[j] * (y > 0.0f ? y : 0.0f);)
}

OW_DISPATCH
void ow_pulses_power(const ow_pulse_train *train) {
  const int noisy = has_noise(train);
  float from[GROUP], slope[GROUP];
  PULSE_TRAIN(
      noisy,
      for (int j = 0; j < GROUP; j++) {
        float range = b.high[j] - b.low[j];
        float inverse = range > 0.0f ? 1.0f / range : 0.0f;
        from[j] = (b.is_up[j] > 0.0f ? b.high[j] : -b.low[j]) * inverse;
        slope[j] = b.is_up[j] > 0.0f ? -inverse : inverse;
      },
      const float own = 0.0f;
      float x = from[j] + slope[j] * w;
      float safe = x > 1e-30f ? x : 1e-30f;
      float raised = exp_f32(b.c1[j] * log_f32(safe));
      float step = x > 1e-30f ? b.c0[j] * raised : 0.0f;)
}

// The place of a state between two nodes, and the mean step there.
#define TABLE_STEP                                              \
  float x = (w - b.low[j]) * inverse[j];                        \
  x = x > 0.0f ? x : 0.0f;                                      \
  x = x < top ? x : top;                                        \
  int32_t i = (int32_t)x;                                       \
  i = i < node_count - 2 ? i : node_count - 2;                  \
  float q = x - (float)i;                                       \
  int32_t at = base[j] + i;                                     \
  float step = b.c0[j] * (nodes[at] + q * (nodes[at + 1] - nodes[at]));

#define TABLE_SETUP                                             \
  for (int j = 0; j < GROUP; j++) {                             \
    float range = b.high[j] - b.low[j];                         \
    inverse[j] = range > 0.0f ? top / range : 0.0f;             \
    base[j] = b.is_up[j] > 0.0f ? 0 : node_count;               \
  }

OW_DISPATCH
void ow_pulses_table(const ow_pulse_train *train, const float *nodes, int32_t node_count) {
  float inverse[GROUP];
  int32_t base[GROUP];
  const float top = (float)(node_count - 1);
  const float *spreads = nodes + 2 * node_count;
  int spread = 0;
  for (int32_t k = 0; k < 2 * node_count; k++) spread |= spreads[k] != 0.0f;
  if (!spread) {
    const int noisy = has_noise(train);
    PULSE_TRAIN(noisy, TABLE_SETUP, const float own = 0.0f; TABLE_STEP)
    return;
  }
  const int noisy = 1;
  PULSE_TRAIN(
      noisy, TABLE_SETUP,
      TABLE_STEP
      float own = b.c0[j] * (spreads[at] + q * (spreads[at + 1] - spreads[at]));)
}

OW_DISPATCH
void ow_pulses_read(
    float *out, const float *state, const int16_t *pulses, size_t count, float deviation,
    uint64_t key, uint64_t stream, uint64_t first_device, uint64_t pulse) {
  float xi[2][GROUP];
  for (size_t first = 0; first < count; first += GROUP) {
    size_t n = count - first < GROUP ? count - first : GROUP;
    pulse_noise(xi[0], xi[1], key, stream, pulse >> 1, (first_device + first) / GROUP);
    const float *draw = xi[pulse & 1u];
    for (size_t j = 0; j < n; j++)
      if (!pulses || pulses[first + j] != 0)
        out[first + j] = state[first + j] + deviation * draw[j];
  }
}
