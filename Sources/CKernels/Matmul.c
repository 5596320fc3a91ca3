// Matrix products: which way a product is computed, and how it is cut into panels.

#include "Kernel.h"

#ifndef SCALAR

enum {
  PACKED_BYTES = 393216, // packed columns of B, on the stack; with a block of A less than 512 KiB
  ROW_BLOCK = 48,        // rows finished, activation included, before the next are begun
  DOT_COLS = 4,          // up to here a row's results are dot products
  DOT_DEPTH = 1024,
  PACK_BYTES = 32768,    // a B larger than the first-level cache is copied for a product
  PACK_ROWS = 48,        // with so many rows,
  PACK_A_BYTES = 131072, // an A that fills a good part of the second-level cache
  PACK_COLS = 32,        // with so many columns
  FEW_COLS = 8,          // up to here Aᵀ B is computed as (Bᵀ A)ᵀ
};

#define CK_BODY "Matmul.c"
#include "EveryVersion.h"

#else

#include "Activations.h"
#include "Tiles.h"

enum {
  NAME(lanes) = VECTOR_BYTES / sizeof(SCALAR),
  NAME(packed) = PACKED_BYTES / sizeof(SCALAR),
};

// A matrix by its strides, and what becomes of the result.
typedef struct {
  int64_t rows, cols, depth;
  const SCALAR *a, *b;
  int64_t a_row, a_step, b_row, b_step;  // A[i, p] = a[i a_row + p a_step], B[p, j] = b[p b_step + j b_row]
  SCALAR *out;
  int64_t out_cols;   // the row length of `out`
  bool transposed;    // out[j, i] instead of out[i, j]
  bool accumulate;
  const SCALAR *bias; // or null; never with `accumulate` or `transposed`
  int32_t activation; // not with `transposed`
  const ck_instruction *windows; // whose A is windows of images, or null
} NAME(product);

static void NAME(activate)(int32_t activation, int64_t n, SCALAR *out) {
  switch (activation) {
    case CK_TANH: NAME(tanh_span)(n, out, out); break;
    case CK_RELU: NAME(relu_span)(n, out, out); break;
    case CK_ELU: NAME(elu_span)(n, out, out); break;
    case CK_SIGMOID: NAME(sigmoid_span)(n, out, out); break;
    case CK_SOFTPLUS: NAME(softplus_span)(n, out, out); break;
    default: break;
  }
}

// out[i] = bias, or out[i] += bias, for every row.
static void NAME(add_bias)(
  int64_t rows, int64_t cols, SCALAR *out, const SCALAR *bias, bool accumulate
) {
  for (int64_t i = 0; i < rows; i++) {
    SCALAR *row = out + i * cols;
    if (accumulate) {
      CK_VECTORIZED
      for (int64_t j = 0; j < cols; j++) { row[j] += bias[j]; }
    } else {
      memcpy(row, bias, (size_t)cols * sizeof(SCALAR));
    }
  }
}

// How many vectors wide a panel is when `left` columns are still to be done.
CK_INLINE int64_t NAME(panel_vectors)(int64_t left, int64_t widest) {
  const int64_t lanes = NAME(lanes);
  return left >= widest * lanes ? widest : left > lanes ? 2 : 1;
}

// The columns of one panel.
typedef struct {
  int64_t first, count;  // those that B has
  int64_t vectors;       // as wide as the panel is in registers
} NAME(columns);

// The panel that begins at column j of the columns [begin, end) that are computed together. Where fewer
// are left than it is wide it begins earlier: some numbers are computed twice, to the same bits, and
// nothing need be staged. Sums that go on from what `out` holds cannot be (`again`).
CK_INLINE NAME(columns) NAME(columns_at)(
  int64_t j, int64_t begin, int64_t end, int64_t widest, bool again
) {
  const int64_t vectors = NAME(panel_vectors)(end - j, widest);
  const int64_t width = vectors * NAME(lanes);
  if (end - j >= width) { return (NAME(columns)){j, width, vectors}; }
  if (again && end - begin >= width) { return (NAME(columns)){end - width, width, vectors}; }
  return (NAME(columns)){j, end - j, vectors};
}

// Copies `depth` rows of some columns of B to rows of `width`, the rest zeros.
static void NAME(pack)(
  const NAME(product) *x, int64_t p, int64_t depth, NAME(columns) columns, SCALAR *packed
) {
  const int64_t n = columns.count, width = columns.vectors * NAME(lanes);
  const SCALAR *b = x->b + p * x->b_step + columns.first * x->b_row;
  if (x->b_row != 1) {
    NAME(transpose)(n, depth, packed, width, b, x->b_row);
  } else if (n == 2 * NAME(lanes)) {
    for (int64_t q = 0; q < depth; q++) {
      memcpy(packed + q * width, b + q * x->b_step, 2 * VECTOR_BYTES);
    }
  } else {
    for (int64_t q = 0; q < depth; q++) {
      for (int64_t l = 0; l < n; l++) { packed[q * width + l] = b[q * x->b_step + l]; }
    }
  }
  if (n == width) { return; }
  for (int64_t q = 0; q < depth; q++) {
    for (int64_t l = n; l < width; l++) { packed[q * width + l] = 0; }
  }
}

// Rows [i, i + m) of a panel, over the depth block that begins at p. `a` is those rows of A, `b` the
// panel, rows of b_row.
static void NAME(multiply_panel)(
  const NAME(product) *x, int64_t i, int64_t m, NAME(columns) columns, int64_t p, int64_t depth,
  const SCALAR *a, int64_t a_row, int64_t a_step, const SCALAR *b, int64_t b_row
) {
  const int64_t j = columns.first, n = columns.count, width = columns.vectors * NAME(lanes);
  const bool resume = p > 0 || x->accumulate;
  const bool direct = !x->transposed && n == width;
  // What does not lie in `out` as the inner loops want it is staged here.
  SCALAR stage[(ROW_BLOCK + PANEL_ROWS) * 2 * NAME(lanes)];
  SCALAR start_row[4 * NAME(lanes)] = {0};
  SCALAR *c = stage;
  int64_t c_row = width;
  if (direct) {
    c = x->out + i * x->out_cols + j;
    c_row = x->out_cols;
  }
  const SCALAR *start = c;
  int64_t start_step = c_row;
  if (!resume) {
    start = start_row;
    start_step = 0;
    if (x->bias) { memcpy(start_row, x->bias + j, (size_t)n * sizeof(SCALAR)); }
  } else if (!direct && x->transposed) {
    NAME(transpose)(n, m, stage, width, x->out + j * x->out_cols + i, x->out_cols);
  } else if (!direct) {
    for (int64_t r = 0; r < m; r++) {
      for (int64_t l = 0; l < n; l++) {
        stage[r * width + l] = x->out[(i + r) * x->out_cols + j + l];
      }
    }
  }
  NAME(panel)(
    columns.vectors, m, depth, a, a_row, a_step, b, b_row, c, c_row, start, start_step);
  if (direct) { return; }
  if (x->transposed) {
    NAME(transpose)(m, n, x->out + j * x->out_cols + i, x->out_cols, stage, width);
    return;
  }
  for (int64_t r = 0; r < m; r++) {
    for (int64_t l = 0; l < n; l++) {
      x->out[(i + r) * x->out_cols + j + l] = stage[r * width + l];
    }
  }
}

// The activation of rows [i, i + m) and columns [j, end), once they are complete.
static void NAME(activate_block)(
  const NAME(product) *x, int64_t i, int64_t m, int64_t j, int64_t end
) {
  SCALAR *out = x->out + i * x->out_cols + j;
  if (end - j == x->out_cols) {
    NAME(activate)(x->activation, m * x->out_cols, out);
    return;
  }
  for (int64_t r = 0; r < m; r++) { NAME(activate)(x->activation, end - j, out + r * x->out_cols); }
}

static void NAME(multiply_by_panels)(const NAME(product) *x, bool pack) {
  SCALAR packed[NAME(packed)], packed_a[(ROW_BLOCK + PANEL_ROWS) * DEPTH_BLOCK];
  SCALAR gathered[(ROW_BLOCK + PANEL_ROWS) * DEPTH_BLOCK];
  const int64_t lanes = NAME(lanes);
  // Equal blocks of depth; a row that is cut is copied, lest its pieces, a whole row apart, evict each
  // other. So are the columns of a stored Aᵀ.
  const int64_t blocks = (x->depth + DEPTH_BLOCK - 1) / DEPTH_BLOCK;
  const int64_t depth_block = blocks > 1 ? ((x->depth + blocks - 1) / blocks + 7) / 8 * 8 : x->depth;
  const bool worth = x->cols >= PACK_COLS
    && x->depth * x->rows * (int64_t)sizeof(SCALAR) > PACK_A_BYTES;
  const bool interleave = worth && x->a_row == 1 && x->a_step > 1;
  const bool copy_rows = worth && x->a_step == 1 && blocks > 1 && x->rows > FEW_ROWS;
  // A few rows are one tile, which then is wider.
  const int64_t widest = x->rows <= FEW_ROWS && !x->transposed ? FEW_ROWS_VECTORS : 2;
  const int64_t col_block =
    pack ? NAME(packed) / CK_MAX(depth_block, 1) / (widest * lanes) * (widest * lanes) : x->cols;
  for (int64_t j0 = 0; j0 < x->cols; j0 += col_block) {
    const int64_t j1 = CK_MIN(j0 + col_block, x->cols);
    int64_t p = 0;
    do {
      const int64_t depth = CK_MIN(depth_block, x->depth - p);
      const bool again = p == 0 && !x->accumulate && !x->transposed;
      // Packed panels lie one after the other; without packing only an odd last panel does.
      SCALAR *next = packed;
      for (int64_t j = j0; j < j1;) {
        const NAME(columns) columns = NAME(columns_at)(j, j0, j1, widest, again);
        if (pack || columns.count != columns.vectors * lanes) {
          NAME(pack)(x, p, depth, columns, next);
          next += columns.vectors * lanes * depth;
        }
        j = columns.first + columns.count;
      }
      for (int64_t i = 0; i < x->rows;) {
        const int64_t left = x->rows - i, m = left <= ROW_BLOCK + PANEL_ROWS ? left : ROW_BLOCK;
        const SCALAR *a = x->a + i * x->a_row + p * x->a_step;
        int64_t a_row = x->a_row, a_step = x->a_step;
        if (x->windows && (x->windows->flags & CK_TRANSPOSE_A)) {
          NAME(gather_windows)(x->windows, p, depth, i, m, gathered);
          a = gathered;
          a_step = m;
        } else if (x->windows) {
          NAME(gather_windows)(x->windows, i, m, p, depth, gathered);
          a = gathered;
          a_row = depth;
        }
        if (interleave) {
          NAME(interleave)(m, depth, packed_a, a, a_step);
          a = packed_a;
          a_row = NAME(interleaved);
        } else if (copy_rows && !x->windows) {
          for (int64_t r = 0; r < m; r++) {
            memcpy(packed_a + r * depth, a + r * x->a_row, (size_t)depth * sizeof(SCALAR));
          }
          a = packed_a;
          a_row = depth;
        }
        const SCALAR *panel = packed;
        for (int64_t j = j0; j < j1;) {
          const NAME(columns) columns = NAME(columns_at)(j, j0, j1, widest, again);
          const int64_t width = columns.vectors * lanes;
          if (pack || columns.count != width) {
            NAME(multiply_panel)(x, i, m, columns, p, depth, a, a_row, a_step, panel, width);
            panel += width * depth;
          } else {
            const SCALAR *b = x->b + p * x->b_step + columns.first;
            NAME(multiply_panel)(x, i, m, columns, p, depth, a, a_row, a_step, b, x->b_step);
          }
          j = columns.first + columns.count;
        }
        if (x->activation != CK_LINEAR && p + depth == x->depth) {
          NAME(activate_block)(x, i, m, j0, j1);
        }
        i += m;
      }
      p += depth;
    } while (p < x->depth);
  }
}

// A product with few columns, A not transposed.
static void NAME(multiply_by_dots)(const NAME(product) *x) {
  SCALAR packed[DOT_COLS * DOT_DEPTH];
  const SCALAR zeros[DOT_COLS] = {0};
  int64_t p = 0;
  do {
    const int64_t depth = CK_MIN(DOT_DEPTH, x->depth - p);
    const SCALAR *b = x->b + p * x->b_step;
    int64_t b_row = x->b_row;
    if (x->b_step != 1) {
      for (int64_t q = 0; q < depth; q++) {
        for (int64_t j = 0; j < x->cols; j++) {
          packed[j * DOT_DEPTH + q] = b[q * x->b_step + j * x->b_row];
        }
      }
      b = packed;
      b_row = DOT_DEPTH;
    }
    const bool resume = p > 0 || x->accumulate;
    const SCALAR *start = resume ? x->out : x->bias ? x->bias : zeros;
    NAME(dot_products)(
      x->rows, x->cols, depth, x->a + p, x->a_row, b, b_row, x->out, start, resume ? x->cols : 0);
    p += depth;
  } while (p < x->depth);
  NAME(activate)(x->activation, x->rows * x->cols, x->out);
}

// Aᵀ B as (Bᵀ A)ᵀ.
static void NAME(multiply_swapped)(const NAME(product) *x) {
  NAME(product) swapped = *x;
  if (x->bias) {
    NAME(add_bias)(x->rows, x->cols, x->out, x->bias, false);
    swapped.bias = 0;
    swapped.accumulate = true;
  }
  swapped.rows = x->cols;
  swapped.cols = x->rows;
  swapped.a = x->b;
  swapped.a_row = x->b_row;
  swapped.a_step = x->b_step;
  swapped.b = x->a;
  swapped.b_row = x->a_row;
  swapped.b_step = x->a_step;
  swapped.transposed = true;
  swapped.activation = CK_LINEAR;
  NAME(multiply_by_panels)(&swapped, false);
  NAME(activate)(x->activation, x->rows * x->cols, x->out);
}

void NAME(matmul)(const ck_instruction *step) {
  const int64_t rows = step->rows, cols = step->cols, depth = step->depth;
  if (rows <= 0 || cols <= 0) { return; }
  const bool transpose_a = (step->flags & CK_TRANSPOSE_A) != 0;
  const bool transpose_b = (step->flags & CK_TRANSPOSE_B) != 0;
  NAME(product) x = {
    .rows = rows, .cols = cols, .depth = depth,
    .a = step->in[0], .a_row = transpose_a ? 1 : depth, .a_step = transpose_a ? rows : 1,
    .b = step->in[1], .b_row = transpose_b ? depth : 1, .b_step = transpose_b ? 1 : cols,
    .out = step->out, .out_cols = cols,
    .accumulate = (step->flags & CK_ACCUMULATE) != 0,
    .bias = (step->flags & CK_BIAS) ? step->in[2] : 0,
    .activation = step->activation,
    .windows = (step->flags & CK_WINDOWS) ? step : 0,
  };
  if (x.bias && x.accumulate) {
    NAME(add_bias)(rows, cols, x.out, x.bias, true);
    x.bias = 0;
  }
  if (!transpose_a && cols <= DOT_COLS && !x.windows) {
    if (cols == 1) {
      x.b_step = 1;
    }
    NAME(multiply_by_dots)(&x);
    return;
  }
  // (Bᵀ A)ᵀ has the same sums in the same order and fills the vectors when B is narrow.
  if (transpose_a && cols <= FEW_COLS && rows > cols && !x.windows) {
    NAME(multiply_swapped)(&x);
    return;
  }
  NAME(multiply_by_panels)(
    &x, transpose_b
      || (rows >= PACK_ROWS && depth * cols * (int64_t)sizeof(SCALAR) >= PACK_BYTES));
}

#endif
