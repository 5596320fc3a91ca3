// Element-wise kernels with one operand.

#include "Activations.h"
#include "Multiversion.h"

#ifndef SCALAR

// Elements per block: two AVX2 vectors of floats. A tail is computed as one padded block, because a
// scalar exponential costs as much as a vector of eight.
enum { BLOCK = 16 };

#define CK_BODY "Unary.c"
#include "BothScalars.h"

#else

#include "Transcendental.h"

#define UNARY(name, expression) \
  CK_INLINE void NAME(name##_block)(SCALAR *out, const SCALAR *in) { \
    CK_VECTORIZED \
    for (int i = 0; i < BLOCK; i++) { \
      const SCALAR x = in[i]; \
      out[i] = expression; \
    } \
  } \
  CK_MULTIVERSIONED void NAME(name##_span)(int64_t n, SCALAR *out, const SCALAR *in) { \
    int64_t i = 0; \
    for (; i + BLOCK <= n; i += BLOCK) { NAME(name##_block)(out + i, in + i); } \
    if (i < n) { \
      SCALAR tail[BLOCK] = {0}; \
      for (int64_t j = i; j < n; j++) { tail[j - i] = in[j]; } \
      NAME(name##_block)(tail, tail); \
      for (int64_t j = i; j < n; j++) { out[j] = tail[j - i]; } \
    } \
  } \
  void NAME(name)(const ck_instruction *step) { \
    NAME(name##_span)(step->rows * step->cols, step->out, step->in[0]); \
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
  CK_MULTIVERSIONED void NAME(name)(const ck_instruction *step) { \
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
#undef WITH_SCALAR

#endif
