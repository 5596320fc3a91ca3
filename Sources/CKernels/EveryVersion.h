// Compiles the file named by CK_BODY for float and double, at every width of vectors that this kind of
// processor may have. Which of them runs is settled once per process (Width.c, Dispatch.c); no compiler
// flag is needed, so that the package stays usable as a dependency.
//
// Inside a body:
//   SCALAR           float or double
//   BITS             the unsigned integer of its size
//   CK_WIDTH         the width as in RELAXRL_VECTOR_BITS, the end of each name
//   VECTOR_BYTES     what a matrix product takes for one vector
//   PANEL_ROWS       rows of a tile two vectors wide, as many as the registers hold
//   FEW_ROWS         up to so many rows a tile is FEW_ROWS_VECTORS wide
//   DEPTH_BLOCK      how deep a panel of B is that stays in the first-level cache

#if defined(__x86_64__)

// The baseline has 16 registers of 128 bits and no fused multiply-add.
#define CK_WIDTH _128
#define VECTOR_BYTES 32
#define PANEL_ROWS 3
#define FEW_ROWS 2
#define FEW_ROWS_VECTORS 2
#define DEPTH_BLOCK 320
#include "BothScalars.h"

#pragma clang attribute push(__attribute__((target("arch=x86-64-v3"))), apply_to = function)
#define CK_WIDTH _256
#define VECTOR_BYTES 32
#define PANEL_ROWS 6
#define FEW_ROWS 2
#define FEW_ROWS_VECTORS 4
#define DEPTH_BLOCK 320
#include "BothScalars.h"
#pragma clang attribute pop

// Not x86-64-v4: for that name the compiler keeps to 256 bits. Tests compile the same code for 256 bits
// (CK_EMULATE_512), to run it where no processor has more.
#ifdef CK_EMULATE_512
#define CK_TARGET_512 "arch=x86-64-v3"
#else
#define CK_TARGET_512 "arch=x86-64-v3,avx512f,avx512bw,avx512cd,avx512dq,avx512vl"
#endif
#pragma clang attribute push(__attribute__((target(CK_TARGET_512))), apply_to = function)
#define CK_WIDTH _512
#define VECTOR_BYTES 64
#define PANEL_ROWS 12
#define FEW_ROWS 6
#define FEW_ROWS_VECTORS 4
#define DEPTH_BLOCK 256
#include "BothScalars.h"
#pragma clang attribute pop

#else

// arm64: 32 registers of 128 bits, and multiply-adds are fused.
#define CK_WIDTH _128
#define VECTOR_BYTES 32
#define PANEL_ROWS 6
#define FEW_ROWS 2
#define FEW_ROWS_VECTORS 4
#define DEPTH_BLOCK 320
#include "BothScalars.h"

#endif

#undef CK_BODY
