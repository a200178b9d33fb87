#pragma once
#include <cblas.h>

// LAPACK's routines, which OpenBLAS contains; its packages do not always come with a header of them.
void dpotrf_(const char *uplo, const blasint *n, double *a, const blasint *lda, blasint *info);
void dpotrs_(
    const char *uplo, const blasint *n, const blasint *columns, const double *a, const blasint *lda,
    double *b, const blasint *ldb, blasint *info);
void dgeev_(
    const char *left, const char *right, const blasint *n, double *a, const blasint *lda, double *real,
    double *imaginary, double *vl, const blasint *ldvl, double *vr, const blasint *ldvr, double *work,
    const blasint *lwork, blasint *info);
