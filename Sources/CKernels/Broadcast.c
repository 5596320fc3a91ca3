// Element-wise kernels with two and three operands, each broadcast by its strides.
//
// Every kernel is a loop over operands that are dense or, for two operands, one number. The walk
// below cuts the iteration space into pieces for which that is true: all at once when every
// operand is dense or one number, row by row when rows are long, and otherwise tiles of whole rows
// with the broadcast operands expanded on the stack, so that rows of two to eight elements do not
// pay for a loop each.

#include "Kernel.h"

#ifndef SCALAR

enum { TILE = 512, SHORT_ROW = 48 };

#define CK_BODY "Broadcast.c"
#include "EveryVersion.h"

#else

// out[i] = f(a[i * a_stride], b[i * b_stride], c[i]); strides 0 or 1.
typedef void NAME(span_t)(
  int64_t n, SCALAR *out, const SCALAR *const operands[], const int64_t strides[]);

// tile[i * cols + j] = in[i * row_stride + j * col_stride].
void NAME(expand)(
  SCALAR *tile, int64_t rows, int64_t cols, const SCALAR *in, int64_t row_stride,
  int64_t col_stride
) {
#define EXPAND(width) \
  for (int64_t i = 0; i < rows; i++) { \
    for (int64_t j = 0; j < (width); j++) { \
      tile[i * (width) + j] = in[i * row_stride + j * col_stride]; \
    } \
  }
#define EXPAND_COLUMN(width) \
  for (int64_t i = 0; i < rows; i++) { \
    const SCALAR x = in[i * row_stride]; \
    for (int64_t j = 0; j < (width); j++) { tile[i * (width) + j] = x; } \
  }
  if (col_stride == 0) {
    switch (cols) {
      case 1: EXPAND_COLUMN(1) break;
      case 2: EXPAND_COLUMN(2) break;
      case 3: EXPAND_COLUMN(3) break;
      case 4: EXPAND_COLUMN(4) break;
      case 6: EXPAND_COLUMN(6) break;
      case 8: EXPAND_COLUMN(8) break;
      default: EXPAND_COLUMN(cols)
    }
  } else {
    switch (cols) {
      case 2: EXPAND(2) break;
      case 4: EXPAND(4) break;
      case 8: EXPAND(8) break;
      default: EXPAND(cols)
    }
  }
#undef EXPAND
#undef EXPAND_COLUMN
}

// `scalars` says whether the span takes operands of stride 0.
static void NAME(broadcast)(
  const ck_instruction *step, int count, bool scalars, NAME(span_t) *span
) {
  const int64_t rows = step->rows, cols = step->cols;
  if (rows <= 0 || cols <= 0) { return; }
  SCALAR tiles[3][TILE];
  const SCALAR *operands[3];
  int64_t strides[3], row_steps[3];
  bool flat[3], shared[3];
  bool all_flat = true, rows_suffice = true;
  for (int k = 0; k < count; k++) {
    const int64_t row_stride = rows == 1 ? 0 : step->row_stride[k];
    const int64_t col_stride = cols == 1 ? 0 : step->col_stride[k];
    operands[k] = step->in[k];
    row_steps[k] = row_stride;
    // One number, or dense: the same function of the flat index.
    const bool number = row_stride == 0 && col_stride == 0;
    const bool dense = (rows == 1 || step->row_stride[k] == cols)
      && (cols == 1 || step->col_stride[k] == 1);
    strides[k] = number ? 0 : cols == 1 ? 1 : col_stride;
    flat[k] = (number && scalars) || dense;
    if (dense) { strides[k] = 1; }
    shared[k] = row_stride == 0;
    all_flat = all_flat && flat[k];
    rows_suffice = rows_suffice && (scalars || strides[k] == 1);
  }
  SCALAR *out = step->out;
  if (all_flat) {
    span(rows * cols, out, operands, strides);
    return;
  }
  if (cols >= SHORT_ROW && rows_suffice) {
    for (int64_t i = 0; i < rows; i++) {
      span(cols, out + i * cols, operands, strides);
      for (int k = 0; k < count; k++) { operands[k] += row_steps[k]; }
    }
    return;
  }
  // Columns are cut too, for rows longer than a tile.
  const int64_t width = CK_MIN(cols, TILE);
  const int64_t height = width < cols ? 1 : TILE / width;
  for (int64_t j = 0; j < cols; j += width) {
    const int64_t n = CK_MIN(width, cols - j);
    for (int64_t i = 0; i < rows; i += height) {
      const int64_t m = CK_MIN(height, rows - i);
      const SCALAR *pieces[3];
      int64_t piece_strides[3];
      for (int k = 0; k < count; k++) {
        const int64_t col_stride = step->col_stride[k];
        const SCALAR *first =
          (const SCALAR *)step->in[k] + i * step->row_stride[k] + j * col_stride;
        piece_strides[k] = 1;
        if (flat[k]) {
          pieces[k] = first;
          piece_strides[k] = strides[k];
          continue;
        }
        pieces[k] = tiles[k];
        // What all rows share stays in its tile.
        if (shared[k] && i > 0) { continue; }
        NAME(expand)(tiles[k], m, n, first, step->row_stride[k], col_stride);
      }
      span(m * n, out + i * cols + j, pieces, piece_strides);
    }
  }
}

#define BINARY(name, expression) \
  void NAME(name##_span)( \
    int64_t n, SCALAR *out, const SCALAR *const operands[], const int64_t strides[] \
  ) { \
    const SCALAR *a_first = operands[0], *b_first = operands[1]; \
    if (strides[0] == 0 && strides[1] == 0) { \
      const SCALAR a = *a_first, b = *b_first; \
      const SCALAR y = expression; \
      for (int64_t i = 0; i < n; i++) { out[i] = y; } \
    } else if (strides[0] == 0) { \
      const SCALAR a = *a_first; \
      CK_VECTORIZED \
      for (int64_t i = 0; i < n; i++) { const SCALAR b = b_first[i]; out[i] = expression; } \
    } else if (strides[1] == 0) { \
      const SCALAR b = *b_first; \
      CK_VECTORIZED \
      for (int64_t i = 0; i < n; i++) { const SCALAR a = a_first[i]; out[i] = expression; } \
    } else { \
      CK_VECTORIZED \
      for (int64_t i = 0; i < n; i++) { \
        const SCALAR a = a_first[i], b = b_first[i]; \
        out[i] = expression; \
      } \
    } \
  } \
  void NAME(name)(const ck_instruction *step) { \
    NAME(broadcast)(step, 2, true, NAME(name##_span)); \
  }

BINARY(add, a + b)
BINARY(subtract, a - b)
BINARY(multiply, a * b)
BINARY(divide, a / b)
// NaN in either operand gives NaN: a step that went wrong must be seen.
BINARY(minimum, ((a < b) | (a != a)) ? a : b)
BINARY(maximum, ((a > b) | (a != a)) ? a : b)
BINARY(greater, (SCALAR)(a > b))
BINARY(greater_equal, (SCALAR)(a >= b))
BINARY(equal, (SCALAR)(a == b))
BINARY(tanh_gradient, a * (1 - b * b))
BINARY(sigmoid_gradient, a * b * (1 - b))
BINARY(relu_gradient, b > 0 ? a : 0)
BINARY(elu_gradient, b > 0 ? a : a * (b + 1))

#define TERNARY(name, expression) \
  void NAME(name##_span)( \
    int64_t n, SCALAR *out, const SCALAR *const operands[], const int64_t strides[] \
  ) { \
    (void)strides; \
    const SCALAR *a_first = operands[0], *b_first = operands[1], *c_first = operands[2]; \
    CK_VECTORIZED \
    for (int64_t i = 0; i < n; i++) { \
      const SCALAR a = a_first[i], b = b_first[i], c = c_first[i]; \
      out[i] = expression; \
    } \
  } \
  void NAME(name)(const ck_instruction *step) { \
    NAME(broadcast)(step, 3, false, NAME(name##_span)); \
  }

TERNARY(select, a != 0 ? b : c)
TERNARY(multiply_add, a * b + c)
TERNARY(tanh_curvature, -2 * (a * b) * c)

#undef BINARY
#undef TERNARY

#endif
