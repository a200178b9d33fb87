// Kernels on vectors: converters, noise, optimizers, steps.
#include "ow_accumulate.h"
#include "ow_cells.h"
#include "ow_columns.h"
#include "ow_conduction.h"
#include "ow_convert.h"
#include "ow_optimize.h"
#include "ow_programming.h"
#include "ow_ramp.h"
#include "ow_random.h"
#include "ow_fire.h"
#include "ow_rectify.h"
#include "ow_roots.h"
#include "ow_sigmoid.h"
#include "ow_steps.h"
#include "values.h"

static void ramps(size_t n, int kind) {
  // As many thresholds as a converter of 1 to 6 bits has, and one that fills its stride.
  for (int codes = 2; codes <= 64; codes = codes * 2 + (codes == 8)) {
    int32_t stride = 1;
    while (stride < codes) stride *= 2;
    for (int count = 1; count <= 3; count += 2) {
      float *t = floats((size_t)(stride * count), ZEROS);
      for (int r = 0; r < count; r++)
        for (int k = 0; k < stride; k++)
          t[r * stride + k] = k < codes - 1 ? -1 + 2 * (float)(k + 1) / (float)codes : INFINITY;
      int32_t cells = 4 * stride;
      int32_t *guide = ints((size_t)cells, 0, 0);
      float low = t[0], width = fmaxf((t[codes - 2] - t[0]) / (float)cells, 1e-30f);
      for (int g = 0; g < cells; g++)
        while (guide[g] < codes - 1 && g > 0 && t[guide[g]] <= low + (float)g * width * 0.99f) guide[g]++;
      for (int depth = -1; depth <= 3; depth += 4) {
        ow_ramps r = {.thresholds = t, .stride = stride, .guide = guide, .cells = cells, .guide_low = low,
                      .guide_scale = 1 / width, .depth = depth < 0 ? -1 : stride,
                      .outputs = floats((size_t)codes, USUAL), .lowest = -1};
        int *which = ints(n, 0, count - 1);
        ow_convert_ramp(&r, which, floats(n, kind == ZEROS ? POSITIVE : kind), floats(n, kind),
                        floats(n, kind), floats(n, POSITIVE), 1e-3f, floats(n, kind), floats(n, kind),
                        floats(n, kind), 1, 0.5f, floats(n, USUAL), n);
        ow_convert_ramp(&r, 0, floats(n, POSITIVE), floats(n, kind), 0, 0, 0, 0, 0, floats(n, kind), 1, 0,
                        floats(n, USUAL), n);
      }
    }
    give_back();
  }
}

static void converters(size_t n, int kind) {
  for (int signs = 0; signs < 2; signs++)
    for (int step = 0; step < 2; step++)
      ow_convert_input(floats(n, kind), floats(n, ZEROS), n, (float)(step * 2), signs, step ? 0.1f : 0, 0.5f,
                       signs ? -1 : 0, 7, 0.2f);
  for (int with = 0; with < 16; with++)
    ow_convert_output(floats(n, kind), with & 1 ? floats(n, kind) : 0, with & 2 ? floats(n, kind) : 0, 1e-3f,
                      with & 4 ? floats(n, kind) : 0, with & 4 ? floats(n, kind) : 0,
                      with & 8 ? floats(n, POSITIVE) : 0, with & 8 ? floats(n, POSITIVE) : 0, 0.5f, -8, 7,
                      floats(n, kind), 1, 0.1f, floats(n, USUAL), n);
  ow_limit_currents(floats(n, kind), n % 2 ? floats(n, kind) : 0, 1e-3f, n);
  ow_squares(floats(n, kind), n % 2 ? floats(n, ZEROS) : 0, n);
  give_back();
  for (int with = 0; with < 2; with++)
    ow_converter_slope(floats(n, kind), floats(n, kind), floats(n, kind), with ? floats(n, POSITIVE) : 0, 0.5f,
                       with ? -1.0f : -INFINITY, n);
  ow_convert_output(floats(n, kind), 0, 0, 0, 0, 0, floats(n, POSITIVE), floats(n, POSITIVE), 0, -8, 7, 0,
                    2, 0, floats(n, USUAL), n);
  ow_largest(floats(n, kind), n);
  give_back();
}

static void noise(size_t n, int kind) {
  ow_normal_f32(floats(n, ZEROS), n, 7, 3, n * 5);
  ow_uniform_f32(floats(n, ZEROS), n, 7, 3, n * 3);
  ow_carrying_cells(floats(n, kind), floats(n, ZEROS), 1, 2, n);
  ow_pair_variances(floats(n, kind), 1, 2, n);
  ow_add_column_noise(floats(n, kind), n % 2 ? floats(n, kind) : 0, floats(n, kind), 1, 2, n);
  ow_raise_cells(floats(n, kind), floats(n, kind), 1, 0.1f, n);
  ow_lower_cells(floats(n, kind), floats(n, kind), 1, 0.1f, n);
  for (size_t terms = 0; terms < 5; terms++) {
    ow_add_write_errors(floats(n, kind), floats(n, kind), floats(terms, USUAL), terms, 0.1f, 0.2f, n);
    ow_polynomial_deviations(floats(n, kind), floats(n, ZEROS), floats(terms, USUAL), terms, 0.1f, n);
  }
  ow_one_over_f_deviations(floats(n, kind), floats(n, ZEROS), 0.01f, 0.6f, 0.2f, 1e5f, 3, n);
  give_back();
}

static void learning(size_t n, int kind) {
  ow_adam(floats(n, kind), floats(n, kind), floats(n, kind), floats(n, kind), n, 0.1f, 0.9f, 0.99f, 1e-8f, 1, 1, 0.1f);
  ow_momentum(floats(n, kind), floats(n, kind), floats(n, kind), n, 0.1f, 0.9f, 0.1f);
  if (n > 0) ow_softmax_cross_entropy(floats(3 * n, kind), ints(3, 0, (int)n - 1), floats(3 * n, ZEROS), 3, n, 1);
  ow_rectify(floats(n, kind), n, 0);
  ow_rectify(floats(n, kind), n, 0.1f);
  ow_rectify_back(floats(n, kind), floats(n, kind), n, 0.1f);
  ow_sigmoid(floats(n, kind), n);
  ow_tanh(floats(n, kind), n);
  ow_take_steps(floats(n, kind), floats(n, ZEROS), n, 0.3f, 1);
  ow_gather_and_fire(floats(n, kind), floats(n, kind), floats(n, ZEROS), n, 0.1f, 0.3f, 2, 0.5f);
  give_back();
  for (size_t levels = 0; levels < 70; levels = 2 * levels + 1) {
    ow_step_function(floats(n, kind), floats(n, ZEROS), n, rising(levels), floats(levels + 1, USUAL), levels);
    ow_step_codes(floats(n, kind), ints(n, 0, 0), n, rising(levels), levels);
  }
  give_back();
}

static void neurons(size_t n, int kind) {
  for (int form = 0; form < 12; form++) {
    ow_fire_law law = {0.9f, 0.01f, 1, 0, -INFINITY, 0, 0, 0.9f, 0, form % 3, form / 3 % 3, 0.5f, form % 2};
    if (form > 5) law.synapse_decay = 0.5f, law.adaptation = 0.1f, law.refractory_steps = 2;
    // Plain neurons touch nothing but potentials.
    size_t other = ow_fire_is_plain(&law) ? 0 : n;
    float *added = floats(other, kind);
    ow_fire_state neuron = {floats(other, kind), floats(n, kind), floats(other, kind), added,
                            form % 2 ? added : 0, floats(n, ZEROS), floats(other, ZEROS)};
    float *spikes = floats(n, ZEROS);
    ow_fire(&law, n, floats(n, kind), form % 2 ? floats(n, kind) : 0, &neuron, spikes);
    ow_fire_back(&law, n, neuron.potential, neuron.integrates, added, spikes, floats(n, kind), floats(n, ZEROS),
                 floats(other, ZEROS), floats(other, ZEROS), floats(n, ZEROS));
    give_back();
  }
}

static void cells(size_t n, int kind) {
  ow_cells_sinh(doubles(n, kind), doubles(n, kind), 2, doubles(n, ZEROS), doubles(n, ZEROS), n);
  ow_cells_between(doubles(n, kind), doubles(n, kind), 0.3, doubles(n, ZEROS), n);
  ow_cells_forces(doubles(n, kind), doubles(n, kind), doubles(n, kind), doubles(n, ZEROS), n);
  ow_cells_demands(doubles(n, kind), doubles(n, kind), doubles(n, kind), doubles(n, kind), doubles(n, kind),
                   doubles(n, ZEROS), doubles(n, ZEROS), doubles(n, ZEROS), n);
  ow_cells_distance(doubles(n, kind), n % 2 ? doubles(n, kind) : 0, n);
  ow_cells_are_passive(doubles(n, kind), n);
  give_back();
  if (n < 40) ow_semidefinite_root(doubles(n * n, kind), n, 1e-9);
  give_back();
}

void run_vectors(size_t n, int kind) {
  ramps(n, kind);
  converters(n, kind);
  noise(n, kind);
  learning(n, kind);
  neurons(n, kind);
  cells(n, kind);
}
