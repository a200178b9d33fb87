// Wired arrays: ladders, lines, ports.
#include "ow_ladders.h"
#include "ow_lines.h"
#include "ow_ports.h"
#include "values.h"

static void ladders(size_t rows, size_t pairs, int kind) {
  size_t columns = 2 * pairs, n = rows * columns, stride = pairs + 1;
  ow_ladder_tile tile = {rows, columns, 1, 0.5f, 0.25f, 2};
  float *g = floats(n, kind == USUAL ? POSITIVE : kind), *words = floats(n, ZEROS), *bits = floats(n, ZEROS);
  float *scratch = floats(ow_ladder_scratch(rows, columns), ZEROS);
  ow_ladder_attenuations(&tile, g, words, bits, scratch);
  for (int with = 0; with < 2; with++)
    ow_ladder_weights(&tile, g, words, bits, with ? floats(n, kind) : 0, 2, floats(rows * stride, ZEROS),
                      with ? floats(rows * stride, ZEROS) : 0, stride);
  float *gradient = floats(n, ZEROS);
  ow_ladder_gradient(&tile, g, words, bits, floats(rows * stride, kind), stride, gradient, scratch);
  ow_ladder_weight_gradient(&tile, gradient, floats(rows * stride, kind), floats(rows * stride, kind), stride, 1, 0.5f);
  give_back();
}

static void lines(size_t rows, size_t columns, int kind) {
  rows = (rows + OW_LINE_BLOCK - 1) / OW_LINE_BLOCK * OW_LINE_BLOCK;
  size_t width = (columns + 7) / 8 * 8, n = rows * width, piece = OW_LINE_BLOCK * width;
  for (int each = 0; each < 2; each++) {
    double *g = doubles(n, kind == USUAL ? POSITIVE : kind);
    double *wires = each ? doubles(n, POSITIVE) : 0;
    if (each && n > 3) wires[3] = INFINITY;
    double *turned = doubles(n, ZEROS), *shares = doubles(n, ZEROS);
    double *drops = each ? doubles(n, ZEROS) : 0, *bit_shares = doubles(n, ZEROS);
    double *bit_drops = each ? doubles(n, ZEROS) : 0;
    double *u = doubles(n, kind), *w = doubles(n, kind), *e = doubles(n, kind), *r = doubles(n, ZEROS);
    double *work = doubles(piece > rows * OW_LINE_PANEL ? piece : rows * OW_LINE_PANEL, ZEROS);
    double *p = doubles(n, kind), *q = doubles(n, kind), *a = doubles(n, ZEROS);
    for (size_t b = 0; b < rows / OW_LINE_BLOCK; b++) {
      size_t at = b * piece;
      double measured[2], *admittance = doubles(OW_LINE_BLOCK, ZEROS);
      ow_lines_factor_words(g + at, each ? wires + at : 0, 1, 2, turned + at, shares + at,
                            each ? drops + at : 0, admittance, width);
      ow_word_lines word = {g + at, turned + at, shares + at, each ? drops + at : 0, 1, 2, width};
      double *v = doubles(OW_LINE_BLOCK, kind), *first = doubles(OW_LINE_BLOCK, ZEROS);
      ow_lines_words(&word, v, e + at, w + at, 0, u + at, 0, first, work, measured);
      ow_lines_words(&word, v, 0, 0, 0, u + at, 0, first, work, measured);
      ow_lines_words(&word, v, 0, w + at, u + at, u + at, r + at, first, work, measured);
      ow_lines_search(&word, w + at, r + at, 0.5, p + at, q + at, a + at, work);
    }
    for (size_t left = 0; left < width; left += OW_LINE_PANEL) {
      size_t count = width - left < OW_LINE_PANEL ? width - left : OW_LINE_PANEL;
      ow_lines_factor_bits(g, wires, 1, 2, bit_shares, bit_drops, rows, width, left, count);
      ow_bit_lines bit = {g, bit_shares, bit_drops, 1, 2, rows, width};
      double *last = doubles(width, ZEROS), *z = doubles(n, ZEROS);
      ow_lines_bits(&bit, u, each ? e : 0, 1.2, w, last, work, left, count);
      ow_lines_precondition(&bit, r, z, work, left, count);
    }
    ow_lines_step(0.3, p, a, w, r, n);
    ow_lines_currents(g, u, w, each ? e : 0, doubles(n, ZEROS), n);
    give_back();
  }
}

static void ports(size_t rows, size_t columns, int kind) {
  int m = rows < OW_PORTS_SIDE ? (int)rows : OW_PORTS_SIDE;
  int n = columns < OW_PORTS_SIDE ? (int)columns : OW_PORTS_SIDE;
  size_t count = rows * columns;
  ow_ports_array array = {doubles(count, kind == USUAL ? POSITIVE : kind), doubles(count, POSITIVE),
                          doubles(count, POSITIVE), (int)rows, (int)columns};
  int isRight = n == (int)columns, isBottom = m == (int)rows;
  int given = m + (isRight ? 0 : m) + (isBottom ? 0 : n);
  int followed = (isRight ? 0 : m) + n;
  ow_ports_region region = {0, m, 0, n};
  ow_ports_build(&array, region, doubles((size_t)(given * followed), ZEROS), doubles(OW_PORTS_SCRATCH, ZEROS));
  give_back();
  size_t k = rows;
  ow_ports_product(doubles(rows * k, kind), doubles(k * columns, kind), doubles(count, kind), (int)rows,
                   (int)columns, (int)k);
  double *a = doubles(k * k, kind);
  for (size_t i = 0; i < k; i++) a[i * k + i] = 10;
  ow_ports_eliminate(a, doubles(k * columns, kind), (int)k, (int)columns);
  give_back();
}

void run_arrays(size_t rows, size_t columns, int kind) {
  ladders(rows, columns, kind);
  lines(rows, columns, kind);
  ports(rows, columns, kind);
}
