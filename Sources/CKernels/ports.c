// Small rectangles of a wired array as seen from their edges.
//
// Rows of up to four cells are eliminated as chains, by the admittance recursion of lines.c; larger
// rectangles are joined from halves. What follows at a cut on one side is given on the other:
// p = (1 − A·B)⁻¹·(A_e·x_a + A·B_e·x_b), q = B_e·x_b + B·p.
#include "include/ow_ports.h"

#include <math.h>
#include <string.h>

#include "dispatch.h"

#pragma STDC FP_CONTRACT OFF

enum { LEFT, RIGHT, BOTTOM, TOP, EDGES };
#define STRIP 4
#define SIDE OW_PORTS_SIDE

typedef struct {
  int given[EDGES], followed[EDGES], width, height;
  double *m;
} block;

typedef struct {
  const ow_ports_array *array;
  double *free;
} builder;

static double *take(builder *b, int count) {
  double *result = b->free;
  b->free += count;
  return result;
}

static void count_ports(const ow_ports_array *a, ow_ports_region r, block *out) {
  int rows = r.bottom - r.top, columns = r.right - r.left;
  for (int e = 0; e < EDGES; e++) out->given[e] = out->followed[e] = e < BOTTOM ? rows : columns;
  if (r.left == 0) out->followed[LEFT] = 0;
  if (r.right == a->columns) out->given[RIGHT] = out->followed[RIGHT] = 0;
  if (r.top == 0) out->given[TOP] = out->followed[TOP] = 0;
  if (r.bottom == a->rows) out->given[BOTTOM] = 0;
  out->width = out->height = 0;
  for (int e = 0; e < EDGES; e++) {
    out->width += out->given[e];
    out->height += out->followed[e];
  }
}

/// A row of up to four cells. Inputs: left voltage, right current, bottom voltages, top currents.
static void strip(const ow_ports_array *a, ow_ports_region r, block *out) {
  enum { INPUTS = 2 + 2 * STRIP };
  int n = r.right - r.left;
  size_t at = (size_t)r.top * (size_t)a->columns + (size_t)r.left;
  // u[c] = share·u[c − 1] + drop·N[c], and N = the Norton current of all to the right.
  double cell[STRIP], free[STRIP], wire[STRIP], share[STRIP], drop[STRIP], y = 0, y_left = 0;
  double norton[STRIP][INPUTS], u[STRIP][INPUTS], row[INPUTS];
  memset(row, 0, sizeof row);
  row[1] = -1;
  for (int c = n; c-- > 0;) {
    double g = a->cells[at + (size_t)c], bit = fmin(a->bits[at + (size_t)c], 1e30);
    double word = fmin(a->words[at + (size_t)c], 1e30);
    free[c] = 1 / (1 + g * bit);
    cell[c] = g * free[c];
    wire[c] = bit;
    row[2 + c] += cell[c];
    row[2 + STRIP + c] += cell[c] * bit;
    y += cell[c];
    y_left = y;
    share[c] = 1 / (1 + word * y);
    drop[c] = word * share[c];
    memcpy(norton[c], row, sizeof row);
    for (int k = 0; k < INPUTS; k++) row[k] *= share[c];
    y *= share[c];
  }
  for (int c = 0; c < n; c++)
    for (int k = 0; k < INPUTS; k++)
      u[c][k] = share[c] * (c > 0 ? u[c - 1][k] : k == 0) + drop[c] * norton[c][k];
  int input[INPUTS], inputs = 0;
  if (out->given[LEFT]) input[inputs++] = 0;
  if (out->given[RIGHT]) input[inputs++] = 1;
  for (int c = 0; c < out->given[BOTTOM]; c++) input[inputs++] = 2 + c;
  for (int c = 0; c < out->given[TOP]; c++) input[inputs++] = 2 + STRIP + c;
  double *m = out->m;
  if (out->followed[LEFT])
    for (int k = 0; k < inputs; k++)
      *m++ = share[0] * (input[k] == 0 ? y_left : -norton[0][input[k]]);
  if (out->followed[RIGHT])
    for (int k = 0; k < inputs; k++) *m++ = u[n - 1][input[k]];
  for (int c = 0; c < n; c++)
    for (int k = 0; k < inputs; k++) {
      int i = input[k];
      *m++ = cell[c] * u[c][i] + (i == 2 + c ? -cell[c] : i == 2 + STRIP + c ? free[c] : 0);
    }
  if (out->followed[TOP])
    for (int c = 0; c < n; c++)
      for (int k = 0; k < inputs; k++) {
        int i = input[k];
        double share_of_u = cell[c] * wire[c];
        *m++ = share_of_u * u[c][i] + (i == 2 + c ? free[c] : i == 2 + STRIP + c ? wire[c] * free[c] : 0);
      }
}

/// c ← c + sign·a·b; a is m × k, b is k × n.
OW_DISPATCH
void ow_ports_product(
    const double *a, const double *b, double *c, double sign, int m, int n, int k) {
  for (int i = 0; i < m; i++)
    for (int l = 0; l < k; l++) {
      double x = sign * a[i * k + l];
      for (int j = 0; j < n; j++) c[i * n + j] += x * b[l * n + j];
    }
}

/// b ← a⁻¹·b by elimination with the largest pivot of each column; a is k × k, b is k × n.
OW_DISPATCH
void ow_ports_eliminate(double *a, double *b, int k, int n) {
  for (int column = 0; column < k; column++) {
    int pivot = column;
    for (int r = column + 1; r < k; r++)
      if (fabs(a[r * k + column]) > fabs(a[pivot * k + column])) pivot = r;
    if (pivot != column) {
      for (int j = 0; j < k; j++) {
        double x = a[column * k + j];
        a[column * k + j] = a[pivot * k + j];
        a[pivot * k + j] = x;
      }
      for (int j = 0; j < n; j++) {
        double x = b[column * n + j];
        b[column * n + j] = b[pivot * n + j];
        b[pivot * n + j] = x;
      }
    }
    double f = 1 / a[column * k + column];
    for (int j = column; j < k; j++) a[column * k + j] *= f;
    for (int j = 0; j < n; j++) b[column * n + j] *= f;
    for (int r = 0; r < k; r++) {
      double x = a[r * k + column];
      if (r == column || x == 0) continue;
      for (int j = column; j < k; j++) a[r * k + j] -= x * a[column * k + j];
      for (int j = 0; j < n; j++) b[r * n + j] -= x * b[column * n + j];
    }
  }
}

/// The matrix of a block cut at one edge: on the edge from the edge, on it from outside, and so on.
typedef struct {
  double *inner, *in_from_outer, *out_from_inner, *outer;
  int ports, given, followed;
} parts;

static parts cut(builder *b, const block *a, int edge) {
  parts p = {.ports = a->given[edge]};
  int g0 = 0, f0 = 0;
  for (int e = 0; e < edge; e++) {
    g0 += a->given[e];
    f0 += a->followed[e];
  }
  p.given = a->width - p.ports;
  p.followed = a->height - p.ports;
  p.inner = take(b, p.ports * p.ports);
  p.in_from_outer = take(b, p.ports * p.given);
  p.out_from_inner = take(b, p.followed * p.ports);
  p.outer = take(b, p.followed * p.given);
  double *inner = p.inner, *ifo = p.in_from_outer, *ofi = p.out_from_inner, *outer = p.outer;
  for (int r = 0; r < a->height; r++) {
    const double *row = a->m + r * a->width;
    int is_in = r >= f0 && r < f0 + p.ports;
    double **in = is_in ? &inner : &ofi, **out = is_in ? &ifo : &outer;
    memcpy(*in, row + g0, (size_t)p.ports * sizeof *row);
    *in += p.ports;
    memcpy(*out, row, (size_t)g0 * sizeof *row);
    memcpy(*out + g0, row + g0 + p.ports, (size_t)(p.given - g0) * sizeof *row);
    *out += p.given;
  }
  return p;
}

/// Where the ports of both halves stand in the whole: edge after edge, those of `a` first.
static void places(
    const int a[EDGES], int cut_a, const int b[EDGES], int cut_b, int *of_a, int *of_b) {
  int next = 0;
  for (int e = 0; e < EDGES; e++) {
    for (int k = 0; e != cut_a && k < a[e]; k++) *of_a++ = next++;
    for (int k = 0; e != cut_b && k < b[e]; k++) *of_b++ = next++;
  }
}

static void put(
    const double *part, int rows, int columns, const int *row, const int *column, block *out) {
  for (int i = 0; i < rows; i++)
    for (int j = 0; j < columns; j++)
      out->m[row[i] * out->width + column[j]] = part[i * columns + j];
}

static double *zeros(builder *b, int count) {
  double *result = take(b, count);
  memset(result, 0, (size_t)count * sizeof *result);
  return result;
}

static void join(builder *b, const block *first, int edge, const block *second, int other, block *out) {
  double *mark = b->free;
  parts pa = cut(b, first, edge), pb = cut(b, second, other);
  int k = pa.ports, ea = pa.given, eb = pb.given, n = ea + eb;
  double *loop = zeros(b, k * k), *ab = zeros(b, k * eb), *p = take(b, k * n);
  ow_ports_product(pa.inner, pb.inner, loop, -1, k, k, k);
  for (int i = 0; i < k; i++) loop[i * k + i] += 1;
  ow_ports_product(pa.inner, pb.in_from_outer, ab, 1, k, eb, k);
  for (int i = 0; i < k; i++) {
    memcpy(p + i * n, pa.in_from_outer + i * ea, (size_t)ea * sizeof *p);
    memcpy(p + i * n + ea, ab + i * eb, (size_t)eb * sizeof *p);
  }
  ow_ports_eliminate(loop, p, k, n);
  double *q = zeros(b, k * n);
  for (int i = 0; i < k; i++)
    memcpy(q + i * n + ea, pb.in_from_outer + i * eb, (size_t)eb * sizeof *q);
  ow_ports_product(pb.inner, p, q, 1, k, n, k);
  double *upper = zeros(b, pa.followed * n), *lower = zeros(b, pb.followed * n);
  for (int i = 0; i < pa.followed; i++)
    memcpy(upper + i * n, pa.outer + i * ea, (size_t)ea * sizeof *upper);
  for (int i = 0; i < pb.followed; i++)
    memcpy(lower + i * n + ea, pb.outer + i * eb, (size_t)eb * sizeof *lower);
  ow_ports_product(pa.out_from_inner, q, upper, 1, pa.followed, n, k);
  ow_ports_product(pb.out_from_inner, p, lower, 1, pb.followed, n, k);
  int column[4 * SIDE], row_a[4 * SIDE], row_b[4 * SIDE];
  places(first->given, edge, second->given, other, column, column + ea);
  places(first->followed, edge, second->followed, other, row_a, row_b);
  put(upper, pa.followed, n, row_a, column, out);
  put(lower, pb.followed, n, row_b, column, out);
  b->free = mark;
}

static void build(builder *b, ow_ports_region r, block *out) {
  int rows = r.bottom - r.top, columns = r.right - r.left;
  if (rows == 1 && columns <= STRIP) {
    strip(b->array, r, out);
    return;
  }
  double *mark = b->free;
  ow_ports_region first = r, second = r;
  int across = columns > STRIP && (columns >= rows || rows == 1);
  if (across) {
    // Whole strips on the left.
    int half = (columns / 2 + STRIP - 1) / STRIP * STRIP;
    first.right = second.left = r.left + (half < columns ? half : STRIP);
  } else {
    first.bottom = second.top = r.top + rows / 2;
  }
  block a, c;
  count_ports(b->array, first, &a);
  count_ports(b->array, second, &c);
  a.m = take(b, a.width * a.height);
  c.m = take(b, c.width * c.height);
  build(b, first, &a);
  build(b, second, &c);
  join(b, &a, across ? RIGHT : BOTTOM, &c, across ? LEFT : TOP, out);
  b->free = mark;
}

void ow_ports_build(
    const ow_ports_array *array, ow_ports_region region, double *matrix, double *scratch) {
  builder b = {array, scratch};
  block out;
  count_ports(array, region, &out);
  out.m = matrix;
  build(&b, region, &out);
}
