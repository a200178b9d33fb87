#pragma once
// OpenBLAS and GSL both define the enums of CBLAS, differently. One definition serves both modules:
// OpenBLAS's, with GSL's own header kept out.
#include <cblas.h>
#define __GSL_CBLAS_H__
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_eigen.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_fft_real.h>
#include <gsl/gsl_histogram.h>
#include <gsl/gsl_interp.h>
#include <gsl/gsl_math.h>
#include <gsl/gsl_matrix.h>
#include <gsl/gsl_min.h>
#include <gsl/gsl_multifit_nlinear.h>
#include <gsl/gsl_odeiv2.h>
#include <gsl/gsl_poly.h>
#include <gsl/gsl_qrng.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <gsl/gsl_roots.h>
#include <gsl/gsl_sf.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_spline.h>
#include <gsl/gsl_statistics.h>
#include <gsl/gsl_vector.h>
#include <gsl/gsl_integration.h>

// Swift 6 refuses C's mutable globals; each is wrapped as a function of the same meaning.
static inline const gsl_odeiv2_step_type *ow_step_fehlberg(void) { return gsl_odeiv2_step_rkf45; }
static inline const gsl_odeiv2_step_type *ow_step_cash_karp(void) { return gsl_odeiv2_step_rkck; }
static inline const gsl_odeiv2_step_type *ow_step_prince_dormand(void) { return gsl_odeiv2_step_rk8pd; }
static inline const gsl_odeiv2_step_type *ow_step_runge_kutta(void) { return gsl_odeiv2_step_rk4; }
static inline const gsl_odeiv2_step_type *ow_step_gauss(void) { return gsl_odeiv2_step_rk4imp; }
static inline const gsl_odeiv2_step_type *ow_step_bulirsch_stoer(void) { return gsl_odeiv2_step_bsimp; }
static inline const gsl_odeiv2_step_type *ow_step_backward(void) { return gsl_odeiv2_step_msbdf; }
static inline const gsl_root_fsolver_type *ow_root_brent(void) { return gsl_root_fsolver_brent; }
static inline const gsl_qrng_type *ow_qrng_sobol(void) { return gsl_qrng_sobol; }
static inline const gsl_multifit_nlinear_type *ow_fit_trust_region(void) { return gsl_multifit_nlinear_trust; }
static inline const gsl_interp_type *ow_interp_steffen(void) { return gsl_interp_steffen; }
