#pragma once
#include <stddef.h>
#include <stdint.h>

/// Ramps and where to begin the search in them.
///
/// A code is how many thresholds a value is not below. Ramp r has its rising thresholds from
/// `thresholds[r·stride]` on, the last followed by infinity up to `stride`, a power of two.
/// `guide[g]` is a code that no ramp exceeds at the lower end of cell g of the guide, and at most
/// `depth` less than any code inside the cell; where `depth` is negative every search is by halves.
typedef struct {
  const float *thresholds;
  int32_t stride;
  const int32_t *guide;
  int32_t cells;
  float guide_low;
  float guide_scale;
  int32_t depth;
  /// What a code stands for, relative to the range.
  const float *outputs;
  /// Values below this or above 1 count as clipped.
  float lowest;
} ow_ramps;

/// One vector of column currents through ramp converters, added to `y`.
///
/// c = gain·(i + σ·noise) + offset with σ² = variance + base; the code q of c/range in the ramp that
/// `ramp` names for the column (0 for all where null); y += scale·factor·(range·outputs[q] − pedestal).
/// `noise`, `variance`, `gain`, `offset` and `scale` (1) may be null. Returns how many currents were clipped.
size_t ow_convert_ramp(
    const ow_ramps *ramps, const int32_t *ramp, const float *range, const float *current,
    const float *noise, const float *variance, float base, const float *gain, const float *offset,
    const float *scale, float factor, float pedestal, float *y, size_t count);
