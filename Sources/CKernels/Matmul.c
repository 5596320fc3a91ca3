// Matrix products: which way a product is computed, and how it is cut into panels.

#include "Activations.h"
#include "Multiversion.h"
#include "Tiles.h"

#include <cblas.h>

#ifndef SCALAR

enum {
  PACKED_BYTES = 131072, // packed columns, on the stack
  DEPTH_BLOCK = 256,     // a panel of two vectors by this depth is half the first-level cache
  ROW_BLOCK = 48,        // rows finished, activation included, before the next are begun
  DOT_COLS = 4,          // up to here a row's results are dot products
  DOT_DEPTH = 1024,
  PACK_BYTES = 32768,    // operands larger than the first-level cache are copied for a product
  PACK_COLS = 32,        // with so many columns (A, when stored transposed)
  PACK_ROWS = 48,        // or rows (B)
  BLAS_EXTENT = 512,     // Aᵀ B at least so large in every extent goes to OpenBLAS
  FEW_COLS = 8,          // up to here Aᵀ B is computed as (Bᵀ A)ᵀ
};

#define CK_BODY "Matmul.c"
#include "BothScalars.h"

// Parallelism is the caller's: shards, not matrix products, are spread over threads.
__attribute__((constructor)) static void ck_use_one_thread(void) {
  openblas_set_num_threads(1);
}

#else

#if CK_IS_FLOAT
#define CBLAS_GEMM cblas_sgemm
#else
#define CBLAS_GEMM cblas_dgemm
#endif

enum {
  NAME(lanes) = VECTOR_BYTES / sizeof(SCALAR),
  NAME(panel_cols) = 2 * NAME(lanes),
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

// Copies `depth` rows of `n` columns of B to rows of `width`, the rest zeros.
static void NAME(pack)(
  const NAME(product) *x, int64_t p, int64_t depth, int64_t j, int64_t n, int64_t width,
  SCALAR *packed
) {
  const SCALAR *b = x->b + p * x->b_step + j * x->b_row;
  if (x->b_row == 1) {
    for (int64_t q = 0; q < depth; q++) {
      if (n == NAME(panel_cols)) {
        memcpy(packed + q * width, b + q * x->b_step, NAME(panel_cols) * sizeof(SCALAR));
        continue;
      }
      for (int64_t l = 0; l < n; l++) { packed[q * width + l] = b[q * x->b_step + l]; }
    }
  } else {
    NAME(transpose)(n, depth, packed, width, b, x->b_row);
  }
  if (n == width) { return; }
  for (int64_t q = 0; q < depth; q++) {
    for (int64_t l = n; l < width; l++) { packed[q * width + l] = 0; }
  }
}

// Rows [i, i + m) of the panel of columns [j, j + n), over the depth block that begins at p.
// `a` is those rows of A, `b` the panel, rows of b_row.
static void NAME(panel)(
  const NAME(product) *x, int64_t i, int64_t m, int64_t j, int64_t n, int64_t p, int64_t depth,
  const SCALAR *a, int64_t a_row, int64_t a_step, const SCALAR *b, int64_t b_row
) {
  const int64_t lanes = NAME(lanes), panel_cols = NAME(panel_cols);
  const bool narrow = n <= lanes;
  const int64_t width = narrow ? lanes : panel_cols;
  const bool resume = p > 0 || x->accumulate;
  const bool direct = !x->transposed && n == width;
  // What does not lie in `out` as the inner loops want it is staged here.
  SCALAR stage[(ROW_BLOCK + 8) * NAME(panel_cols)];
  SCALAR start_row[NAME(panel_cols)] = {0};
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
  (narrow ? NAME(narrow_panel) : NAME(wide_panel))(
    m, depth, a, a_row, a_step, b, b_row, c, c_row, start, start_step);
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

static void NAME(multiply_by_panels)(const NAME(product) *x, bool pack) {
  const int64_t panel_cols = NAME(panel_cols), lanes = NAME(lanes);
  SCALAR packed[NAME(packed)], packed_a[(ROW_BLOCK + 6) * DEPTH_BLOCK];
  const int64_t depth_block = DEPTH_BLOCK;
  // The columns of a stored Aᵀ are far apart, often by a power of two, and evict each other.
  const bool pack_a = x->a_row == 1 && x->a_step > 1 && x->cols >= PACK_COLS
    && x->depth * x->rows * (int64_t)sizeof(SCALAR) >= PACK_BYTES;
  const int64_t col_block =
    pack ? NAME(packed) / CK_MIN(depth_block, CK_MAX(x->depth, 1)) / panel_cols * panel_cols
         : x->cols;
  for (int64_t j0 = 0; j0 < x->cols; j0 += col_block) {
    const int64_t j1 = CK_MIN(j0 + col_block, x->cols);
    int64_t p = 0;
    do {
      const int64_t depth = CK_MIN(depth_block, x->depth - p);
      // Packed panels lie one after the other; without packing only an odd last panel does.
      for (int64_t j = j0; j < j1; j += panel_cols) {
        const int64_t n = CK_MIN(panel_cols, j1 - j), width = n <= lanes ? lanes : panel_cols;
        if (pack) {
          NAME(pack)(x, p, depth, j, n, width, packed + (j - j0) * depth);
        } else if (n != width) {
          NAME(pack)(x, p, depth, j, n, width, packed);
        }
      }
      for (int64_t i = 0; i < x->rows;) {
        const int64_t left = x->rows - i, m = left <= ROW_BLOCK + 6 ? left : ROW_BLOCK;
        const SCALAR *a = x->a + i * x->a_row + p * x->a_step;
        int64_t a_row = x->a_row, a_step = x->a_step;
        if (pack_a) {
          NAME(transpose)(depth, m, packed_a, depth, a, a_step);
          a = packed_a;
          a_row = depth;
          a_step = 1;
        }
        for (int64_t j = j0; j < j1; j += panel_cols) {
          const int64_t n = CK_MIN(panel_cols, j1 - j), width = n <= lanes ? lanes : panel_cols;
          const SCALAR *b = packed + (pack ? (j - j0) * depth : 0);
          int64_t b_row = width;
          if (!pack && n == width) {
            b = x->b + p * x->b_step + j;
            b_row = x->b_step;
          }
          NAME(panel)(x, i, m, j, n, p, depth, a, a_row, a_step, b, b_row);
        }
        if (x->activation != CK_LINEAR && p + depth == x->depth) {
          SCALAR *out = x->out + i * x->out_cols + j0;
          if (j1 - j0 == x->out_cols) {
            NAME(activate)(x->activation, m * x->out_cols, out);
          } else {
            for (int64_t r = 0; r < m; r++) {
              NAME(activate)(x->activation, j1 - j0, out + r * x->out_cols);
            }
          }
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

static void NAME(multiply_own)(const ck_instruction *step) {
  const int64_t rows = step->rows, cols = step->cols, depth = step->depth;
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
  };
  if (x.bias && x.accumulate) {
    NAME(add_bias)(rows, cols, x.out, x.bias, true);
    x.bias = 0;
  }
  if (!transpose_a && cols <= DOT_COLS) {
    if (cols == 1) {
      x.b_step = 1;
    }
    NAME(multiply_by_dots)(&x);
    return;
  }
  // (Bᵀ Aᵀ)ᵀ has the same sums in the same order, so that it may be chosen by the number of rows:
  // it saves transposing a large B for a few rows of A, and fills the vectors when B is narrow.
  const bool swap = transpose_a ? cols <= FEW_COLS && rows > cols
                                : transpose_b && rows * (depth + cols / 2) < cols * depth;
  if (!swap) {
    NAME(multiply_by_panels)(
      &x, transpose_b
        || (rows >= PACK_ROWS && depth * cols * (int64_t)sizeof(SCALAR) >= PACK_BYTES));
    return;
  }
  if (x.bias) {
    NAME(add_bias)(rows, cols, x.out, x.bias, false);
    x.bias = 0;
    x.accumulate = true;
  }
  NAME(product) swapped = x;
  swapped.rows = cols;
  swapped.cols = rows;
  swapped.a = x.b;
  swapped.a_row = x.b_row;
  swapped.a_step = x.b_step;
  swapped.b = x.a;
  swapped.b_row = x.a_row;
  swapped.b_step = x.a_step;
  swapped.transposed = true;
  swapped.activation = CK_LINEAR;
  NAME(multiply_by_panels)(&swapped, !transpose_a);
  NAME(activate)(x.activation, rows * cols, x.out);
}

static void NAME(multiply_blas)(const ck_instruction *step) {
  const int64_t rows = step->rows, cols = step->cols, depth = step->depth;
  const bool transpose_a = (step->flags & CK_TRANSPOSE_A) != 0;
  const bool transpose_b = (step->flags & CK_TRANSPOSE_B) != 0;
  const bool bias = (step->flags & CK_BIAS) != 0, accumulate = (step->flags & CK_ACCUMULATE) != 0;
  if (bias) { NAME(add_bias)(rows, cols, step->out, step->in[2], accumulate); }
  CBLAS_GEMM(
    CblasRowMajor, transpose_a ? CblasTrans : CblasNoTrans,
    transpose_b ? CblasTrans : CblasNoTrans, (int)rows, (int)cols, (int)depth, 1, step->in[0],
    (int)(transpose_a ? rows : depth), step->in[1], (int)(transpose_b ? depth : cols),
    bias || accumulate, step->out, (int)cols);
  NAME(activate)(step->activation, rows * cols, step->out);
}

// Own panels everywhere but for large weight gradients (Aᵀ B), on one Zen 3 core in single precision,
// own against OpenBLAS in GFLOP/s, measured in turns:
//   NN 8×64×64 90 : 52, 64×64×64 96 : 66, 512×256×256 96 : 90, 1024×1024×1024 77 : 85;
//   TN 64×40×64 92 : 60, 512×256×256 86 : 89, 1024×1024×1024 73 : 90.
// Large NN and NT products stay with the panels although OpenBLAS is a tenth faster: it does not
// promise that a row has the same bits whichever rows are computed with it.
void NAME(matmul)(const ck_instruction *step) {
  if (step->rows <= 0 || step->cols <= 0) { return; }
  const bool large = (step->flags & CK_TRANSPOSE_A)
    && step->rows >= BLAS_EXTENT && step->cols >= BLAS_EXTENT && step->depth >= BLAS_EXTENT;
  const bool blas = (step->flags & CK_GEMM_BLAS) || (large && !(step->flags & CK_GEMM_OWN));
  if (blas && step->depth > 0) {
    NAME(multiply_blas)(step);
  } else {
    NAME(multiply_own)(step);
  }
}

#undef CBLAS_GEMM

#endif
