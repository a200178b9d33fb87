#pragma once
#include <stddef.h>

/// c ← a + t·(b − a).
void ow_cells_between(const double *a, const double *b, double t, double *c, size_t count);

/// e ← v − i/slope, the electromotive force of a cell's tangent; 0 where the slope is 0. A slope of less
/// than 1e-4 of the chord's, as of a saturated transistor, is raised to it: a current source has no
/// electromotive force.
void ow_cells_forces(const double *v, const double *i, double *slope, double *e, size_t count);

/// The slope of the co-content along a step from node voltages (u0, w0) to (u1, w1): the sum of
/// (i − from_words)·(u1 − u0) − (i − from_bits)·(w1 − w0), in watts.
double ow_cells_slope(
    const double *i, const double *from_words, const double *from_bits, const double *u0,
    const double *u1, const double *w0, const double *w1, size_t count);

/// Cell voltages v ← u − w, and the currents that nodes demand of tangents: slope·(v − e) by those on
/// word lines, slope·(before − w − e) by those on bit lines, which `before` fed.
void ow_cells_demands(
    const double *u, const double *w, const double *e, const double *slope, const double *before,
    double *v, double *from_words, double *from_bits, size_t count);

/// The largest |a − b|, or |a| where `b` is null; infinity where one is not a number.
double ow_cells_distance(const double *a, const double *b, size_t count);

/// Whether all conductances are finite and 0 or more.
int ow_cells_are_passive(const double *g, size_t count);
