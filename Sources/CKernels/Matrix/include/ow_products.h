#pragma once
#include <stddef.h>
#include <stdint.h>

/// How many columns are side by side in a packed matrix of integers.
#define OW_PANEL 128

/// code = rint(volts·inverse_unit), ties to even, clipped to ±32767 (NaN is −32767); vectors × rows, each vector filled up with zeros to
/// `stride` codes.
void ow_codes(
    const float *volts, size_t vectors, size_t rows, float inverse_unit, int16_t *codes,
    size_t stride);

/// The squares of `count` codes; they must fit 16 bits.
void ow_square_codes(const int16_t *codes, int16_t *squares, size_t count);

/// Packs a matrix, rows × columns, as rint(b/scale) with scale = largest |b| of the column / top.
///
/// `packed` holds ⌈columns/128⌉ panels of ⌈rows/2⌉ × 128 × 2 integers; `scales` ⌈columns/128⌉·128.
void ow_pack_columns(
    const float *b, size_t rows, size_t columns, float top, int16_t *packed, float *scales);

/// out = codes · packed · scales · unit for the columns `first` …, in exact integers as long as a chunk of
/// rows does not pass 2^31; chunks are added as floats.
///
/// `stride` is the distance of two vectors' codes, even; `first` is a multiple of 128;
/// `pairs` = ⌈rows/2⌉; a chunk has `chunk` pairs; rows of `out` are `leading` apart.
void ow_integer_product(
    const int16_t *codes, size_t vectors, size_t stride, const int16_t *packed,
    const float *scales, size_t pairs, size_t chunk, size_t first, size_t columns, float unit,
    float *out, size_t leading);

/// 1 where the operating system is Linux and the processor has the level x86-64-v3 (AVX2, FMA and BMI; Intel
/// from Haswell on, AMD from Excavator on), on which the portable products of OpenBLAS rest; else 0.
int ow_has_portable_level(void);
