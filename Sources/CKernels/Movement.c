// Kernels that move numbers: strided copies, fills, and indices to and from rows.

#include "Kernel.h"


#ifndef SCALAR

enum { SHORT_RUN = 128 };

#define CK_BODY "Movement.c"
#include "EveryVersion.h"

#else

#include "Runs.h"
#include "Tiles.h"

// One run along the innermost axis.
CK_INLINE void NAME(copy_run)(
  int64_t n, SCALAR *out, int64_t out_stride, const SCALAR *in, int64_t in_stride
) {
  if (out_stride == 1 && in_stride == 1 && n <= SHORT_RUN) {
    NAME(copy_short)(n, out, in);
  } else if (out_stride == 1 && in_stride == 1) {
    CK_VECTORIZED
    for (int64_t i = 0; i < n; i++) { out[i] = in[i]; }
  } else if (out_stride == 1 && in_stride == 0) {
    const SCALAR x = *in;
    CK_VECTORIZED
    for (int64_t i = 0; i < n; i++) { out[i] = x; }
  } else {
    for (int64_t i = 0; i < n; i++) { out[i * out_stride] = in[i * in_stride]; }
  }
}

// The five axes of a strided copy, those of extent 1 gone and neighbours that are one run in both operands
// merged; the last ones are in use.
typedef struct {
  int64_t extent[CK_AXES], in_stride[CK_AXES], out_stride[CK_AXES];
} NAME(axes);

CK_INLINE bool NAME(merge_axes)(const ck_instruction *step, NAME(axes) *merged) {
  int64_t extent[CK_AXES], in_stride[CK_AXES], out_stride[CK_AXES];
  int axes = 0;
  for (int a = 0; a < CK_AXES; a++) {
    const int64_t n = step->extent[a];
    if (n <= 0) { return false; }
    if (n == 1) { continue; }
    if (axes > 0 && in_stride[axes - 1] == n * step->in_stride[a]
        && out_stride[axes - 1] == n * step->out_stride[a]) {
      extent[axes - 1] *= n;
    } else {
      extent[axes++] = n;
    }
    in_stride[axes - 1] = step->in_stride[a];
    out_stride[axes - 1] = step->out_stride[a];
  }
  for (int a = 0; a < CK_AXES; a++) {
    const int from = a - (CK_AXES - axes);
    merged->extent[a] = from < 0 ? 1 : extent[from];
    merged->out_stride[a] = from < 0 ? 0 : out_stride[from];
    merged->in_stride[a] = from < 0 ? 0 : in_stride[from];
  }
  return true;
}

void NAME(copy)(const ck_instruction *step) {
  NAME(axes) axes;
  if (!NAME(merge_axes)(step, &axes)) { return; }
  const int64_t *e = axes.extent, *p = axes.out_stride, *q = axes.in_stride;
  SCALAR *out = step->out;
  const SCALAR *in = step->in[0];
  for (int64_t i = 0; i < e[0]; i++) {
    for (int64_t j = 0; j < e[1]; j++) {
      for (int64_t k = 0; k < e[2]; k++) {
        SCALAR *to = out + i * p[0] + j * p[1] + k * p[2];
        const SCALAR *from = in + i * q[0] + j * q[1] + k * q[2];
        if (p[4] == 1 && q[3] == 1 && e[3] > 1 && q[4] > 1) {
          NAME(transpose)(e[4], e[3], to, p[3], from, q[4]);
          continue;
        }
        for (int64_t l = 0; l < e[3]; l++) {
          NAME(copy_run)(e[4], to + l * p[3], p[4], from + l * q[3], q[4]);
        }
      }
    }
  }
}

void NAME(scatter_add)(const ck_instruction *step) {
  NAME(axes) axes;
  if (!NAME(merge_axes)(step, &axes)) { return; }
  const int64_t *e = axes.extent, *p = axes.out_stride, *q = axes.in_stride;
  for (int64_t i = 0; i < e[0]; i++) {
    for (int64_t j = 0; j < e[1]; j++) {
      for (int64_t k = 0; k < e[2]; k++) {
        for (int64_t l = 0; l < e[3]; l++) {
          SCALAR *to = (SCALAR *)step->out + i * p[0] + j * p[1] + k * p[2] + l * p[3];
          const SCALAR *from =
            (const SCALAR *)step->in[0] + i * q[0] + j * q[1] + k * q[2] + l * q[3];
          if (p[4] == 1 && q[4] == 1) {
            // Different elements: nothing but the run itself is read and written here.
            CK_VECTORIZED
            for (int64_t m = 0; m < e[4]; m++) { to[m] += from[m]; }
          } else {
            for (int64_t m = 0; m < e[4]; m++) { to[m * p[4]] += from[m * q[4]]; }
          }
        }
      }
    }
  }
}

void NAME(from_bytes)(const ck_instruction *step) {
  const int64_t n = step->rows * step->cols;
  const uint8_t *in = step->in[0];
  SCALAR *out = step->out;
  for (int64_t i = 0; i < n; i++) { out[i] = (SCALAR)in[i]; }
}

void NAME(fill)(const ck_instruction *step) {
  const int64_t n = step->rows * step->cols;
  const SCALAR x = (SCALAR)step->scalar;
  SCALAR *out = step->out;
  for (int64_t i = 0; i < n; i++) { out[i] = x; }
}

void NAME(arg_max)(const ck_instruction *step) {
  const int64_t depth = step->depth;
  SCALAR *out = step->out;
  for (int64_t i = 0; i < step->rows; i++) {
    const SCALAR *row = (const SCALAR *)step->in[0] + i * depth;
    int64_t best = 0;
    for (int64_t j = 1; j < depth; j++) {
      // The first NaN counts as the largest.
      if (row[j] > row[best] || (row[j] != row[j] && row[best] == row[best])) { best = j; }
    }
    out[i] = (SCALAR)best;
  }
}

void NAME(gather)(const ck_instruction *step) {
  const int64_t depth = step->depth;
  const SCALAR *table = step->in[0], *indices = step->in[1];
  SCALAR *out = step->out;
  for (int64_t i = 0; i < step->rows; i++) {
    const SCALAR index = indices[i];
    const bool valid = index >= 0 && index < (SCALAR)depth;
    out[i] = valid ? table[i * depth + (int64_t)index] : (SCALAR)__builtin_nan("");
  }
}

void NAME(one_hot)(const ck_instruction *step) {
  const int64_t cols = step->cols;
  const SCALAR *in = step->in[0];
  SCALAR *out = step->out;
  for (int64_t i = 0; i < step->rows; i++) {
    const SCALAR index = in[i];
    for (int64_t j = 0; j < cols; j++) { out[i * cols + j] = index == (SCALAR)j; }
  }
}

#endif
