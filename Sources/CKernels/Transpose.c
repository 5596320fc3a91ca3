// Transposing a matrix by blocks held in registers.
//
// A vector is loaded as pieces of 16 bytes from several rows. Then it takes only exchanges within the 16
// bytes, all pieces at once, until each vector holds one column of a block.

#include "Kernel.h"

#ifndef SCALAR

#define CK_BODY "Transpose.c"
#include "EveryVersion.h"

#else

#include "Tiles.h"

enum {
  NAME(piece) = 16 / sizeof(SCALAR),              // numbers in 16 bytes: columns of a block
  NAME(side) = VECTOR_BYTES / sizeof(SCALAR),     // rows of a block
};

typedef SCALAR NAME(vector) __attribute__((vector_size(VECTOR_BYTES), aligned(sizeof(SCALAR))));
typedef SCALAR NAME(quarter) __attribute__((vector_size(16), aligned(sizeof(SCALAR))));
typedef SCALAR NAME(half) __attribute__((vector_size(32), aligned(sizeof(SCALAR))));

// Pieces from the rows `in`, `in + step`, …, one after the other. (By address, because a vector this long has no
// register to be returned in at every width.)
CK_INLINE void NAME(gather_pieces)(NAME(vector) *out, const SCALAR *in, int64_t step) {
#define PIECE(i) (*(const NAME(quarter) *)(in + (i) * step))
#if CK_IS_FLOAT
#define JOIN(a, b) __builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7)
#define JOIN_HALVES(a, b) \
  __builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
#else
#define JOIN(a, b) __builtin_shufflevector(a, b, 0, 1, 2, 3)
#define JOIN_HALVES(a, b) __builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7)
#endif
  const NAME(half) low = JOIN(PIECE(0), PIECE(1));
#if VECTOR_BYTES == 32
  *out = low;
#else
  const NAME(half) high = JOIN(PIECE(2), PIECE(3));
  *out = JOIN_HALVES(low, high);
#endif
#undef PIECE
#undef JOIN
#undef JOIN_HALVES
}

// A block of `side` rows by `piece` columns.
CK_INLINE void NAME(transpose_block)(
  SCALAR *out, int64_t out_row, const SCALAR *in, int64_t in_row
) {
  typedef NAME(vector) v;
  v r[NAME(piece)];
  CK_UNROLLED
  for (int i = 0; i < NAME(piece); i++) {
    NAME(gather_pieces)(&r[i], in + i * in_row, NAME(piece) * in_row);
  }
#define COLUMN(j) (*(v *)(out + (j) * out_row))
// Low or high numbers (FIRST) and pairs of numbers (PAIRS) of each 16 bytes of x and y, in turns.
#if CK_IS_FLOAT && VECTOR_BYTES == 32
#define FIRST_LOW(x, y) __builtin_shufflevector(x, y, 0, 8, 1, 9, 4, 12, 5, 13)
#define FIRST_HIGH(x, y) __builtin_shufflevector(x, y, 2, 10, 3, 11, 6, 14, 7, 15)
#define PAIRS_LOW(x, y) __builtin_shufflevector(x, y, 0, 1, 8, 9, 4, 5, 12, 13)
#define PAIRS_HIGH(x, y) __builtin_shufflevector(x, y, 2, 3, 10, 11, 6, 7, 14, 15)
#elif CK_IS_FLOAT
#define FIRST_LOW(x, y) \
  __builtin_shufflevector(x, y, 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29)
#define FIRST_HIGH(x, y) \
  __builtin_shufflevector(x, y, 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31)
#define PAIRS_LOW(x, y) \
  __builtin_shufflevector(x, y, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29)
#define PAIRS_HIGH(x, y) \
  __builtin_shufflevector(x, y, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31)
#elif VECTOR_BYTES == 32
#define FIRST_LOW(x, y) __builtin_shufflevector(x, y, 0, 4, 2, 6)
#define FIRST_HIGH(x, y) __builtin_shufflevector(x, y, 1, 5, 3, 7)
#else
#define FIRST_LOW(x, y) __builtin_shufflevector(x, y, 0, 8, 2, 10, 4, 12, 6, 14)
#define FIRST_HIGH(x, y) __builtin_shufflevector(x, y, 1, 9, 3, 11, 5, 13, 7, 15)
#endif
#if CK_IS_FLOAT
  const v s0 = FIRST_LOW(r[0], r[1]), s1 = FIRST_HIGH(r[0], r[1]);
  const v s2 = FIRST_LOW(r[2], r[3]), s3 = FIRST_HIGH(r[2], r[3]);
  COLUMN(0) = PAIRS_LOW(s0, s2);
  COLUMN(1) = PAIRS_HIGH(s0, s2);
  COLUMN(2) = PAIRS_LOW(s1, s3);
  COLUMN(3) = PAIRS_HIGH(s1, s3);
#undef PAIRS_LOW
#undef PAIRS_HIGH
#else
  COLUMN(0) = FIRST_LOW(r[0], r[1]);
  COLUMN(1) = FIRST_HIGH(r[0], r[1]);
#endif
#undef FIRST_LOW
#undef FIRST_HIGH
#undef COLUMN
}

void NAME(transpose)(
  int64_t rows, int64_t cols, SCALAR *out, int64_t out_row, const SCALAR *in, int64_t in_row
) {
  const int64_t side = NAME(side), piece = NAME(piece);
  const int64_t block_rows = rows / side * side, block_cols = cols / piece * piece;
  for (int64_t i = 0; i < block_rows; i += side) {
    for (int64_t j = 0; j < block_cols; j += piece) {
      NAME(transpose_block)(out + j * out_row + i, out_row, in + i * in_row + j, in_row);
    }
  }
  for (int64_t i = 0; i < rows; i++) {
    const int64_t first = i < block_rows ? block_cols : 0;
    for (int64_t j = first; j < cols; j++) { out[j * out_row + i] = in[i * in_row + j]; }
  }
}

#endif
