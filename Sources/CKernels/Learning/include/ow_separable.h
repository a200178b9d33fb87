#pragma once
#include <stddef.h>

// A tile whose effective weights are u[i]·w[i, j]·v[j] + rho[j]: factors of its rows and columns and a
// share of the sum of all inputs a column.

/// Finds u, v and rho so that they come close to `target`, by `rounds` of alternating least squares for u
/// and v; rho is then the mean of what is left in each column.
///
/// `weights` and `target` are rows × columns with rows `stride` apart; `scratch` holds 2·columns floats.
void ow_separable_fit(
    const float *weights, const float *target, size_t stride, size_t rows, size_t columns,
    int rounds, float *u, float *v, float *rho, float *scratch);

/// scaled = x·u for `samples` vectors of `rows` numbers `leading` apart; sums[s] = Σ x.
void ow_separable_inputs(
    const float *x, size_t leading, size_t samples, size_t rows, const float *u, float *scaled,
    float *sums);

/// raw ← raw·v + rho·sums, rows of `raw` `leading` apart.
void ow_separable_outputs(
    float *raw, size_t leading, size_t samples, size_t columns, const float *v, const float *rho,
    const float *sums);

/// scaled = d·v and sums[s] = Σ d·rho, rows of `d` `leading` apart.
void ow_separable_errors(
    const float *d, size_t leading, size_t samples, size_t columns, const float *v,
    const float *rho, float *scaled, float *sums);

/// dx = back·u + sums, or added to what is there; rows of `dx` are `leading` apart.
void ow_separable_back(
    const float *back, size_t samples, size_t rows, const float *u, const float *sums, float *dx,
    size_t leading, int adds);
