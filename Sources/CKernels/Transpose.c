// Transposing a matrix by square blocks held in registers.

#include "Multiversion.h"
#include "Tiles.h"

#ifndef SCALAR

#define CK_BODY "Transpose.c"
#include "BothScalars.h"

#else

enum { NAME(side) = VECTOR_BYTES / sizeof(SCALAR) };

typedef SCALAR NAME(vector) __attribute__((vector_size(VECTOR_BYTES), aligned(sizeof(SCALAR))));

// One block of side by side numbers: the within-half steps, then the exchange of halves.
CK_INLINE void NAME(transpose_block)(
  SCALAR *out, int64_t out_row, const SCALAR *in, int64_t in_row
) {
  typedef NAME(vector) v;
#define ROW(i) (*(const v *)(in + (i) * in_row))
#define COLUMN(j) (*(v *)(out + (j) * out_row))
#if CK_IS_FLOAT
#define LOW(x, y) __builtin_shufflevector(x, y, 0, 8, 1, 9, 4, 12, 5, 13)
#define HIGH(x, y) __builtin_shufflevector(x, y, 2, 10, 3, 11, 6, 14, 7, 15)
#define LOW_PAIRS(x, y) __builtin_shufflevector(x, y, 0, 1, 8, 9, 4, 5, 12, 13)
#define HIGH_PAIRS(x, y) __builtin_shufflevector(x, y, 2, 3, 10, 11, 6, 7, 14, 15)
#define LOW_HALVES(x, y) __builtin_shufflevector(x, y, 0, 1, 2, 3, 8, 9, 10, 11)
#define HIGH_HALVES(x, y) __builtin_shufflevector(x, y, 4, 5, 6, 7, 12, 13, 14, 15)
  const v r0 = ROW(0), r1 = ROW(1), r2 = ROW(2), r3 = ROW(3);
  const v r4 = ROW(4), r5 = ROW(5), r6 = ROW(6), r7 = ROW(7);
  const v s0 = LOW(r0, r1), s1 = HIGH(r0, r1), s2 = LOW(r2, r3), s3 = HIGH(r2, r3);
  const v s4 = LOW(r4, r5), s5 = HIGH(r4, r5), s6 = LOW(r6, r7), s7 = HIGH(r6, r7);
  const v t0 = LOW_PAIRS(s0, s2), t1 = HIGH_PAIRS(s0, s2);
  const v t2 = LOW_PAIRS(s1, s3), t3 = HIGH_PAIRS(s1, s3);
  const v t4 = LOW_PAIRS(s4, s6), t5 = HIGH_PAIRS(s4, s6);
  const v t6 = LOW_PAIRS(s5, s7), t7 = HIGH_PAIRS(s5, s7);
  COLUMN(0) = LOW_HALVES(t0, t4);
  COLUMN(1) = LOW_HALVES(t1, t5);
  COLUMN(2) = LOW_HALVES(t2, t6);
  COLUMN(3) = LOW_HALVES(t3, t7);
  COLUMN(4) = HIGH_HALVES(t0, t4);
  COLUMN(5) = HIGH_HALVES(t1, t5);
  COLUMN(6) = HIGH_HALVES(t2, t6);
  COLUMN(7) = HIGH_HALVES(t3, t7);
#undef LOW_PAIRS
#undef HIGH_PAIRS
#else
#define LOW(x, y) __builtin_shufflevector(x, y, 0, 4, 2, 6)
#define HIGH(x, y) __builtin_shufflevector(x, y, 1, 5, 3, 7)
#define LOW_HALVES(x, y) __builtin_shufflevector(x, y, 0, 1, 4, 5)
#define HIGH_HALVES(x, y) __builtin_shufflevector(x, y, 2, 3, 6, 7)
  const v r0 = ROW(0), r1 = ROW(1), r2 = ROW(2), r3 = ROW(3);
  const v s0 = LOW(r0, r1), s1 = HIGH(r0, r1), s2 = LOW(r2, r3), s3 = HIGH(r2, r3);
  COLUMN(0) = LOW_HALVES(s0, s2);
  COLUMN(1) = LOW_HALVES(s1, s3);
  COLUMN(2) = HIGH_HALVES(s0, s2);
  COLUMN(3) = HIGH_HALVES(s1, s3);
#endif
#undef LOW
#undef HIGH
#undef LOW_HALVES
#undef HIGH_HALVES
#undef ROW
#undef COLUMN
}

CK_MULTIVERSIONED void NAME(transpose)(
  int64_t rows, int64_t cols, SCALAR *out, int64_t out_row, const SCALAR *in, int64_t in_row
) {
  const int64_t side = NAME(side);
  const int64_t block_rows = rows / side * side, block_cols = cols / side * side;
  for (int64_t i = 0; i < block_rows; i += side) {
    for (int64_t j = 0; j < block_cols; j += side) {
      NAME(transpose_block)(out + j * out_row + i, out_row, in + i * in_row + j, in_row);
    }
  }
  for (int64_t i = 0; i < rows; i++) {
    const int64_t first = i < block_rows ? block_cols : 0;
    for (int64_t j = first; j < cols; j++) { out[j * out_row + i] = in[i * in_row + j]; }
  }
}

#endif
