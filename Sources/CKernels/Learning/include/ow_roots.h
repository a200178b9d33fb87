#pragma once
#include <stddef.h>

/// The lower triangle of a positive semidefinite matrix K, n × n in double precision, becomes L with
/// K = L·Lᵀ. A pivot of at most `least` times its diagonal element counts as 0: its column of L is zero.
void ow_semidefinite_root(double *k, size_t n, double least);
