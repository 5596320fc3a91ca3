// What every kernel file needs: the versions compiled for wider vector units, and loop hints.

#ifndef CK_MULTIVERSION_H
#define CK_MULTIVERSION_H

#include "CKernels.h"

#include <stdbool.h>
#include <string.h>

// One body, compiled for the baseline, AVX2 and AVX-512; the loader picks once per process, so no
// compiler flag is needed and the package stays usable as a dependency.
#if defined(__x86_64__) && defined(__clang__) && defined(__linux__)
#define CK_MULTIVERSIONED \
  __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
// The compiler keeps to 256 bits for x86-64-v4, but not for the feature alone. Loops of arithmetic
// gain from 512; those that wait for memory do not.
#define CK_MULTIVERSIONED_512 \
  __attribute__((target_clones("default", "arch=x86-64-v3", "avx512vl")))
#else
#define CK_MULTIVERSIONED
#define CK_MULTIVERSIONED_512
#endif

// Bodies that must be compiled inside each version of their caller.
#define CK_INLINE static inline __attribute__((always_inline))

// The output may be the same memory as an operand of the same layout: element i of the output then
// depends on element i of the operand alone, which is safe to vectorise, but which the compiler's
// own overlap check would send to the scalar loop.
#define CK_VECTORIZED _Pragma("clang loop vectorize(assume_safety)")

#define CK_PASTE_EXPANDED(a, b) a##b
#define CK_PASTE(a, b) CK_PASTE_EXPANDED(a, b)

// The name of a kernel for the scalar type at hand.
#define NAME(name) CK_PASTE(ck_##name, SUFFIX)

#define CK_MIN(a, b) ((a) < (b) ? (a) : (b))
#define CK_MAX(a, b) ((a) > (b) ? (a) : (b))

#endif
