#pragma once
#include <stddef.h>

/// y_s ← y_s + Σ_i x_si·a_i for `samples` vectors: a is rows × columns, row major, x has `rows` numbers per
/// sample at distance `x_step`, y `columns` numbers at distance `y_step`. Numbers of x that are 0 cost nothing.
void ow_settling_forward(
    const float *a, size_t rows, size_t columns, const float *x, size_t x_step, float *y,
    size_t y_step, size_t samples);

/// y_si ← y_si + Σ_j a_ij·x_sj: the same product with the transposed matrix.
void ow_settling_backward(
    const float *a, size_t rows, size_t columns, const float *x, size_t x_step, float *y,
    size_t y_step, size_t samples);

/// w_ij ← clamp(w_ij − p_i − q_j + Σ_r u_ri·v_rj, low, high) with `ranks` vectors u at distance `u_step` and v
/// at distance `v_step`; rows of w are at distance `step`. `row_sums[i]` becomes Σ_j w_ij, and Σ_i w_ij is added to
/// `column_sums[j]`.
void ow_settling_update(
    float *w, size_t rows, size_t columns, size_t step, const float *p, const float *q,
    const float *u, size_t u_step, const float *v, size_t v_step, size_t ranks, float low,
    float high, float *row_sums, float *column_sums);

/// What units are held in.
typedef struct {
  float low, high;
} ow_settling_range;

/// v_sj ← clamp(g_sj) for `samples` × `units`, with g_sj = (sum_sj + bias_j + strength·target_sj)·scale_j, or
/// v_sj + steps_j·(g_sj − v_sj) where `steps` is not null; without a target where it is null. Units before `middle` are
/// held in `lower`, the others in `upper`.
void ow_settling_move(
    float *v, const float *sum, size_t samples, size_t units, const float *bias, const float *scale,
    const float *target, float strength, const float *steps, size_t middle, ow_settling_range lower,
    ow_settling_range upper);
