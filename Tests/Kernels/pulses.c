// Pulses on populations of devices, trains and coincidences.
#include "ow_coincidences.h"
#include "ow_pulses.h"
#include "values.h"

static void trains(size_t n, int kind) {
  for (int with = 0; with < 4; with++) {
    ow_pulse_train t = {.state = floats(n, kind), .low = floats(n, ZEROS), .high = floats(n, POSITIVE), .count = n,
                        .pulses = with & 1 ? shorts(n, -3, 3) : 0, .uniform_pulses = with & 2 ? 2 : -2,
                        .relative = 0.1f, .additive = 0.01f, .sloped = 0.02f, .key = 5, .stream = 6,
                        .first_device = 512, .first_pulse = 3};
    for (int k = 0; k < 3; k++) {
      t.up[k] = floats(n, kind);
      t.down[k] = floats(n, kind);
    }
    if (with & 2) {
      t.noise_up = floats(n, POSITIVE);
      t.noise_down = floats(n, POSITIVE);
    }
    ow_pulses_affine(&t);
    ow_pulses_exponential(&t, 1, 0.5f, 0.4f);
    ow_pulses_power(&t);
    for (int32_t nodes = 2; nodes < 9; nodes += 3)
      ow_pulses_table(&t, floats(4 * (size_t)nodes, USUAL), nodes);
    ow_pulses_read(floats(n, ZEROS), t.state, t.pulses, n, 0.1f, 1, 2, 256, 4);
    give_back();
  }
}

static ow_cells population(size_t n, int form, int32_t nodes, int kind) {
  ow_cells c = {.state = floats(n, kind), .read = form % 2 ? floats(n, ZEROS) : 0, .low = floats(n, ZEROS),
                .high = floats(n, POSITIVE), .relative = 0.1f, .additive = 0.01f, .sloped = 0.02f, .write = 0.1f,
                .form = form, .offset = 1, .factor_up = 0.5f, .factor_down = 0.4f,
                .nodes = form == OW_TABLE ? floats(4 * (size_t)nodes, USUAL) : 0, .node_count = nodes, .key = 3,
                .stream = 4, .piece = 5};
  for (int k = 0; k < 3; k++)
    if (form != OW_CONSTANT || k == 0) {
      c.up[k] = floats(n, kind);
      c.down[k] = floats(n, kind);
    }
  if (form > 1) {
    c.noise_up = floats(n, POSITIVE);
    c.noise_down = floats(n, POSITIVE);
  }
  return c;
}

static void coincidences(size_t columns, int kind) {
  size_t rows = 5, n = rows * columns;
  for (int form = 0; form < 5; form++)
    for (int sense = 0; sense < 4; sense++) {
      ow_cells c = population(n, form, 4, kind);
      size_t samples = 3, words = 2;
      int32_t lengths[] = {40, 0, 30};
      uint64_t *bits[4];
      for (int k = 0; k < 4; k++) bits[k] = block((k < 2 ? rows : columns) * words * sizeof(uint64_t));
      float scales[] = {0.5f, 1, 0.1f};
      ow_train_bits(bits[0], bits[1], floats(rows * samples, kind), rows, samples, scales, lengths, 1, 2, 0, (rows + 255) / 256);
      ow_train_bits(bits[2], bits[3], floats(columns * samples, kind), columns, samples, scales, lengths, 1, 3, 0,
                    (columns + 255) / 256);
      ow_trains t = {bits[0], bits[1], bits[2], bits[3], rows, columns, words, sense};
      ow_coincide(&c, &t, 1, 3);
      ow_coincide_exactly(&c, &t, 1, 3);
      ow_burst(&c, floats(columns, kind == STRANGE ? USUAL : kind), columns, columns);
      float *counts = floats(columns, ZEROS);
      for (size_t j = 0; j < columns; j++) counts[j] = (float)((int)(draw() % 9) - 4);
      ow_burst_exactly(&c, counts, columns, columns);
      give_back();
    }
}

void run_pulses(size_t n, int kind) {
  trains(n, kind);
  if (n > 0) coincidences(n, kind);
}
