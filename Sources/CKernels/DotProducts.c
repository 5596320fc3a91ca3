// Matrix products with one to three columns: each result is a dot product along contiguous rows.

#include "Multiversion.h"
#include "Tiles.h"

#ifndef SCALAR

#define CK_BODY "DotProducts.c"
#include "BothScalars.h"

#else

enum { NAME(lanes) = VECTOR_BYTES / sizeof(SCALAR) };

typedef SCALAR NAME(vector) __attribute__((vector_size(VECTOR_BYTES), aligned(sizeof(SCALAR))));

CK_INLINE SCALAR NAME(add_lanes)(const NAME(vector) *x) {
#if CK_IS_FLOAT
  return (((*x)[0] + (*x)[4]) + ((*x)[2] + (*x)[6])) + (((*x)[1] + (*x)[5]) + ((*x)[3] + (*x)[7]));
#else
  return ((*x)[0] + (*x)[2]) + ((*x)[1] + (*x)[3]);
#endif
}

// `height` rows at once share the loads of b. Both extents are constants where this is inlined.
CK_INLINE void NAME(dots)(
  const int height, const int cols, int64_t depth, const SCALAR *a, int64_t a_row,
  const SCALAR *b, int64_t b_row, SCALAR *c, const SCALAR *start, int64_t start_row
) {
  enum { LANES = NAME(lanes) };
  NAME(vector) total[8][3];
  _Pragma("clang loop unroll(full)")
  for (int i = 0; i < height; i++) {
    _Pragma("clang loop unroll(full)")
    for (int j = 0; j < cols; j++) { total[i][j] = (NAME(vector)){0}; }
  }
  int64_t p = 0;
  for (; p + LANES <= depth; p += LANES) {
    NAME(vector) row[3];
    _Pragma("clang loop unroll(full)")
    for (int j = 0; j < cols; j++) { row[j] = *(const NAME(vector) *)(b + j * b_row + p); }
    _Pragma("clang loop unroll(full)")
    for (int i = 0; i < height; i++) {
      const NAME(vector) x = *(const NAME(vector) *)(a + i * a_row + p);
      _Pragma("clang loop unroll(full)")
      for (int j = 0; j < cols; j++) { total[i][j] += x * row[j]; }
    }
  }
  _Pragma("clang loop unroll(full)")
  for (int i = 0; i < height; i++) {
    _Pragma("clang loop unroll(full)")
    for (int j = 0; j < cols; j++) {
      SCALAR sum = start[i * start_row + j] + NAME(add_lanes)(&total[i][j]);
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

CK_MULTIVERSIONED void NAME(dot_products)(
  int64_t rows, int64_t cols, int64_t depth, const SCALAR *a, int64_t a_row, const SCALAR *b,
  int64_t b_row, SCALAR *c, const SCALAR *start, int64_t start_row
) {
  int64_t i = 0;
  switch (cols) {
    DOTS(1, 8)
    DOTS(2, 4)
    DOTS(3, 4)
    default: break;
  }
}

#undef DOTS

#endif
