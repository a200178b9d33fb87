// Whole arrays of random numbers; the generator is in random_inline.h.
#include "include/ow_random.h"

#include <string.h>

#include "random_inline.h"

#pragma STDC FP_CONTRACT OFF

#define FILL(group_function)                                                       \
  uint64_t group = first / GROUP;                                                  \
  size_t skip = (size_t)(first % GROUP);                                           \
  float part[GROUP];                                                               \
  while (count > 0) {                                                              \
    if (skip == 0 && count >= GROUP) {                                             \
      group_function(out, key, stream, group);                                     \
      out += GROUP;                                                                \
      count -= GROUP;                                                              \
    } else {                                                                       \
      size_t n = GROUP - skip < count ? GROUP - skip : count;                      \
      group_function(part, key, stream, group);                                    \
      memcpy(out, part + skip, n * sizeof(float));                                 \
      out += n;                                                                    \
      count -= n;                                                                  \
      skip = 0;                                                                    \
    }                                                                              \
    group++;                                                                       \
  }

OW_DISPATCH
void ow_normal_f32(float *out, size_t count, uint64_t key, uint64_t stream, uint64_t first) {
  FILL(normal_group)
}

OW_DISPATCH
void ow_uniform_f32(float *out, size_t count, uint64_t key, uint64_t stream, uint64_t first) {
  FILL(uniform_group)
}
