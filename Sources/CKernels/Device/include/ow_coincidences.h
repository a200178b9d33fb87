#pragma once
#include <stddef.h>
#include <stdint.h>

/// The forms of ow_pulses.h. OW_CONSTANT is the affine form without slopes: their arrays are NULL.
enum { OW_AFFINE = 0, OW_EXPONENTIAL = 1, OW_POWER = 2, OW_TABLE = 3, OW_CONSTANT = 4 };

/// A population of devices laid out as an array, row after row, and its law.
typedef struct {
  /// States, changed in place; the states as they are read, or NULL; bounds.
  float *state, *read;
  const float *low, *high;
  /// The law's constants by direction; see ow_pulses.h.
  const float *up[3], *down[3];
  /// The deviation that a device adds by direction, or NULL.
  const float *noise_up, *noise_down;
  /// Deviation of a step: relative·|step| + additive + sloped·|state| + the device's own.
  float relative, additive, sloped;
  /// Deviation of what is read after a write; used where `read` is there.
  float write;
  /// One of the forms above, with the numbers that some of them take.
  int32_t form;
  float offset, factor_up, factor_down;
  const float *nodes;
  int32_t node_count;
  /// The stream of this update. Draws are numbered by `piece` and by their order in it.
  uint64_t key, stream, piece;
} ow_cells;

/// Trains of pulses on the lines of an array, a bit a time slot: `words`·64 slots.
///
/// `row_up[w·rows + i]` holds the slots of word w in which row i carries a pulse of positive sign.
/// A cell gets a pulse where both its lines carry one: up where the signs agree, else down.
typedef struct {
  const uint64_t *row_up, *row_down, *column_up, *column_down;
  size_t rows, columns, words;
  /// What becomes of the pulses: 0 as they are; 1 up and down exchanged; 2 pulses up only; 3 pulses
  /// down only, sent as pulses up.
  int32_t sense;
} ow_trains;

/// Adds to `up` and `down` (words × lines, zero at first) the slots in which the lines carry pulses.
///
/// Sample s takes `length[s]` slots, one sample after the other; in each of them line i carries a
/// pulse with probability min(1, |values[s·lines + i]|·scale[s]), of the value's sign. A call treats
/// `group_count` groups of 256 lines from number `first_group` on.
void ow_train_bits(
    uint64_t *up, uint64_t *down, const float *values, size_t lines, size_t samples,
    const float *scale, const int32_t *length, uint64_t key, uint64_t stream, size_t first_group,
    size_t group_count);

/// Sends the coincidences of trains to the cells of rows `first_row ..< first_row + row_count`, all
/// pulses of a cell at once by a closed form. Returns the number of pulses.
double ow_coincide(const ow_cells *cells, const ow_trains *trains, size_t first_row, size_t row_count);

/// The same, pulse by pulse in the order of the slots.
double ow_coincide_exactly(
    const ow_cells *cells, const ow_trains *trains, size_t first_row, size_t row_count);

/// Sends to cells `first ..< first + count` their own signed numbers of pulses (counts[0] belongs to
/// cell `first`), all pulses of a cell at once; numbers need not be whole. Returns their sum.
double ow_burst(const ow_cells *cells, const float *counts, size_t first, size_t count);

/// The same with whole numbers, pulse by pulse.
double ow_burst_exactly(const ow_cells *cells, const float *counts, size_t first, size_t count);
