#pragma once
#include <stddef.h>

/// How many word lines a kernel walks along at once.
///
/// A field of an array is stored in blocks of that many word lines, column after column: element
/// (i, j) is at (i / b·columns + j)·b + i % b. Rows are filled up with zeros at the top and columns
/// at the right, which are the open ends of lines, so that b divides the rows and 8 the columns.
#define OW_LINE_BLOCK 16
/// How many bit lines a kernel walks along at once, at most; 8 divides it.
#define OW_LINE_PANEL 32

/// A row-major field in blocks of word lines; `padded` columns.
void ow_lines_gather(
    const double *from, double *to, size_t rows, size_t columns, size_t padded);

/// The row-major field that was stored in blocks.
void ow_lines_scatter(
    const double *from, double *to, size_t rows, size_t columns, size_t padded);

/// The elimination of one block of word lines as chains from their open right ends: cells `g`, the
/// segments `r` to their left. Y ← g + Y/(1 + r·Y); results are s = 1/(1 + r·Y) and t = r·s, and the
/// admittances at the first cells, one a line.
void ow_lines_factor_words(
    const double *g, const double *r, double *s, double *t, double *admittance, size_t columns);

/// The elimination of `width` bit lines from `left` as chains from their open upper ends; `r` are the
/// segments below. Results have an order of their own, which `ow_lines_bits` knows.
void ow_lines_factor_bits(
    const double *g, const double *r, double *s, double *t, size_t blocks, size_t columns,
    size_t left, size_t width);

/// Word-line voltages `u` of one block for bit-line voltages `w`, sources `v`, and cells that carry
/// g·(u − e − w); `e` may be null for 0. `first` becomes the Norton current at each line's first
/// cell, r ← g·(u − e) − y the mismatch of what the bit lines get. `largest` becomes the largest
/// |cell current| and |r|. `work` holds one block.
void ow_lines_close(
    const double *g, const double *s, const double *t, const double *v, const double *e,
    const double *w, const double *y, double *u, double *r, double *first, double *work,
    size_t columns, double largest[2]);

/// Bit-line voltages `w` of `width` lines from `left` for currents `y` fed into their nodes, with
/// every cell connected to ground. `last` (null or one a column) becomes the current that leaves each
/// line at its lower end. Returns Σ y·w, added in an order fixed by the sizes alone.
double ow_lines_bits(
    const double *s, const double *t, const double *y, double *w, double *last, size_t blocks,
    size_t columns, size_t left, size_t width);

/// A new direction in one block, and what a step along it changes: p ← z + beta·p, q ← r + beta·q,
/// and a ← q − g·u with u the word-line voltages for bit lines at p and sources at 0 V. Returns
/// Σ p·a, the curvature. `work` holds one block.
double ow_lines_search(
    const double *g, const double *s, const double *t, const double *z, const double *r,
    double beta, double *p, double *q, double *a, double *work, size_t columns);

/// y ← y + alpha·q and r ← r − alpha·a; the largest |r| is returned. 8 divides `count`.
double ow_lines_step(
    double alpha, const double *q, const double *a, double *y, double *r, size_t count);
