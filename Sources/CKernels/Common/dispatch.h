#pragma once
// One binary for every x86-64: a kernel marked OW_DISPATCH is compiled three times and the loader
// picks by what the processor has. Elsewhere the compiler's default is used.
#if defined(__x86_64__) && defined(__linux__) && !defined(OW_WITHOUT_DISPATCH)
#define OW_DISPATCH __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#else
#define OW_DISPATCH
#endif
#define OW_INLINE static inline __attribute__((always_inline))
