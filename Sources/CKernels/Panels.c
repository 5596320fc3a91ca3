// The inner loops of matrix products: a panel of columns as wide as two vectors, or one, kept in
// registers over the whole depth.
//
// Every number of the result is start + a_0 b_0 + a_1 b_1 + …, summed in that order whatever the
// size of the tile it falls in. So a row has the same bits whichever rows are computed with it.

#include "Multiversion.h"
#include "Tiles.h"

#ifndef SCALAR

#define CK_BODY "Panels.c"
#include "BothScalars.h"

#else

enum { NAME(lanes) = VECTOR_BYTES / sizeof(SCALAR) };

typedef SCALAR NAME(vector) __attribute__((vector_size(VECTOR_BYTES), aligned(sizeof(SCALAR))));

// A tile of `height` rows by `width` vectors. Both are constants where this is inlined.
CK_INLINE void NAME(tile)(
  const int height, const int width, int64_t depth, const SCALAR *a, int64_t a_row,
  int64_t a_step, const SCALAR *b, int64_t b_row, SCALAR *c, int64_t c_row, const SCALAR *start,
  int64_t start_row
) {
  enum { LANES = NAME(lanes) };
  NAME(vector) total[8][2];
  _Pragma("clang loop unroll(full)")
  for (int i = 0; i < height; i++) {
    _Pragma("clang loop unroll(full)")
    for (int v = 0; v < width; v++) {
      total[i][v] = *(const NAME(vector) *)(start + i * start_row + v * LANES);
    }
  }
  for (int64_t p = 0; p < depth; p++) {
    NAME(vector) row[2];
    _Pragma("clang loop unroll(full)")
    for (int v = 0; v < width; v++) { row[v] = *(const NAME(vector) *)(b + v * LANES); }
    _Pragma("clang loop unroll(full)")
    for (int i = 0; i < height; i++) {
      const SCALAR x = a[i * a_row];
      _Pragma("clang loop unroll(full)")
      for (int v = 0; v < width; v++) { total[i][v] += x * row[v]; }
    }
    a += a_step;
    b += b_row;
  }
  _Pragma("clang loop unroll(full)")
  for (int i = 0; i < height; i++) {
    _Pragma("clang loop unroll(full)")
    for (int v = 0; v < width; v++) {
      *(NAME(vector) *)(c + i * c_row + v * LANES) = total[i][v];
    }
  }
}

// Rows in blocks of `tall`; what is left is evened out (7 is 4 + 3, not 6 + 1), because a short
// tile has too few independent sums to hide the latency of an addition.
#define PANEL(name, width, tall, CASES) \
  CK_MULTIVERSIONED void NAME(name)( \
    int64_t rows, int64_t depth, const SCALAR *a, int64_t a_row, int64_t a_step, \
    const SCALAR *b, int64_t b_row, SCALAR *c, int64_t c_row, const SCALAR *start, \
    int64_t start_row \
  ) { \
    while (rows > 0) { \
      const int64_t height = \
        rows >= 2 * (tall) || rows == (tall) ? (tall) : rows > (tall) ? (rows + 1) / 2 : rows; \
      switch (height) { CASES } \
      a += height * a_row; \
      c += height * c_row; \
      start += height * start_row; \
      rows -= height; \
    } \
  }
#define CASE(height, width) \
  case height: \
    NAME(tile)(height, width, depth, a, a_row, a_step, b, b_row, c, c_row, start, start_row); \
    break;
#define SIX_CASES(width) \
  CASE(1, width) CASE(2, width) CASE(3, width) CASE(4, width) CASE(5, width) CASE(6, width)
#define EIGHT_CASES(width) SIX_CASES(width) CASE(7, width) CASE(8, width)

PANEL(wide_panel, 2, 6, SIX_CASES(2))
PANEL(narrow_panel, 1, 8, EIGHT_CASES(1))

#undef PANEL
#undef CASE
#undef SIX_CASES
#undef EIGHT_CASES

#endif
