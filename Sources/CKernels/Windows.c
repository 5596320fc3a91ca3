// The windows of images as rows of a matrix, a part of them at a time: a product needs no more at once.

#include "Kernel.h"

#ifndef SCALAR

#define CK_BODY "Windows.c"
#include "EveryVersion.h"

#else

#include "Runs.h"
#include "Tiles.h"

void NAME(gather_windows)(
  const ck_instruction *step, int64_t first, int64_t rows, int64_t from, int64_t count, SCALAR *out
) {
  const int64_t below = step->extent[1], beside = step->extent[2], run = step->extent[4];
  const int64_t *stride = step->in_stride;
  const int64_t top = from / run, skipped = from % run;
  int64_t x = first % beside, y = first / beside % below, n = first / beside / below;
  for (int64_t r = 0; r < rows; r++) {
    const SCALAR *line = (const SCALAR *)step->in[0] + n * stride[0] + y * stride[1]
      + x * stride[2] + top * stride[3];
    int64_t skip = skipped;
    for (int64_t left = count; left > 0;) {
      const int64_t length = CK_MIN(run - skip, left);
      NAME(copy_short)(length, out, line + skip);
      out += length;
      left -= length;
      line += stride[3];
      skip = 0;
    }
    if (++x < beside) { continue; }
    x = 0;
    if (++y < below) { continue; }
    y = 0;
    n++;
  }
}

#endif
