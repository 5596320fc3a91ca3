// The windows of images as rows of a matrix, a part of them at a time: a product needs no more at once.

#include "Kernel.h"

#ifndef SCALAR

#define CK_BODY "Windows.c"
#include "EveryVersion.h"

#else

#include "Runs.h"
#include "Tiles.h"

// `length` neighbouring columns of some rows, `vectors` of them at a time, of which the last may overlap the one
// before; 0 vectors take one number at a time. The number is a constant where this is inlined.
CK_INLINE void NAME(gather_columns)(
  const int vectors, const ck_instruction *step, int64_t first, int64_t rows, int64_t length,
  const SCALAR *in, SCALAR *out, int64_t out_row
) {
  enum { LANES = NAME(run_lanes) };
  const int64_t below = step->extent[1], beside = step->extent[2];
  const int64_t *stride = step->in_stride;
  int64_t x = first % beside, y = first / beside % below, n = first / beside / below;
  while (rows > 0) {
    const int64_t count = CK_MIN(beside - x, rows);
    const SCALAR *from = in + n * stride[0] + y * stride[1] + x * stride[2];
    for (int64_t i = 0; i < count; i++) {
      if (vectors == 0) {
        for (int64_t c = 0; c < length; c++) { out[c] = from[c]; }
      } else {
        CK_UNROLLED
        for (int v = 0; v < vectors - 1; v++) {
          *(NAME(run_vector) *)(out + v * LANES) = *(const NAME(run_vector) *)(from + v * LANES);
        }
        *(NAME(run_vector) *)(out + length - LANES) =
          *(const NAME(run_vector) *)(from + length - LANES);
      }
      from += stride[2];
      out += out_row;
    }
    rows -= count;
    x = 0;
    if (++y == below) {
      y = 0;
      n++;
    }
  }
}

#define CASE(vectors) \
  case vectors: \
    NAME(gather_columns)(vectors, step, first, rows, length, in, to, count); \
    break;

void NAME(gather_windows)(
  const ck_instruction *step, int64_t first, int64_t rows, int64_t from, int64_t count, SCALAR *out
) {
  enum { LANES = NAME(run_lanes), MOST = 4 };
  const int64_t run = step->extent[4];
  for (int64_t c = 0; c < count;) {
    const int64_t line = (from + c) / run, skip = (from + c) % run;
    const int64_t left = CK_MIN(run - skip, count - c);
    const int64_t length = CK_MIN(left, MOST * LANES);
    const SCALAR *in = (const SCALAR *)step->in[0] + line * step->in_stride[3] + skip;
    SCALAR *to = out + c;
    switch (length < LANES ? 0 : (length + LANES - 1) / LANES) {
      CASE(0) CASE(1) CASE(2) CASE(3) CASE(4)
    }
    c += length;
  }
}

#undef CASE

#endif
