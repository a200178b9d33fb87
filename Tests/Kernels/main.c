// Runs every kernel at odd sizes and values, for the sanitizers: see Scripts/sanitize.
#include <stdio.h>

#include "values.h"

int main(void) {
#ifndef ONLY_TEAM
  static const size_t sizes[] = {0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 33, 63, 64, 65, 127, 129, 255, 256, 257, 300};
  static const int kinds[] = {USUAL, POSITIVE, STRANGE, ZEROS};
  for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
    for (int k = 0; k < 4; k++) {
      run_vectors(sizes[s], kinds[k]);
      run_pulses(sizes[s], kinds[k]);
    }
  static const size_t sides[] = {1, 2, 3, 5, 8, 13, 16, 17, 33};
  for (size_t r = 0; r < sizeof sides / sizeof *sides; r++)
    for (size_t c = 0; c < sizeof sides / sizeof *sides; c++)
      for (int k = 0; k < 4; k++) {
        run_products(sides[r], sides[c] * (sides[c] > 16 ? 7 : 1), kinds[k]);
        run_arrays(sides[r], sides[c], kinds[k]);
      }
#endif
  for (int helpers = 0; helpers < 4; helpers++) run_team(helpers);
  puts("all kernels ran");
  return 0;
}
