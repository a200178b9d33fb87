#pragma once

/// The longest side of a rectangle that `ow_ports_build` takes, in cells.
#define OW_PORTS_SIDE 16
/// How many numbers its scratch memory holds.
#define OW_PORTS_SCRATCH 131072

/// A wired array, rows × columns, row major: cells in siemens, word-line segments to the left and
/// bit-line segments below in ohms.
typedef struct {
  const double *cells, *words, *bits;
  int rows, columns;
} ow_ports_array;

/// Rows top … bottom − 1 and columns left … right − 1.
typedef struct {
  int top, bottom, left, right;
} ow_ports_region;

/// What follows at the edges of a rectangle from what is given there; followed × given, row major.
///
/// Ports stand in the order left, right, bottom, top. Given: voltages at the left, currents that leave
/// at the right, voltages at the bottom, currents that enter at the top. Follow: currents into the
/// rectangle, voltages, currents that leave, voltages. On the array's own edges the left follows
/// nothing, the bottom is at 0 V, and right and top are open and left out.
void ow_ports_build(
    const ow_ports_array *array, ow_ports_region region, double *matrix, double *scratch);

/// c ← c + a·b, row major; a is m × k, b is k × n.
void ow_ports_product(
    const double *a, const double *b, double *c, int m, int n, int k);

/// b ← a⁻¹·b; a is k × k and is overwritten, b is k × n.
void ow_ports_eliminate(double *a, double *b, int k, int n);
