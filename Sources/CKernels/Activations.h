// The activations as functions of contiguous numbers, for the end of a matrix product.

#ifndef CK_ACTIVATIONS_H
#define CK_ACTIVATIONS_H

#include <stdint.h>

#define CK_DECLARE_SPAN(name) \
  void ck_##name##_span_f32(int64_t n, float *out, const float *in); \
  void ck_##name##_span_f64(int64_t n, double *out, const double *in);

CK_DECLARE_SPAN(tanh)
CK_DECLARE_SPAN(relu)
CK_DECLARE_SPAN(elu)
CK_DECLARE_SPAN(sigmoid)
CK_DECLARE_SPAN(softplus)

#undef CK_DECLARE_SPAN

#endif
