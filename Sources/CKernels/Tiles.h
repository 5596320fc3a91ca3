// Shared by the matrix-product files: vectors of SCALAR, and the pieces a product is made of.

#ifndef CK_TILES_H
#define CK_TILES_H

#include <stdint.h>

// Widths in bytes, so that float and double share one source: a vector is one AVX2 register.
enum { VECTOR_BYTES = 32 };

#define CK_DECLARE_TILES(suffix, scalar_t) \
  /* out[j * out_row + i] = in[i * in_row + j] for i < rows, j < cols. */ \
  void ck_transpose_##suffix( \
    int64_t rows, int64_t cols, scalar_t *out, int64_t out_row, const scalar_t *in, \
    int64_t in_row); \
  /* c[i * c_row + j] = start[i * start_row + j] + Σ_p a[i * a_row + p * a_step] b[p * b_row + j] */ \
  /* for two vectors of columns j, or for one. */ \
  void ck_wide_panel_##suffix( \
    int64_t rows, int64_t depth, const scalar_t *a, int64_t a_row, int64_t a_step, \
    const scalar_t *b, int64_t b_row, scalar_t *c, int64_t c_row, const scalar_t *start, \
    int64_t start_row); \
  void ck_narrow_panel_##suffix( \
    int64_t rows, int64_t depth, const scalar_t *a, int64_t a_row, int64_t a_step, \
    const scalar_t *b, int64_t b_row, scalar_t *c, int64_t c_row, const scalar_t *start, \
    int64_t start_row); \
  /* c[i * cols + j] = start[i * start_row + j] + Σ_p a[i * a_row + p] b[j * b_row + p], cols <= 4. */ \
  void ck_dot_products_##suffix( \
    int64_t rows, int64_t cols, int64_t depth, const scalar_t *a, int64_t a_row, \
    const scalar_t *b, int64_t b_row, scalar_t *c, const scalar_t *start, int64_t start_row);

CK_DECLARE_TILES(f32, float)
CK_DECLARE_TILES(f64, double)

#undef CK_DECLARE_TILES

#endif
