#pragma once
#include <stddef.h>

/// How many word lines a kernel walks along at once.
///
/// Fields of an array are row major, `width` numbers a row. Rows are filled up with zeros at the top
/// and columns at the right, which are the open ends of lines, so that a block divides the rows and 8
/// the columns. What only walks along word lines read has an order of its own, block by block.
#define OW_LINE_BLOCK 16
/// How many bit lines a kernel walks along at once, at most; 8 divides it.
#define OW_LINE_PANEL 32

/// One block of word lines eliminated as chains from their open right ends: s = 1/(1 + r·Y), where Y
/// is the admittance beyond a segment r, and t = r·s.
typedef struct {
  /// Siemens, row major, and in the order of walks; shares s.
  const double *cells, *turned, *shares;
  /// Drops t; null where all segments have `segment` ohms, but those before the first cells `end`.
  const double *drops;
  double segment, end;
  size_t width;
} ow_word_lines;

/// All bit lines, eliminated as chains from their open upper ends; all row major.
typedef struct {
  const double *cells, *shares;
  /// Drops t; null where all segments have `segment` ohms, but those below the last cells `end`.
  const double *drops;
  double segment, end;
  size_t rows, width;
} ow_bit_lines;

/// The elimination of one block of word lines: Y ← g + Y/(1 + r·Y). `segments` is row major, or null
/// for `segment` and `end`; `drops` is null then too. `admittance` becomes Y at the first cells.
void ow_lines_factor_words(
    const double *cells, const double *segments, double segment, double end, double *turned,
    double *shares, double *drops, double *admittance, size_t width);

/// The elimination of `count` bit lines from `left`.
void ow_lines_factor_bits(
    const double *cells, const double *segments, double segment, double end, double *shares,
    double *drops, size_t rows, size_t width, size_t left, size_t count);

/// Word-line voltages `u` of one block for bit-line voltages `w` (null for 0), sources `v`, and cells
/// that carry g·(u − e − w); `e` may be null for 0. `first` becomes the Norton current at each line's
/// first cell. `work` holds one block.
///
/// With `old`, word-line voltages that may stand in `u`: r = g·(u − old) is what the bit lines of an
/// exact w for `old` are off by. `r` is null or becomes that; `measured` becomes its largest magnitude
/// and Σ r². Without `old`: `measured[0]` becomes the largest |cell current|.
void ow_lines_words(
    const ow_word_lines *lines, const double *v, const double *e, const double *w,
    const double *old, double *u, double *r, double *first, double *work, double measured[2]);

/// Bit-line voltages w of `count` lines from `left` for cells that carry g·(u − e) into their nodes,
/// with every cell connected to ground: w ← w + omega·(new − w). `last` becomes the currents that leave
/// the lines at their lower ends, of the new w. `work` holds rows × OW_LINE_PANEL.
void ow_lines_bits(
    const ow_bit_lines *lines, const double *u, const double *e, double omega, double *w,
    double *last, double *work, size_t left, size_t count);

/// The same voltages z for currents r fed into the nodes; returns Σ r·z, added in an order fixed by
/// the sizes alone.
double ow_lines_precondition(
    const ow_bit_lines *lines, const double *r, double *z, double *work, size_t left, size_t count);

/// A new direction in one block, and what a step along it changes: p ← z + beta·p, q ← r + beta·q,
/// and a ← q − g·u with u the word-line voltages for bit lines at p and sources at 0 V. Returns
/// Σ p·a, the curvature. `work` holds one block.
double ow_lines_search(
    const ow_word_lines *lines, const double *z, const double *r, double beta, double *p, double *q,
    double *a, double *work);

/// w ← w + alpha·p and r ← r − alpha·a; the largest |r| is returned. 8 divides `count`.
double ow_lines_step(
    double alpha, const double *p, const double *a, double *w, double *r, size_t count);

/// Currents i ← g·(u − w − e), `e` null for 0; the largest magnitude is returned. 8 divides `count`.
double ow_lines_currents(
    const double *g, const double *u, const double *w, const double *e, double *i, size_t count);
