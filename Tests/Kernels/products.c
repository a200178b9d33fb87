// Products in whole numbers and by events, and tiles of separable weights.
#include "ow_events.h"
#include "ow_products.h"
#include "ow_separable.h"
#include "values.h"

static void events(size_t inputs, size_t columns, int kind) {
  size_t vectors = 3, leading = inputs + 1;
  float *x = floats(vectors * leading, kind);
  for (size_t k = 0; k < vectors * leading; k++)
    if (draw() % 3) x[k] = 0;
  for (size_t room = 0; room <= vectors * inputs; room += inputs) {
    uint32_t *starts = block((vectors + 1) * 4), *places = block((room + 16) * 4);
    float *values = block((room + 16) * 4);
    if (!ow_list_events(x, vectors, inputs, leading, room, starts, places, values)) continue;
    size_t count = starts[vectors];
    for (int keeps = 0; keeps < 2; keeps++)
      ow_event_product(starts, places, values, vectors, floats(inputs * (columns + 1), kind), columns + 1,
                       floats(vectors * (columns + 2), kind), columns + 2, columns, 2, keeps ? 1 : 0);
    uint32_t *turned = block((inputs + 1) * 4), *turned_places = block(count * 4);
    float *turned_values = block(count * 4);
    ow_turn_events(starts, places, values, vectors, inputs, turned, turned_places, turned_values);
    ow_event_product(turned, turned_places, turned_values, inputs, floats(vectors * columns, kind), columns,
                     floats(inputs * columns, ZEROS), columns, columns, 1, 0);
  }
  give_back();
}

void run_products(size_t rows, size_t columns, int kind) {
  events(rows, columns, kind);
  size_t pairs = (rows + 1) / 2, stride = 2 * pairs + 2, panels = (columns + OW_PANEL - 1) / OW_PANEL;
  for (size_t vectors = 1; vectors < 9; vectors += vectors) {
    int16_t *codes = shorts(vectors * stride, 0, 0);
    ow_codes(floats(vectors * rows, kind), vectors, rows, 50, codes, stride);
    // What the converters give: codes of up to 7 bits.
    for (size_t k = 0; k < vectors * stride; k++) codes[k] %= 128;
    ow_square_codes(codes, shorts(vectors * stride, 0, 0), vectors * stride);
    int16_t *packed = shorts(panels * pairs * OW_PANEL * 2, 0, 0);
    float *scales = floats(panels * OW_PANEL, ZEROS);
    ow_pack_columns(floats(rows * columns, kind), rows, columns, 32767, packed, scales);
    for (size_t chunk = 1; chunk < 2 * pairs + 2; chunk *= 3)
      ow_integer_product(codes, vectors, stride, packed, scales, pairs, chunk, 0, columns, 0.1f,
                         floats(vectors * (columns + 3), ZEROS), columns + 3);
    give_back();
  }
  size_t leading = columns + 1, samples = 3;
  float *u = floats(rows, ZEROS), *v = floats(columns, ZEROS), *rho = floats(columns, ZEROS);
  ow_separable_fit(floats(rows * leading, kind), floats(rows * leading, kind), leading, rows, columns, 2, u, v,
                   rho, floats(2 * columns, ZEROS));
  float *sums = floats(samples, ZEROS);
  ow_separable_inputs(floats(samples * (rows + 1), kind), rows + 1, samples, rows, u,
                      floats(samples * rows, ZEROS), sums);
  ow_separable_outputs(floats(samples * leading, kind), leading, samples, columns, v, rho, sums);
  ow_separable_errors(floats(samples * leading, kind), leading, samples, columns, v, rho,
                      floats(samples * columns, ZEROS), sums);
  for (int adds = 0; adds < 2; adds++)
    ow_separable_back(floats(samples * rows, kind), samples, rows, u, sums,
                      floats(samples * (rows + 1), USUAL), rows + 1, adds);
  give_back();
}
