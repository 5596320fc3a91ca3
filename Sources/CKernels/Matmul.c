// Matrix products.

#include "Activations.h"
#include "Multiversion.h"

#include <cblas.h>

#ifndef SCALAR

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

void NAME(matmul)(const ck_instruction *step) {
  const int64_t rows = step->rows, cols = step->cols, depth = step->depth;
  const bool transpose_a = step->flags & CK_TRANSPOSE_A, transpose_b = step->flags & CK_TRANSPOSE_B;
  const bool accumulate = step->flags & CK_ACCUMULATE;
  SCALAR *out = step->out;
  if (step->flags & CK_BIAS) {
    const SCALAR *bias = step->in[2];
    for (int64_t i = 0; i < rows; i++) {
      for (int64_t j = 0; j < cols; j++) {
        out[i * cols + j] = accumulate ? out[i * cols + j] + bias[j] : bias[j];
      }
    }
  }
  const bool keep = accumulate || (step->flags & CK_BIAS);
  CBLAS_GEMM(
    CblasRowMajor, transpose_a ? CblasTrans : CblasNoTrans, transpose_b ? CblasTrans : CblasNoTrans,
    (int)rows, (int)cols, (int)depth, 1, step->in[0], (int)(transpose_a ? rows : depth),
    step->in[1], (int)(transpose_b ? depth : cols), keep, out, (int)cols);
  NAME(activate)(step->activation, rows * cols, out);
}

#undef CBLAS_GEMM

#endif
