// Small rectangles of a wired array as seen from their edges.
//
// Rows of up to four cells are eliminated as chains, by the admittance recursion of lines.c; larger
// rectangles are joined from halves. What follows at a cut on one side is given on the other:
// p = (1 − A·B)⁻¹·(A_e·x_a + A·B_e·x_b), q = B_e·x_b + B·p.
#include "include/ow_ports.h"

#include <math.h>
#include <string.h>

#include "dispatch.h"
#include "lanes8_inline.h"

// Products and sums may be fused where the processor can: last digits depend on it, as in BLAS.
#pragma STDC FP_CONTRACT ON

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
OW_DISPATCH
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

typedef double lane4 __attribute__((vector_size(32)));

/// A matrix within a larger one: `step` numbers from row to row.
typedef struct {
  const double *m;
  int step;
} part;

/// `rows` rows of c ← c + a·b, held in registers 16 columns at a time.
OW_INLINE void product_rows(part a, part b, double *c, int step, int rows, int n, int k) {
  int j = 0;
  for (; j + 16 <= n; j += 16) {
    lane8 x[4], y[4];
    for (int i = 0; i < rows; i++) x[i] = y[i] = fill8(0);
    for (int l = 0; l < k; l++) {
      lane8 p = load8(b.m + l * b.step + j), q = load8(b.m + l * b.step + j + 8);
      for (int i = 0; i < rows; i++) {
        x[i] += a.m[i * a.step + l] * p;
        y[i] += a.m[i * a.step + l] * q;
      }
    }
    for (int i = 0; i < rows; i++) {
      double *to = c + i * step + j;
      store8(to, load8(to) + x[i]);
      store8(to + 8, load8(to + 8) + y[i]);
    }
  }
  for (; j + 4 <= n; j += 4) {
    lane4 x[4], p;
    for (int i = 0; i < rows; i++) x[i] = (lane4){0, 0, 0, 0};
    for (int l = 0; l < k; l++) {
      memcpy(&p, b.m + l * b.step + j, sizeof p);
      for (int i = 0; i < rows; i++) x[i] += a.m[i * a.step + l] * p;
    }
    for (int i = 0; i < rows; i++) {
      memcpy(&p, c + i * step + j, sizeof p);
      p += x[i];
      memcpy(c + i * step + j, &p, sizeof p);
    }
  }
  for (; j < n; j++)
    for (int i = 0; i < rows; i++) {
      double x = 0;
      for (int l = 0; l < k; l++) x += a.m[i * a.step + l] * b.m[l * b.step + j];
      c[i * step + j] += x;
    }
}

/// c ← c + a·b; a is m × k, b is k × n.
OW_INLINE void product(part a, part b, double *c, int step, int m, int n, int k) {
  int i = 0;
  for (; i + 4 <= m; i += 4, a.m += 4 * a.step)
    product_rows(a, b, c + i * step, step, 4, n, k);
  for (; i < m; i++, a.m += a.step) product_rows(a, b, c + i * step, step, 1, n, k);
}

OW_DISPATCH
void ow_ports_product(const double *a, const double *b, double *c, int m, int n, int k) {
  part left = {a, k}, right = {b, n};
  product(left, right, c, n, m, n, k);
}

/// b ← a⁻¹·b by elimination with the largest pivot of each column; a is k × k, b is k × n.
OW_INLINE void eliminate(double *restrict a, double *restrict b, int k, int n) {
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

OW_DISPATCH
void ow_ports_eliminate(double *a, double *b, int k, int n) { eliminate(a, b, k, n); }

/// Where the ports of one half stand, edge after edge: there and in the whole, those of the first half
/// before those of the second. The ports of the cut are left out.
typedef struct {
  int count[EDGES], from[EDGES], to[EDGES];
} runs;

static void place(const int a[EDGES], int cut_a, const int b[EDGES], int cut_b, runs *of_a, runs *of_b) {
  int next = 0, from_a = 0, from_b = 0;
  for (int e = 0; e < EDGES; e++) {
    int na = e == cut_a ? 0 : a[e], nb = e == cut_b ? 0 : b[e];
    of_a->count[e] = na;
    of_b->count[e] = nb;
    of_a->from[e] = from_a;
    of_b->from[e] = from_b;
    of_a->to[e] = next;
    of_b->to[e] = next + na;
    from_a += a[e];
    from_b += b[e];
    next += na + nb;
  }
}

/// One row of a half to its places in a row of the whole.
OW_INLINE void spread(const double *restrict row, const runs *columns, double *restrict to) {
  for (int e = 0; e < EDGES; e++) {
    const double *from = row + columns->from[e];
    double *at = to + columns->to[e];
    int j = 0;
    for (; j + 4 <= columns->count[e]; j += 4) memcpy(at + j, from + j, 4 * sizeof *at);
    for (; j < columns->count[e]; j++) at[j] = from[j];
  }
}

/// One half at the cut: its rows and columns there, and its matrix.
typedef struct {
  const block *block;
  int row, column;
  part inner;
} half;

static half cut(const block *b, int edge) {
  half h = {.block = b};
  for (int e = 0; e < edge; e++) {
    h.row += b->followed[e];
    h.column += b->given[e];
  }
  h.inner = (part){b->m + h.row * b->width + h.column, b->width};
  return h;
}

/// Rows of the whole that follow from one half, where `given` is what the cut gives it.
OW_INLINE void finish(
    const half *h, const runs *rows, const runs *columns, const double *given, int k, block *out) {
  int n = out->width;
  part right = {given, n};
  for (int e = 0; e < EDGES; e++) {
    double *to = out->m + rows->to[e] * n;
    const double *from = h->block->m + rows->from[e] * h->block->width;
    memset(to, 0, (size_t)(rows->count[e] * n) * sizeof *to);
    for (int i = 0; i < rows->count[e]; i++)
      spread(from + i * h->block->width, columns, to + i * n);
    part left = {from + h->column, h->block->width};
    product(left, right, to, n, rows->count[e], n, k);
  }
}

static double *zeros(builder *b, int count) {
  double *result = take(b, count);
  memset(result, 0, (size_t)count * sizeof *result);
  return result;
}

OW_DISPATCH
static void join(builder *b, const block *first, int edge, const block *second, int other, block *out) {
  double *mark = b->free;
  half ha = cut(first, edge), hb = cut(second, other);
  int k = first->given[edge], n = out->width, wide = second->width;
  runs column_a, column_b, row_a, row_b;
  place(first->given, edge, second->given, other, &column_a, &column_b);
  place(first->followed, edge, second->followed, other, &row_a, &row_b);
  double *ab = zeros(b, k * wide), *loop = take(b, k * k), *inverse = zeros(b, k * k);
  double *x = take(b, k * n), *p = zeros(b, k * n), *q = zeros(b, k * n);
  const double *rows_a = first->m + ha.row * first->width, *rows_b = second->m + hb.row * wide;
  product(ha.inner, (part){rows_b, wide}, ab, wide, k, wide, k);
  for (int i = 0; i < k; i++) {
    for (int j = 0; j < k; j++) loop[i * k + j] = (i == j) - ab[i * wide + hb.column + j];
    inverse[i * k + i] = 1;
    spread(rows_a + i * first->width, &column_a, x + i * n);
    spread(ab + i * wide, &column_b, x + i * n);
    spread(rows_b + i * wide, &column_b, q + i * n);
  }
  eliminate(loop, inverse, k, k);
  product((part){inverse, k}, (part){x, n}, p, n, k, n, k);
  product(hb.inner, (part){p, n}, q, n, k, n, k);
  finish(&ha, &row_a, &column_a, q, k, out);
  finish(&hb, &row_b, &column_b, p, k, out);
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
