#pragma once
#include <stddef.h>

/// How many word lines a kernel walks along at once. Coefficients of word lines are stored in
/// blocks: block b holds lines 8b … 8b + 7, column after column, zeros where a line is missing.
#define OW_LINE_BLOCK 8

/// The elimination of word lines as chains from their open right ends. `g` and `r` are rows × columns,
/// row major: cells, and the segments to their left. Y ← g + Y/(1 + r·Y); blocked results are g,
/// s = 1/(1 + r·Y) and t = r·s. Blocked arrays hold ⌈rows/8⌉·8·columns numbers, zeroed before.
void ow_lines_factor_words(
    const double *g, const double *r, double *gb, double *sb, double *tb, double *admittance,
    size_t rows, size_t columns);

/// The elimination of bit lines as chains from their open upper ends; `r` are the segments below.
/// `s` and `t` are rows × columns, row major.
void ow_lines_factor_bits(
    const double *g, const double *r, double *s, double *t, size_t rows, size_t columns);

/// Word-line voltages `u` for bit-line voltages `w` and sources `v` (null: all 0 V). `first`
/// (null or one a row) becomes the Norton current at each line's first cell. `work` holds 8·columns.
void ow_lines_words(
    const double *gb, const double *sb, const double *tb, const double *v, const double *w,
    double *u, double *first, double *work, size_t rows, size_t columns);

/// Bit-line voltages `w` for currents `y` fed into their nodes, with every cell connected to ground.
/// `last` (null or one a column) becomes the current that leaves each line at its lower end.
void ow_lines_bits(
    const double *s, const double *t, const double *y, double *w, double *last, size_t rows,
    size_t columns);

/// p ← z + beta·p and q ← r + beta·q.
void ow_lines_direction(
    const double *z, const double *r, double beta, double *p, double *q, size_t count);

/// Σ p·(q − g·e): the curvature along a direction.
double ow_lines_curvature(
    const double *p, const double *q, const double *g, const double *e, size_t count);

/// y ← y + alpha·q and r ← r − alpha·(q − g·e); the largest |r| is returned.
double ow_lines_step(
    double alpha, const double *q, const double *g, const double *e, double *y, double *r,
    size_t count);

/// r ← g·u − y; the largest |r| is returned.
double ow_lines_mismatch(
    const double *g, const double *u, const double *y, double *r, size_t count);

/// i ← g·(u − w); the largest |i| is returned.
double ow_lines_currents(
    const double *g, const double *u, const double *w, double *i, size_t count);

/// Σ a·b, added in an order fixed by `count` alone.
double ow_lines_dot(const double *a, const double *b, size_t count);
