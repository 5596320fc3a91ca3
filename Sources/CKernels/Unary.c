// Element-wise kernels with one operand.


#include "Kernel.h"

#ifndef SCALAR

// Two AVX2 vectors of floats. A tail is computed as one padded block of this size, because a scalar
// exponential costs as much as a vector of eight.
enum { BLOCK = 16 };

#define CK_BODY "Unary.c"
#include "EveryVersion.h"

#else

#include "Activations.h"
#include "Transcendental.h"

// Blocks of 16, so that the compiler's own scalar remainder never runs: one AVX-512 vector, or two of
// AVX2. With 512 bits tanh takes 0.35 ns and softplus 0.54; with 256, 0.44 and 0.74 (Zen 4, float).
#define CK_BLOCKED \
  _Pragma("clang loop vectorize(assume_safety) vectorize_width(16) interleave_count(1)")

#define UNARY(name, expression) \
  CK_INLINE void NAME(name##_blocks)(int64_t n, SCALAR *out, const SCALAR *in) { \
    CK_BLOCKED \
    for (int64_t i = 0; i < n; i++) { \
      const SCALAR x = in[i]; \
      out[i] = expression; \
    } \
  } \
  void NAME(name##_span)(int64_t n, SCALAR *out, const SCALAR *in) { \
    const int64_t whole = n / BLOCK * BLOCK, left = n - whole; \
    if (whole > 0) { NAME(name##_blocks)(whole, out, in); } \
    if (left > 0) { \
      SCALAR tail[BLOCK] = {0}; \
      NAME(copy_few)(left, tail, in + whole); \
      NAME(name##_blocks)(BLOCK, tail, tail); \
      NAME(copy_few)(left, out + whole, tail); \
    } \
  } \
  void NAME(name)(const ck_instruction *step) { \
    NAME(name##_span)(step->rows * step->cols, step->out, step->in[0]); \
  }

// Fewer than 16 numbers, without a call or a loop per number.
CK_INLINE void NAME(copy_few)(int64_t n, SCALAR *out, const SCALAR *in) {
  if (n & 8) {
    memcpy(out, in, 8 * sizeof *out);
    out += 8;
    in += 8;
  }
  if (n & 4) {
    memcpy(out, in, 4 * sizeof *out);
    out += 4;
    in += 4;
  }
  if (n & 2) {
    memcpy(out, in, 2 * sizeof *out);
    out += 2;
    in += 2;
  }
  if (n & 1) { *out = *in; }
}

UNARY(negate, -x)
UNARY(exp, NAME(exp_element)(x))
UNARY(log, NAME(log_element)(x))
UNARY(log1p, NAME(log1p_element)(x))
UNARY(expm1, NAME(expm1_element)(x))
UNARY(tanh, NAME(tanh_element)(x))
UNARY(sigmoid, NAME(sigmoid_element)(x))
UNARY(softplus, NAME(softplus_element)(x))
UNARY(relu, x < 0 ? 0 : x)
UNARY(elu, NAME(elu_element)(x))
UNARY(square, x * x)
UNARY(sqrt, __builtin_elementwise_sqrt(x))
UNARY(abs, __builtin_elementwise_abs(x))
UNARY(reciprocal, 1 / x)
UNARY(sign, (SCALAR)((x > 0) - (x < 0)))
UNARY(step, (SCALAR)(x > 0))

#define WITH_SCALAR(name, expression) \
  void NAME(name)(const ck_instruction *step) { \
    const int64_t n = step->rows * step->cols; \
    const SCALAR *in = step->in[0]; \
    SCALAR *out = step->out; \
    const SCALAR s = (SCALAR)step->scalar; \
    CK_VECTORIZED \
    for (int64_t i = 0; i < n; i++) { \
      const SCALAR x = in[i]; \
      out[i] = expression; \
    } \
  }

WITH_SCALAR(scale, x * s)
WITH_SCALAR(offset, x + s)

#undef UNARY
#undef CK_BLOCKED
#undef WITH_SCALAR

#endif
