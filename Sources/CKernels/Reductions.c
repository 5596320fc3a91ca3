// Sums, maxima and minima over the middle axis of [rows, depth, cols], and log-sum-exp.
//
// The order of summation is a function of depth and cols alone, so that any subset of the rows
// gives the same bits.

#include "Kernel.h"

#ifndef SCALAR

enum { LANES = 32, FEW_COLS = 16, MANY_LANES = 128, SOFTMAX_TILE = 512, SHORT_ROW = 32 };

#define CK_BODY "Reductions.c"
#include "EveryVersion.h"

#else

#include "Transcendental.h"

// NaN wins, so that it is seen.
#define ADD(a, b) ((a) + (b))
#define LARGER(a, b) ((((b) > (a)) | ((b) != (b))) ? (b) : (a))
#define SMALLER(a, b) ((((b) < (a)) | ((b) != (b))) ? (b) : (a))

#define REDUCTION(name, COMBINE, start) \
  /* All of one contiguous run: 32 lanes, folded in halves. */ \
  CK_INLINE SCALAR NAME(name##_run)(int64_t n, const SCALAR *in) { \
    if (n < LANES) { \
      SCALAR total = start; \
      for (int64_t i = 0; i < n; i++) { total = COMBINE(total, in[i]); } \
      return total; \
    } \
    SCALAR lanes[LANES]; \
    for (int j = 0; j < LANES; j++) { lanes[j] = in[j]; } \
    int64_t i = LANES; \
    for (; i + LANES <= n; i += LANES) { \
      for (int j = 0; j < LANES; j++) { lanes[j] = COMBINE(lanes[j], in[i + j]); } \
    } \
    for (int width = LANES / 2; width > 0; width /= 2) { \
      for (int j = 0; j < width; j++) { lanes[j] = COMBINE(lanes[j], lanes[j + width]); } \
    } \
    for (; i < n; i++) { lanes[0] = COMBINE(lanes[0], in[i]); } \
    return lanes[0]; \
  } \
  /* `width` neighbouring columns of [depth, cols], in registers. */ \
  CK_INLINE void NAME(name##_columns)( \
    int width, int64_t depth, int64_t cols, SCALAR *out, const SCALAR *in \
  ) { \
    SCALAR lanes[LANES]; \
    for (int j = 0; j < width; j++) { lanes[j] = start; } \
    for (int64_t p = 0; p < depth; p++) { \
      for (int j = 0; j < width; j++) { lanes[j] = COMBINE(lanes[j], in[p * cols + j]); } \
    } \
    for (int j = 0; j < width; j++) { out[j] = lanes[j]; } \
  } \
  /* Few columns: whole groups of rows are added as one long row, then the groups' columns. */ \
  CK_INLINE void NAME(name##_few_columns)( \
    int64_t depth, int64_t cols, SCALAR *out, const SCALAR *in \
  ) { \
    SCALAR lanes[MANY_LANES]; \
    const int64_t group = MANY_LANES / cols, width = group * cols, n = depth * cols; \
    for (int64_t j = 0; j < width; j++) { lanes[j] = in[j]; } \
    int64_t i = width; \
    for (; i + width <= n; i += width) { \
      CK_VECTORIZED \
      for (int64_t j = 0; j < width; j++) { lanes[j] = COMBINE(lanes[j], in[i + j]); } \
    } \
    for (int64_t j = 0; i + j < n; j++) { lanes[j] = COMBINE(lanes[j], in[i + j]); } \
    for (int64_t j = 0; j < cols; j++) { \
      SCALAR total = lanes[j]; \
      for (int64_t g = 1; g < group; g++) { total = COMBINE(total, lanes[g * cols + j]); } \
      out[j] = total; \
    } \
  } \
  void NAME(name)(const ck_instruction *step) { \
    const int64_t rows = step->rows, depth = step->depth, cols = step->cols; \
    const SCALAR *in = step->in[0]; \
    SCALAR *out = step->out; \
    for (int64_t i = 0; i < rows; i++, in += depth * cols, out += cols) { \
      if (cols == 1) { \
        out[0] = NAME(name##_run)(depth, in); \
      } else if (cols <= FEW_COLS && depth * cols >= 2 * MANY_LANES) { \
        NAME(name##_few_columns)(depth, cols, out, in); \
      } else { \
        int64_t j = 0; \
        for (; j + 32 <= cols; j += 32) { \
          NAME(name##_columns)(32, depth, cols, out + j, in + j); \
        } \
        for (; j + 8 <= cols; j += 8) { \
          NAME(name##_columns)(8, depth, cols, out + j, in + j); \
        } \
        for (; j + 4 <= cols; j += 4) { \
          NAME(name##_columns)(4, depth, cols, out + j, in + j); \
        } \
        for (; j < cols; j++) { NAME(name##_columns)(1, depth, cols, out + j, in + j); } \
      } \
    } \
  }

REDUCTION(sum, ADD, 0)
REDUCTION(max, LARGER, -(SCALAR)__builtin_inf())
REDUCTION(min, SMALLER, (SCALAR)__builtin_inf())

// Sixteen rows of a few numbers each, transposed so that every row has a lane of its own.
CK_INLINE void NAME(log_sum_exp_short)(int64_t m, int64_t depth, SCALAR *out, const SCALAR *in) {
  const SCALAR infinity = (SCALAR)__builtin_inf();
  SCALAR tile[SHORT_ROW * 16], top[16], total[16];
  if (m < 16) { memset(tile, 0, (size_t)depth * 16 * sizeof(SCALAR)); }
  for (int64_t j = 0; j < depth; j++) {
    for (int64_t i = 0; i < m; i++) { tile[j * 16 + i] = in[i * depth + j]; }
  }
  for (int i = 0; i < 16; i++) { top[i] = tile[i]; }
  for (int64_t j = 1; j < depth; j++) {
    for (int i = 0; i < 16; i++) { top[i] = LARGER(top[i], tile[j * 16 + i]); }
  }
  for (int i = 0; i < 16; i++) {
    // An infinite maximum is not subtracted: inf - inf would hide it.
    top[i] = ((top[i] == infinity) | (top[i] == -infinity)) ? 0 : top[i];
    total[i] = 0;
  }
  for (int64_t j = 0; j < depth; j++) {
    CK_VECTORIZED
    for (int i = 0; i < 16; i++) { total[i] += NAME(exp_element)(tile[j * 16 + i] - top[i]); }
  }
  CK_VECTORIZED
  for (int i = 0; i < 16; i++) { total[i] = top[i] + NAME(log_element)(total[i]); }
  for (int64_t i = 0; i < m; i++) { out[i] = total[i]; }
}

// max + log Σ exp(x - max).
void NAME(log_sum_exp)(const ck_instruction *step) {
  const int64_t rows = step->rows, depth = step->depth;
  const SCALAR *in = step->in[0];
  SCALAR *out = step->out;
  if (depth > 0 && depth <= SHORT_ROW) {
    for (int64_t first = 0; first < rows; first += 16) {
      NAME(log_sum_exp_short)(
        CK_MIN(16, rows - first), depth, out + first, in + first * depth);
    }
    return;
  }
  const int64_t width = CK_MIN(depth, SOFTMAX_TILE);
  const int64_t height = width > 0 ? SOFTMAX_TILE / width : 1;
  SCALAR tile[SOFTMAX_TILE + LANES], top[SOFTMAX_TILE + LANES], total[SOFTMAX_TILE + LANES];
  for (int64_t first = 0; first < rows; first += height) {
    const int64_t m = CK_MIN(height, rows - first);
    for (int64_t i = 0; i < m; i++) {
      const SCALAR largest = NAME(max_run)(depth, in + (first + i) * depth);
      // An infinite maximum is not subtracted: inf - inf would hide it.
      const bool infinite = largest == (SCALAR)__builtin_inf() || largest == -(SCALAR)__builtin_inf();
      top[i] = infinite ? 0 : largest;
      total[i] = 0;
    }
    for (int64_t start = 0; start < depth; start += width) {
      const int64_t n = CK_MIN(width, depth - start);
      for (int64_t i = 0; i < m; i++) {
        const SCALAR *row = in + (first + i) * depth + start;
        for (int64_t j = 0; j < n; j++) { tile[i * n + j] = row[j] - top[i]; }
      }
      const int64_t padded = (m * n + 15) / 16 * 16;
      for (int64_t j = m * n; j < padded; j++) { tile[j] = 0; }
      for (int64_t j = 0; j < padded; j += 16) {
        CK_VECTORIZED
        for (int64_t l = 0; l < 16; l++) { tile[j + l] = NAME(exp_element)(tile[j + l]); }
      }
      for (int64_t i = 0; i < m; i++) { total[i] += NAME(sum_run)(n, tile + i * n); }
    }
    const int64_t padded = (m + 15) / 16 * 16;
    for (int64_t i = m; i < padded; i++) { total[i] = 1; }
    for (int64_t i = 0; i < padded; i += 16) {
      CK_VECTORIZED
      for (int64_t l = 0; l < 16; l++) { total[i + l] = NAME(log_element)(total[i + l]); }
    }
    for (int64_t i = 0; i < m; i++) { out[first + i] = top[i] + total[i]; }
  }
}

#undef ADD
#undef LARGER
#undef SMALLER
#undef REDUCTION

#endif
