#pragma once
// Buffers of exactly the size a kernel may touch, filled with usual and with strange numbers.
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/// What a buffer holds.
enum { USUAL, POSITIVE, STRANGE, ZEROS };

static uint64_t state = 1;

static inline uint32_t draw(void) {
  state = state * 6364136223846793005u + 1442695040888963407u;
  return (uint32_t)(state >> 33);
}

static inline double number(int kind) {
  static const double odd[] = {0, -0.0, INFINITY, -INFINITY, NAN, 3e38, -3e38, 1e-40, -1e-45, 1,
                               -1, 4194304, -4194304, 65536, 1e-3, 0.5};
  if (kind == ZEROS) return 0;
  if (kind == STRANGE && draw() % 2) return odd[draw() % 16];
  double u = draw() / 2147483648.0;
  return kind == POSITIVE ? u + 1e-6 : 4 * u - 2;
}

// Leaks are not looked for: everything is given back at the end of a round.
static void *blocks[256];
static int block_count;

static inline void *block(size_t bytes) {
  void *p = malloc(bytes ? bytes : 1);
  memset(p, 0, bytes);
  if (block_count == 256) abort();
  return blocks[block_count++] = p;
}

static inline void give_back(void) {
  while (block_count > 0) free(blocks[--block_count]);
}

static inline float *floats(size_t n, int kind) {
  float *p = block(n * sizeof(float));
  for (size_t i = 0; i < n; i++) p[i] = (float)number(kind);
  return p;
}

static inline double *doubles(size_t n, int kind) {
  double *p = block(n * sizeof(double));
  for (size_t i = 0; i < n; i++) p[i] = number(kind);
  return p;
}

/// `n` whole numbers from `low` to `high`.
static inline int16_t *shorts(size_t n, int low, int high) {
  int16_t *p = block(n * sizeof(int16_t));
  for (size_t i = 0; i < n; i++) p[i] = (int16_t)(low + (int)(draw() % (uint32_t)(high - low + 1)));
  return p;
}

static inline int *ints(size_t n, int low, int high) {
  int *p = block(n * sizeof(int));
  for (size_t i = 0; i < n; i++) p[i] = low + (int)(draw() % (uint32_t)(high - low + 1));
  return p;
}

/// Rising numbers in −1 … 1.
static inline float *rising(size_t n) {
  float *p = block(n * sizeof(float));
  for (size_t i = 0; i < n; i++) p[i] = 2 * ((float)i + 0.5f) / (float)(n ? n : 1) - 1;
  return p;
}

// The groups of kernels.
void run_vectors(size_t n, int kind);
void run_products(size_t rows, size_t columns, int kind);
void run_pulses(size_t n, int kind);
void run_arrays(size_t rows, size_t columns, int kind);
void run_team(int helpers);
