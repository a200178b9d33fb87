#pragma once
#include <stddef.h>
#include <stdint.h>

/// A train of pulses on a population of devices, and what all laws share.
///
/// Device i of the whole population draws number (pulse, i) of the stream (key, stream), whatever
/// part of the population a call treats (two numbers from every word: see pulse_noise_inline.h). A part starts at a multiple of 256 devices.
typedef struct {
  /// The states, changed in place, and the bounds that hold them after every pulse.
  float *state;
  const float *low, *high;
  size_t count;
  /// Signed pulses a device (positive is up), or NULL: then every device gets `uniform_pulses`.
  const int16_t *pulses;
  int32_t uniform_pulses;
  /// The constants of the law by direction, an array a constant; see the laws.
  const float *up[3], *down[3];
  /// Deviation of a step that a device adds to the others, by direction, or NULL.
  const float *noise_up, *noise_down;
  /// Deviation of a step: relative·|step| + additive + sloped·|state| + the device's own.
  float relative, additive, sloped;
  uint64_t key, stream;
  /// The number of the first device in the population (a multiple of 256) and of the first pulse.
  uint64_t first_device, first_pulse;
} ow_pulse_train;

/// w += c₀ + c₁·w.
void ow_pulses_affine(const ow_pulse_train *train);

/// w += c₀·max(0, offset − factor·exp(c₁·w + c₂)); factor by direction.
void ow_pulses_exponential(
    const ow_pulse_train *train, float offset, float factor_up, float factor_down);

/// w += c₀·x^c₁ with x the distance to the bound ahead as a part of the range.
void ow_pulses_power(const ow_pulse_train *train);

/// w += c₀·(m(x) + d(x)·ξ): mean and deviation interpolated between nodes that are evenly spaced
/// over the device's range. `nodes` holds mean up, mean down, deviation up, deviation down, each
/// `node_count` long (at least 2). c₀ carries the direction's sign only in the mean tables.
void ow_pulses_table(const ow_pulse_train *train, const float *nodes, int32_t node_count);

/// out = state + deviation·ξ for the devices that got a pulse (all, where `pulses` is NULL).
void ow_pulses_read(
    float *out, const float *state, const int16_t *pulses, size_t count, float deviation,
    uint64_t key, uint64_t stream, uint64_t first_device, uint64_t pulse);
