// What the processor can do, as far as results depend on it.
#include "ow_products.h"

int ow_has_portable_level(void) {
#if defined(__x86_64__) && defined(__linux__)
  __builtin_cpu_init();
  return __builtin_cpu_supports("x86-64-v3") != 0;
#else
  return 0;
#endif
}
