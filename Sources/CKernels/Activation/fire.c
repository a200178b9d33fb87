// Leaky integrate-and-fire neurons, one step at a time, without branches.
#include "include/ow_fire.h"

#include <math.h>

#include "dispatch.h"
#include "elementary_inline.h"

#pragma STDC FP_CONTRACT OFF

OW_INLINE int is_plain_law(const ow_fire_law *law) {
  return law->refractory_steps == 0.0f && law->adaptation == 0.0f && law->synapse_decay == 0.0f &&
         law->inhibition == 0.0f && !law->has_single_winner && !law->has_thresholds;
}

int ow_fire_is_plain(const ow_fire_law *law) { return is_plain_law(law); }

OW_INLINE float after_reset(const ow_fire_law *law, int reset, float v, float threshold, int fires) {
  const float below = reset == 0 ? law->reset_value : reset == 1 ? v - threshold : v;
  return fires ? below : v;
}

OW_INLINE void fire_plain(
    const ow_fire_law *law, int reset, size_t count, const float *restrict inputs,
    const float *restrict currents, float *restrict left, float *restrict potential,
    float *restrict spikes) {
  const float decay = law->decay, leak = law->leak, floor = law->floor, bar = law->threshold;
  for (size_t i = 0; i < count; i++) {
    const float current = currents ? currents[i] + inputs[i] : inputs[i];
    const float free = decay * left[i] - leak + current;
    const float v = free < floor ? floor : free;
    const int fires = v > bar;
    potential[i] = v;
    spikes[i] = fires ? 1.0f : 0.0f;
    left[i] = after_reset(law, reset, v, bar, fires);
  }
}

// `added` and `next_added` may be one: each neuron reads before it writes.
OW_INLINE void fire_any(
    const ow_fire_law *law, size_t count, const float *inputs, const float *currents,
    const ow_fire_state *state, float *spikes) {
  float *synapse = state->synapse, *left = state->left, *countdown = state->countdown;
  float *added = state->added, *next = state->next_added;
  float *potential = state->potential, *integrates = state->integrates;
  const float *before = state->before, *rest = state->rest;
  float all = 0.0f;
  if (law->inhibition != 0.0f)
    for (size_t i = 0; i < count; i++) all += before[i];
  for (size_t i = 0; i < count; i++) {
    float current = currents ? currents[i] + inputs[i] : inputs[i];
    if (all > 0.0f) current -= law->inhibition * (all - before[i]);
    const float j = law->synapse_decay * synapse[i] + current;
    const int is_free = countdown[i] <= 0.0f;
    const float sum = law->decay * left[i] - law->leak + j;
    synapse[i] = j;
    potential[i] = is_free ? (sum < law->floor ? law->floor : sum) : law->reset_value;
    integrates[i] = is_free ? 1.0f : 0.0f;
  }
  size_t winner = count;
  if (law->has_single_winner) {
    float most = -INFINITY;
    for (size_t i = 0; i < count; i++) {
      const float excess = potential[i] - law->threshold - added[i];
      if (integrates[i] > 0.0f && excess > most) most = excess, winner = i;
    }
  }
  for (size_t i = 0; i < count; i++) {
    const float v = potential[i], a = added[i], threshold = law->threshold + a;
    const int may_fire = !law->has_single_winner || i == winner;
    const int fires = (integrates[i] > 0.0f) & (v > threshold) & may_fire;
    const float base = rest ? rest[i] : 0.0f;
    spikes[i] = fires ? 1.0f : 0.0f;
    if (next)
      next[i] = base + law->adaptation_decay * (a - base) + (fires ? law->adaptation : 0.0f);
    countdown[i] = fires ? law->refractory_steps : countdown[i] - 1.0f;
    left[i] = after_reset(law, law->reset, v, threshold, fires);
  }
}

OW_DISPATCH
void ow_fire(
    const ow_fire_law *law, size_t count, const float *inputs, const float *currents,
    const ow_fire_state *state, float *spikes) {
  if (!is_plain_law(law)) {
    fire_any(law, count, inputs, currents, state, spikes);
    return;
  }
  float *left = state->left, *potential = state->potential;
  const int reset = law->reset;
  if (reset == 0)
    fire_plain(law, 0, count, inputs, currents, left, potential, spikes);
  else if (reset == 1)
    fire_plain(law, 1, count, inputs, currents, left, potential, spikes);
  else
    fire_plain(law, 2, count, inputs, currents, left, potential, spikes);
}

OW_INLINE float surrogate_slope(int shape, float width, float u) {
  if (shape == 0) return (u < 0.0f ? -u : u) < width ? 0.5f / width : 0.0f;
  if (shape == 1) {
    const float s = 1.0f / (1.0f + exp_f32(-u / width));
    return s * (1.0f - s) / width;
  }
  const float z = 1.57079632679f * u / width;
  return 0.5f / (width * (1.0f + z * z));
}

OW_INLINE void back(
    const ow_fire_law *law, int is_plain, int shape, size_t count, const float *restrict potential,
    const float *restrict integrates, const float *restrict added, const float *restrict spikes,
    const float *restrict d_spikes, float *restrict d_left, float *restrict d_added,
    float *restrict d_synapse, float *restrict d_currents) {
  const int reset = law->reset;
  const float passes = law->passes_reset ? 1.0f : 0.0f;
  for (size_t i = 0; i < count; i++) {
    const float v = potential[i];
    const float threshold = is_plain ? law->threshold : law->threshold + added[i];
    const float after = d_left[i];
    float ds = d_spikes[i];
    float da = 0.0f;
    if (!is_plain) {
      ds += law->adaptation * d_added[i];
      da = law->adaptation_decay * d_added[i];
    }
    float dv = after;
    if (reset == 0) {
      ds += passes * (after * (law->reset_value - v));
      dv = spikes[i] > 0.0f ? 0.0f : after;
    } else if (reset == 1) {
      ds -= passes * (after * threshold);
      da -= spikes[i] > 0.0f ? after : 0.0f;
    }
    float slope = surrogate_slope(shape, law->width, v - threshold);
    if (!is_plain) slope *= integrates[i];
    dv += slope * ds;
    da -= slope * ds;
    dv = v <= law->floor ? 0.0f : dv;
    if (!is_plain) {
      dv *= integrates[i];
      d_added[i] = da;
    }
    d_left[i] = law->decay * dv;
    const float current = is_plain ? dv : dv + law->synapse_decay * d_synapse[i];
    if (!is_plain) d_synapse[i] = current;
    d_currents[i] = current;
  }
}

OW_DISPATCH
void ow_fire_back(
    const ow_fire_law *law, size_t count, const float *potential, const float *integrates,
    const float *added, const float *spikes, const float *d_spikes, float *d_left, float *d_added,
    float *d_synapse, float *d_currents) {
#define OW_BACK(is_plain, shape)                                                               \
  back(                                                                                        \
      law, is_plain, shape, count, potential, integrates, added, spikes, d_spikes, d_left,     \
      d_added, d_synapse, d_currents)
  if (is_plain_law(law)) {
    if (law->surrogate == 0) OW_BACK(1, 0);
    else if (law->surrogate == 1) OW_BACK(1, 1);
    else OW_BACK(1, 2);
  } else {
    if (law->surrogate == 0) OW_BACK(0, 0);
    else if (law->surrogate == 1) OW_BACK(0, 1);
    else OW_BACK(0, 2);
  }
#undef OW_BACK
}

OW_DISPATCH
void ow_fire_slopes(
    const ow_fire_law *law, size_t count, const float *potential, const float *integrates,
    const float *added, float *slopes) {
  const int is_plain = is_plain_law(law);
  for (size_t i = 0; i < count; i++) {
    const float threshold = is_plain ? law->threshold : law->threshold + added[i];
    const float slope = surrogate_slope(law->surrogate, law->width, potential[i] - threshold);
    slopes[i] = is_plain ? slope : integrates[i] * slope;
  }
}
