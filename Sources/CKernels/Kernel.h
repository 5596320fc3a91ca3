// What every kernel file begins with. A kernel is written once, in the second half of its file, and
// compiled for each number and each width of vectors by EveryVersion.h:
//
//   #include "Kernel.h"
//   #ifndef SCALAR
//   #define CK_BODY "ThisFile.c"
//   #include "EveryVersion.h"
//   #else
//   ... void NAME(exp)(const ck_instruction *step) ...   becomes ck_exp_f32_256 and its kin
//   #endif

#ifndef CK_KERNEL_H
#define CK_KERNEL_H

#include "CKernels.h"

#include <stdbool.h>
#include <string.h>

// Inlined where the extents that it is called with are constants.
#define CK_INLINE static inline __attribute__((always_inline))

// The output may be the same memory as an operand of the same layout: element i of the output then
// depends on element i of the operand alone, which is safe to vectorise, but which the compiler's
// own overlap check would send to the scalar loop.
#define CK_VECTORIZED _Pragma("clang loop vectorize(assume_safety)")
#define CK_UNROLLED _Pragma("clang loop unroll(full)")

#define CK_PASTE_EXPANDED(a, b, c) ck_##a##b##c
#define CK_PASTE(a, b, c) CK_PASTE_EXPANDED(a, b, c)

// The name of a kernel for the number and the width at hand.
#define NAME(name) CK_PASTE(name, CK_SUFFIX, CK_WIDTH)

#define CK_MIN(a, b) ((a) < (b) ? (a) : (b))
#define CK_MAX(a, b) ((a) > (b) ? (a) : (b))

#endif
