#pragma once
// Normal numbers for pulses, two from every word of Philox: Box and Muller's radius from its upper 22
// bits, the angle from its lower 10. One call serves 256 devices for an even pulse and the next.
//
// The radius ends at 5.6 deviations. The 1024 angles are evenly spaced, so that every moment of
// cosine and sine below the 1024th is that of a continuous angle; the logarithm is good to 4e-7.
// That is less than `normal_group` gives and twice as fast: noise of single pulses is drawn by the
// billion and added up.
#include "elementary_inline.h"
#include "random_inline.h"

#pragma STDC FP_CONTRACT OFF

// Numbers of the pulses 2·pair and 2·pair + 1 for the devices of one group.
OW_INLINE void pulse_noise(
    float *restrict first, float *restrict second, uint64_t key, uint64_t stream, uint64_t pair,
    uint64_t group) {
  uint32_t w[4][LANES];
  philox(w, key, stream, (pair << 32) + group * LANES);
  const uint32_t *words = &w[0][0];
  for (int j = 0; j < GROUP; j++) {
    uint32_t word = words[j];
    float square = -2.0f * log_f32(((float)(int32_t)(word >> 10) + 0.5f) * 0x1p-22f);
    float r = sqrtf(square > 0.0f ? square : 0.0f);
    // Eight bits within a quadrant, about its middle; two bits for the quadrant.
    float x = ((float)(int32_t)(word & 255u) - 127.5f) * (float)(6.283185307179586 / 1024.0);
    float x2 = x * x;
    float sine = x * (1.0f + x2 * (-0.1666338f + x2 * 0.00816542f));
    float cosine = 1.0f + x2 * (-0.49999916f + x2 * (0.04165762f + x2 * -0.00136159f));
    uint32_t quadrant = (word >> 8) & 3u;
    float a = (quadrant & 1u) ? sine : cosine;
    float b = (quadrant & 1u) ? cosine : sine;
    // The signs by their bits: cosine is negative in quadrants 1 and 2, sine in 2 and 3.
    uint32_t a_bits, b_bits;
    memcpy(&a_bits, &a, 4);
    memcpy(&b_bits, &b, 4);
    a_bits ^= ((quadrant + 1u) & 2u) << 30;
    b_bits ^= (quadrant & 2u) << 30;
    memcpy(&a, &a_bits, 4);
    memcpy(&b, &b_bits, 4);
    first[j] = r * a;
    second[j] = r * b;
  }
}
