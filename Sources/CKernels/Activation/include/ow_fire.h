#pragma once
#include <stddef.h>

/// The numbers of leaky integrate-and-fire neurons; `reset` is 0 to a value, 1 by the threshold, 2 none.
typedef struct {
  float decay, leak, threshold, reset_value, floor, synapse_decay, adaptation, adaptation_decay;
  float refractory_steps;
  int reset;
  /// The shape of the surrogate gradient: 0 rectangular, 1 sigmoid, 2 arctangent; its width.
  int surrogate;
  float width;
  /// Whether gradients also pass the spike in the reset.
  int passes_reset;
  /// What a spike takes from the current of every other neuron in the next step.
  float inhibition;
  /// Whether only the neuron farthest above its threshold fires.
  int has_single_winner;
  /// Whether neurons have thresholds of their own.
  int has_thresholds;
} ow_fire_law;

/// Whether neurons have none of: refractory steps, adaptation, memory of synapses, inhibition, one winner, own thresholds. What the kernels hold for these is
/// then neither read nor written.
int ow_fire_is_plain(const ow_fire_law *law);

/// The state of neurons between two steps, and what the gradient needs of a step; `count` numbers each.
typedef struct {
  float *synapse, *left, *countdown, *added, *next_added, *potential, *integrates;
  /// The spikes of the step before; may be where those of the step go.
  const float *before;
  /// What each threshold has beside that of the law, to which `added` relaxes and from which it starts; NULL for 0.
  const float *rest;
} ow_fire_state;

/// One step: potentials from the inputs and, where it is not NULL, the currents of the recurrent matrix; spikes (1 or 0).
///
/// `state->potential` and, for neurons that are not plain, `integrates` become those of the step; `next_added` may be NULL
/// in the last step, or equal to `added`.
void ow_fire(
    const ow_fire_law *law, size_t count, const float *inputs, const float *currents,
    const ow_fire_state *state, float *spikes);

/// The gradient of a step, backwards in time: from that at the spikes, `d_spikes`, to that at the currents.
///
/// `d_left`, `d_added` and `d_synapse` go from step to step and begin with 0; `added` and `integrates` are those of the
/// step, read for neurons that are not plain.
void ow_fire_back(
    const ow_fire_law *law, size_t count, const float *potential, const float *integrates,
    const float *added, const float *spikes, const float *d_spikes, float *d_left, float *d_added,
    float *d_synapse, float *d_currents);

/// The slopes in the place of dS/dV in a step whose `potential`, `integrates` and `added` were kept; 0 in refractory steps.
void ow_fire_slopes(
    const ow_fire_law *law, size_t count, const float *potential, const float *integrates,
    const float *added, float *slopes);
