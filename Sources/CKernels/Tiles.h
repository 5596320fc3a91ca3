// The pieces that a matrix product is made of. Included in a body, once for each version.

// out[j * out_row + i] = in[i * in_row + j] for i < rows, j < cols.
void NAME(transpose)(
  int64_t rows, int64_t cols, SCALAR *out, int64_t out_row, const SCALAR *in, int64_t in_row);

// c[i * c_row + j] = start[i * start_row + j] + Σ_p A[i, p] b[p * b_row + j], for `vectors` vectors of
// columns j. With a_row != interleaved, A[i, p] = a[i * a_row + p * a_step]; else A lies as
// `interleave` writes it.
enum { NAME(interleaved) = -1 };
void NAME(panel)(
  int64_t vectors, int64_t rows, int64_t depth, const SCALAR *a, int64_t a_row, int64_t a_step,
  const SCALAR *b, int64_t b_row, SCALAR *c, int64_t c_row, const SCALAR *start,
  int64_t start_row);

// Copies A[i, p] = a[i + p * a_step] so that the rows of each tile of a panel two vectors wide lie beside
// each other, which is how the tile reads them.
void NAME(interleave)(
  int64_t rows, int64_t depth, SCALAR *out, const SCALAR *a, int64_t a_step);

// Columns [from, from + count) of the rows [first, first + rows) of a product's windows (CK_WINDOWS), dense.
void NAME(gather_windows)(
  const ck_instruction *step, int64_t first, int64_t rows, int64_t from, int64_t count, SCALAR *out);

// c[i * cols + j] = start[i * start_row + j] + Σ_p a[i * a_row + p] b[j * b_row + p], cols <= 4.
void NAME(dot_products)(
  int64_t rows, int64_t cols, int64_t depth, const SCALAR *a, int64_t a_row, const SCALAR *b,
  int64_t b_row, SCALAR *c, const SCALAR *start, int64_t start_row);
