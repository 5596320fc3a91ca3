// The inner loops of matrix products: a panel of columns, one to four vectors wide, kept in registers
// over the whole depth.
//
// Every number of the result is start + a_0 b_0 + a_1 b_1 + …, one chain of multiply-adds in that order
// whatever the size of the tile it falls in and the width of the vectors. So a row has the same bits
// whichever rows are computed with it, on whichever processor.

#include "Kernel.h"

#ifndef SCALAR

enum { FAR_APART = 512 };

#define CK_BODY "Panels.c"
#include "EveryVersion.h"

#else

#include "Tiles.h"

enum { NAME(lanes) = VECTOR_BYTES / sizeof(SCALAR) };

typedef SCALAR NAME(vector) __attribute__((vector_size(VECTOR_BYTES), aligned(sizeof(SCALAR))));

// A tile of `height` rows by `width` vectors. Both are constants where this is inlined.
CK_INLINE void NAME(tile)(
  const int height, const int width, int64_t depth, const SCALAR *a, int64_t a_row,
  int64_t a_step, const SCALAR *b, int64_t b_row, SCALAR *c, int64_t c_row, const SCALAR *start,
  int64_t start_row
) {
  enum { LANES = NAME(lanes) };
  NAME(vector) total[12][4];
  CK_UNROLLED
  for (int i = 0; i < height; i++) {
    CK_UNROLLED
    for (int v = 0; v < width; v++) {
      total[i][v] = *(const NAME(vector) *)(start + i * start_row + v * LANES);
    }
  }
  for (int64_t p = 0; p < depth; p++) {
    NAME(vector) row[4];
    CK_UNROLLED
    for (int v = 0; v < width; v++) { row[v] = *(const NAME(vector) *)(b + v * LANES); }
    CK_UNROLLED
    for (int i = 0; i < height; i++) {
      const SCALAR x = a[i * a_row];
      CK_UNROLLED
      for (int v = 0; v < width; v++) { total[i][v] += x * row[v]; }
    }
    a += a_step;
    b += b_row;
  }
  CK_UNROLLED
  for (int i = 0; i < height; i++) {
    CK_UNROLLED
    for (int v = 0; v < width; v++) {
      *(NAME(vector) *)(c + i * c_row + v * LANES) = total[i][v];
    }
  }
}

// Rows of the next tile, of at most `tall`. What is left at the end is evened out (7 is 4 + 3, not
// 6 + 1), because a short tile has too few independent sums to hide the latency of an addition.
CK_INLINE int64_t NAME(tile_rows)(int64_t rows, int64_t tall) {
  return rows >= 2 * tall || rows == tall ? tall : rows > tall ? (rows + 1) / 2 : rows;
}

// Results of the next tile, whose rows are so far apart that the processor does not foresee them.
CK_INLINE void NAME(prefetch)(const SCALAR *c, int64_t rows, int64_t c_row, int width) {
  for (int64_t i = 0; i < rows; i++) {
    __builtin_prefetch(c + i * c_row, 1);
    __builtin_prefetch(c + i * c_row + width * NAME(lanes) - 1, 1);
  }
}

#define CASE(height, width) \
  case height: \
    if (a_row == NAME(interleaved)) { \
      NAME(tile)(height, width, depth, a, 1, height, b, b_row, c, c_row, start, start_row); \
    } else { \
      NAME(tile)(height, width, depth, a, a_row, a_step, b, b_row, c, c_row, start, start_row); \
    } \
    break;
#define CASES_3(width) CASE(1, width) CASE(2, width) CASE(3, width)
#define CASES_6(width) CASES_3(width) CASE(4, width) CASE(5, width) CASE(6, width)
#define CASES_8(width) CASES_6(width) CASE(7, width) CASE(8, width)
#define CASES_12(width) CASES_8(width) CASE(9, width) CASE(10, width) CASE(11, width) CASE(12, width)

#define PANEL(name, width, tall, CASES) \
  CK_INLINE void NAME(name)( \
    int64_t rows, int64_t depth, const SCALAR *a, int64_t a_row, int64_t a_step, \
    const SCALAR *b, int64_t b_row, SCALAR *c, int64_t c_row, const SCALAR *start, \
    int64_t start_row \
  ) { \
    const bool far = c_row >= FAR_APART; \
    const int64_t highest = a_row == NAME(interleaved) ? PANEL_ROWS : (tall); \
    while (rows > 0) { \
      const int64_t height = NAME(tile_rows)(rows, highest); \
      if (far) { NAME(prefetch)(c + height * c_row, CK_MIN(height, rows - height), c_row, width); } \
      switch (height) { CASES(width) } \
      a += height * (a_row == NAME(interleaved) ? depth : a_row); \
      c += height * c_row; \
      start += height * start_row; \
      rows -= height; \
    } \
  }

#if PANEL_ROWS == 12
PANEL(one_vector, 1, 12, CASES_12)
#else
PANEL(one_vector, 1, 8, CASES_8)
#endif
#if PANEL_ROWS == 3
PANEL(two_vectors, 2, 3, CASES_3)
#elif PANEL_ROWS == 6
PANEL(two_vectors, 2, 6, CASES_6)
#else
PANEL(two_vectors, 2, 12, CASES_12)
#endif
#if FEW_ROWS == 6
PANEL(four_vectors, 4, 6, CASES_6)
#else
PANEL(four_vectors, 4, 3, CASES_3)
#endif

void NAME(panel)(
  int64_t vectors, int64_t rows, int64_t depth, const SCALAR *a, int64_t a_row, int64_t a_step,
  const SCALAR *b, int64_t b_row, SCALAR *c, int64_t c_row, const SCALAR *start,
  int64_t start_row
) {
  switch (vectors) {
    case 1:
      NAME(one_vector)(rows, depth, a, a_row, a_step, b, b_row, c, c_row, start, start_row);
      break;
    case 2:
      NAME(two_vectors)(rows, depth, a, a_row, a_step, b, b_row, c, c_row, start, start_row);
      break;
    default:
      NAME(four_vectors)(rows, depth, a, a_row, a_step, b, b_row, c, c_row, start, start_row);
  }
}

void NAME(interleave)(
  int64_t rows, int64_t depth, SCALAR *out, const SCALAR *a, int64_t a_step
) {
  int64_t whole = 0;
  while (NAME(tile_rows)(rows - whole, PANEL_ROWS) == PANEL_ROWS) { whole += PANEL_ROWS; }
  // Along the rows of the stored Aᵀ, each of which may lie on a page of its own. Whole vectors are copied;
  // what is too much the next row writes over, so that the last row must be exact.
  enum { WHOLE_VECTORS = (PANEL_ROWS * sizeof(SCALAR) + VECTOR_BYTES - 1) / VECTOR_BYTES };
  for (int64_t p = 0; p < depth - 1; p++) {
    const SCALAR *from = a + p * a_step;
    __builtin_prefetch(from + 8 * a_step);
    for (int64_t i = 0; i < whole; i += PANEL_ROWS) {
      memcpy(out + i * depth + p * PANEL_ROWS, from + i, WHOLE_VECTORS * VECTOR_BYTES);
    }
  }
  for (int64_t i = 0; i < whole && depth > 0; i += PANEL_ROWS) {
    const int64_t p = depth - 1;
    memcpy(
      out + i * depth + p * PANEL_ROWS, a + p * a_step + i, PANEL_ROWS * sizeof(SCALAR));
  }
  for (int64_t i = whole; i < rows;) {
    const int64_t height = NAME(tile_rows)(rows - i, PANEL_ROWS);
    SCALAR *to = out + i * depth;
    for (int64_t p = 0; p < depth; p++) {
      for (int64_t r = 0; r < height; r++) { to[p * height + r] = a[p * a_step + i + r]; }
    }
    i += height;
  }
}

#undef PANEL
#undef CASE
#undef CASES_3
#undef CASES_6
#undef CASES_8
#undef CASES_12

#endif
