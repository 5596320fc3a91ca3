// Matrix products with one to four columns: each result is a dot product along contiguous rows.
//
// A result is start + (the lanes of one vector of partial sums, added in halves) + what is left of
// the depth, one by one: the same for every row, however many rows are computed together.

#include "Kernel.h"


#ifndef SCALAR

// The lanes are part of what a product is: at every width the same.
enum { DOT_BYTES = 32 };

#define CK_BODY "DotProducts.c"
#include "EveryVersion.h"

#else

#include "Tiles.h"

enum { NAME(lanes) = DOT_BYTES / sizeof(SCALAR) };

typedef SCALAR NAME(vector) __attribute__((vector_size(DOT_BYTES), aligned(sizeof(SCALAR))));

// The sums of the lanes of four vectors, as one vector of four.
#if CK_IS_FLOAT
typedef float NAME(four) __attribute__((vector_size(16), aligned(4)));
#else
typedef double NAME(four) __attribute__((vector_size(32), aligned(8)));
#endif

CK_INLINE void NAME(add_lanes)(SCALAR out[4], const NAME(vector) x[4]) {
  typedef NAME(vector) v;
#if CK_IS_FLOAT
#define EVEN(a, b) __builtin_shufflevector(a, b, 0, 2, 8, 10, 4, 6, 12, 14)
#define ODD(a, b) __builtin_shufflevector(a, b, 1, 3, 9, 11, 5, 7, 13, 15)
  const v s = EVEN(x[0], x[1]) + ODD(x[0], x[1]), t = EVEN(x[2], x[3]) + ODD(x[2], x[3]);
  const v u = EVEN(s, t) + ODD(s, t);
  *(NAME(four) *)out =
    __builtin_shufflevector(u, u, 0, 1, 2, 3) + __builtin_shufflevector(u, u, 4, 5, 6, 7);
#undef EVEN
#undef ODD
#else
  const v s = __builtin_shufflevector(x[0], x[1], 0, 4, 2, 6)
    + __builtin_shufflevector(x[0], x[1], 1, 5, 3, 7);
  const v t = __builtin_shufflevector(x[2], x[3], 0, 4, 2, 6)
    + __builtin_shufflevector(x[2], x[3], 1, 5, 3, 7);
  *(NAME(four) *)out =
    __builtin_shufflevector(s, t, 0, 1, 4, 5) + __builtin_shufflevector(s, t, 2, 3, 6, 7);
#endif
}

// `height` rows at once share the loads of b. Both extents are constants where this is inlined.
CK_INLINE void NAME(dots)(
  const int height, const int cols, int64_t depth, const SCALAR *a, int64_t a_row,
  const SCALAR *b, int64_t b_row, SCALAR *c, const SCALAR *start, int64_t start_row
) {
  enum { LANES = NAME(lanes) };
  NAME(vector) total[12];
  _Pragma("clang loop unroll(full)")
  for (int k = 0; k < 12; k++) { total[k] = (NAME(vector)){0}; }
  int64_t p = 0;
  for (; p + LANES <= depth; p += LANES) {
    NAME(vector) row[4];
    _Pragma("clang loop unroll(full)")
    for (int j = 0; j < cols; j++) { row[j] = *(const NAME(vector) *)(b + j * b_row + p); }
    _Pragma("clang loop unroll(full)")
    for (int i = 0; i < height; i++) {
      const NAME(vector) x = *(const NAME(vector) *)(a + i * a_row + p);
      _Pragma("clang loop unroll(full)")
      for (int j = 0; j < cols; j++) { total[i * cols + j] += x * row[j]; }
    }
  }
  SCALAR sums[12];
  _Pragma("clang loop unroll(full)")
  for (int k = 0; k < height * cols; k += 4) { NAME(add_lanes)(sums + k, total + k); }
  _Pragma("clang loop unroll(full)")
  for (int i = 0; i < height; i++) {
    _Pragma("clang loop unroll(full)")
    for (int j = 0; j < cols; j++) {
      SCALAR sum = start[i * start_row + j] + sums[i * cols + j];
      for (int64_t q = p; q < depth; q++) { sum += a[i * a_row + q] * b[j * b_row + q]; }
      c[i * cols + j] = sum;
    }
  }
}

#define DOTS(width, tall) \
  case width: \
    for (; i + (tall) <= rows; i += (tall)) { \
      NAME(dots)(tall, width, depth, a + i * a_row, a_row, b, b_row, c + i * (width), \
        start + i * start_row, start_row); \
    } \
    for (; i < rows; i++) { \
      NAME(dots)(1, width, depth, a + i * a_row, a_row, b, b_row, c + i * (width), \
        start + i * start_row, start_row); \
    } \
    break;

void NAME(dot_products)(
  int64_t rows, int64_t cols, int64_t depth, const SCALAR *a, int64_t a_row, const SCALAR *b,
  int64_t b_row, SCALAR *c, const SCALAR *start, int64_t start_row
) {
  int64_t i = 0;
  switch (cols) {
    DOTS(1, 8)
    DOTS(2, 4)
    DOTS(3, 4)
    DOTS(4, 3)
    default: break;
  }
}

#undef DOTS

#endif
