#pragma once
#include <stddef.h>
#include <stdint.h>

/// Fills `out` with standard normal numbers `first … first + count` of the stream (key, stream).
/// Number i depends on key, stream and i alone.
void ow_normal_f32(float *out, size_t count, uint64_t key, uint64_t stream, uint64_t first);

/// Fills `out` with numbers uniform in (0, 1), 24 bits each; indexed like `ow_normal_f32`.
void ow_uniform_f32(float *out, size_t count, uint64_t key, uint64_t stream, uint64_t first);
