// The public functions: each passes its call on to the version for the width that Width.c has chosen.

#include "CKernels.h"
#include "Width.h"

// Every kernel of a program.
#define CK_KERNELS(X) \
  X(matmul) X(negate) X(exp) X(log) X(log1p) X(expm1) X(tanh) X(sigmoid) X(softplus) X(relu) \
  X(elu) X(square) X(sqrt) X(abs) X(reciprocal) X(sign) X(step) X(add) X(subtract) X(multiply) \
  X(divide) X(minimum) X(maximum) X(greater) X(greater_equal) X(equal) X(select) X(multiply_add) \
  X(tanh_gradient) X(sigmoid_gradient) X(relu_gradient) X(elu_gradient) X(tanh_curvature) \
  X(scale) X(offset) X(sum) X(max) X(min) X(log_sum_exp) X(arg_max) X(gather) X(one_hot) X(copy) \
  X(scatter_add) X(fill) X(from_bytes)

// Declares the versions of a function and defines the function itself.
#if defined(__x86_64__)
#define CK_VERSIONS(returns, name, parameters) \
  returns name##_128 parameters; \
  returns name##_256 parameters; \
  returns name##_512 parameters;
#else
#define CK_VERSIONS(returns, name, parameters) returns name##_128 parameters;
#endif
#define CK_FORWARD(returns, name, parameters, arguments) \
  CK_VERSIONS(returns, name, parameters) \
  returns name parameters { return CK_CHOOSE(name) arguments; }

#define CK_KERNEL(name) \
  CK_FORWARD(void, ck_##name##_f32, (const ck_instruction *step), (step)) \
  CK_FORWARD(void, ck_##name##_f64, (const ck_instruction *step), (step))
CK_KERNELS(CK_KERNEL)

#define CK_OPTIMIZERS(suffix, scalar_t) \
  CK_FORWARD(void, ck_sgd_##suffix, \
    (int64_t n, scalar_t *parameters, const scalar_t *gradient, scalar_t *velocity, \
      double learning_rate, double momentum, double gradient_scale), \
    (n, parameters, gradient, velocity, learning_rate, momentum, gradient_scale)) \
  CK_FORWARD(void, ck_rmsprop_##suffix, \
    (int64_t n, scalar_t *parameters, const scalar_t *gradient, scalar_t *mean_square, \
      double learning_rate, double decay, double epsilon, double gradient_scale), \
    (n, parameters, gradient, mean_square, learning_rate, decay, epsilon, gradient_scale)) \
  CK_FORWARD(void, ck_adam_##suffix, \
    (int64_t n, scalar_t *parameters, const scalar_t *gradient, scalar_t *first_moment, \
      scalar_t *second_moment, double learning_rate, double beta1, double beta2, double epsilon, \
      double correction1, double correction2, double gradient_scale), \
    (n, parameters, gradient, first_moment, second_moment, learning_rate, beta1, beta2, epsilon, \
      correction1, correction2, gradient_scale)) \
  CK_FORWARD(double, ck_sum_of_squares_##suffix, (int64_t n, const scalar_t *values), (n, values)) \
  CK_FORWARD(void, ck_accumulate_##suffix, \
    (int64_t n, scalar_t *total, const scalar_t *values, double scale), (n, total, values, scale)) \
  CK_FORWARD(void, ck_approach_##suffix, \
    (int64_t n, scalar_t *values, const scalar_t *goal, double share), (n, values, goal, share)) \
  CK_FORWARD(int64_t, ck_first_non_finite_##suffix, \
    (int64_t n, const scalar_t *values), (n, values)) \
  CK_FORWARD(void, ck_moments_##suffix, \
    (int64_t n, scalar_t *mean, scalar_t *mean_square, const scalar_t *gradient, double decay), \
    (n, mean, mean_square, gradient, decay))
CK_OPTIMIZERS(f32, float)
CK_OPTIMIZERS(f64, double)

#if defined(__x86_64__)
#define CK_MULTIPLY_ADDS(suffix, scalar_t) \
  CK_VERSIONS(int64_t, ck_multiply_adds_##suffix, (int64_t rounds, scalar_t factor)) \
  int64_t ck_multiply_adds_##suffix(int bits, int64_t rounds) { \
    const scalar_t factor = (scalar_t)0.999; \
    return bits == 512 ? ck_multiply_adds_##suffix##_512(rounds, factor) \
      : bits == 256 ? ck_multiply_adds_##suffix##_256(rounds, factor) \
      : ck_multiply_adds_##suffix##_128(rounds, factor); \
  }
#else
#define CK_MULTIPLY_ADDS(suffix, scalar_t) \
  CK_VERSIONS(int64_t, ck_multiply_adds_##suffix, (int64_t rounds, scalar_t factor)) \
  int64_t ck_multiply_adds_##suffix(int bits, int64_t rounds) { \
    (void)bits; \
    return ck_multiply_adds_##suffix##_128(rounds, (scalar_t)0.999); \
  }
#endif
CK_MULTIPLY_ADDS(f32, float)
CK_MULTIPLY_ADDS(f64, double)
