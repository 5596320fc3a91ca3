// Parameter updates in one pass, and the passes over gradients that precede them.

#include "Kernel.h"

#ifndef SCALAR

enum { NORM_LANES = 16 };

#define CK_BODY "Optimizers.c"
#include "EveryVersion.h"

#else

void NAME(sgd)(
  int64_t n, SCALAR *parameters, const SCALAR *gradient, SCALAR *velocity, double learning_rate,
  double momentum, double gradient_scale
) {
  const SCALAR rate = (SCALAR)learning_rate, m = (SCALAR)momentum, scale = (SCALAR)gradient_scale;
  CK_VECTORIZED
  for (int64_t i = 0; i < n; i++) {
    const SCALAR v = m * velocity[i] + scale * gradient[i];
    velocity[i] = v;
    parameters[i] -= rate * v;
  }
}

void NAME(rmsprop)(
  int64_t n, SCALAR *parameters, const SCALAR *gradient, SCALAR *mean_square,
  double learning_rate, double decay, double epsilon, double gradient_scale
) {
  const SCALAR rate = (SCALAR)learning_rate, scale = (SCALAR)gradient_scale;
  const SCALAR keep = (SCALAR)decay, take = (SCALAR)(1 - decay), eps = (SCALAR)epsilon;
  CK_VECTORIZED
  for (int64_t i = 0; i < n; i++) {
    const SCALAR g = scale * gradient[i];
    const SCALAR s = keep * mean_square[i] + take * (g * g);
    mean_square[i] = s;
    parameters[i] -= rate * g / (__builtin_elementwise_sqrt(s) + eps);
  }
}

void NAME(adam)(
  int64_t n, SCALAR *parameters, const SCALAR *gradient, SCALAR *first_moment,
  SCALAR *second_moment, double learning_rate, double beta1, double beta2, double epsilon,
  double correction1, double correction2, double gradient_scale
) {
  const SCALAR rate = (SCALAR)(learning_rate / correction1), scale = (SCALAR)gradient_scale;
  const SCALAR keep1 = (SCALAR)beta1, take1 = (SCALAR)(1 - beta1);
  const SCALAR keep2 = (SCALAR)beta2, take2 = (SCALAR)(1 - beta2);
  const SCALAR inverse_root = (SCALAR)(1 / __builtin_sqrt(correction2)), eps = (SCALAR)epsilon;
  CK_VECTORIZED
  for (int64_t i = 0; i < n; i++) {
    const SCALAR g = scale * gradient[i];
    const SCALAR m = keep1 * first_moment[i] + take1 * g;
    const SCALAR v = keep2 * second_moment[i] + take2 * (g * g);
    first_moment[i] = m;
    second_moment[i] = v;
    parameters[i] -= rate * m / (__builtin_elementwise_sqrt(v) * inverse_root + eps);
  }
}

// Accumulated in double: the global norm decides how far every parameter moves.
double NAME(sum_of_squares)(int64_t n, const SCALAR *values) {
  double lanes[NORM_LANES] = {0};
  int64_t i = 0;
  for (; i + NORM_LANES <= n; i += NORM_LANES) {
    for (int j = 0; j < NORM_LANES; j++) {
      const double x = values[i + j];
      lanes[j] += x * x;
    }
  }
  for (int j = 0; i + j < n; j++) {
    const double x = values[i + j];
    lanes[j] += x * x;
  }
  for (int width = NORM_LANES / 2; width > 0; width /= 2) {
    for (int j = 0; j < width; j++) { lanes[j] += lanes[j + width]; }
  }
  return lanes[0];
}

void NAME(accumulate)(
  int64_t n, SCALAR *total, const SCALAR *values, double scale
) {
  const SCALAR s = (SCALAR)scale;
  CK_VECTORIZED
  for (int64_t i = 0; i < n; i++) { total[i] += s * values[i]; }
}

void NAME(approach)(
  int64_t n, SCALAR *values, const SCALAR *goal, double share
) {
  const SCALAR s = (SCALAR)share;
  CK_VECTORIZED
  for (int64_t i = 0; i < n; i++) { values[i] += s * (goal[i] - values[i]); }
}

int64_t NAME(first_non_finite)(int64_t n, const SCALAR *values) {
  // 0 * x is NaN exactly where x is not finite, and NaN survives addition.
  const int64_t block = 256;
  for (int64_t i = 0; i < n; i += block) {
    const int64_t end = CK_MIN(i + block, n);
    int found = 0;
    CK_VECTORIZED
    for (int64_t j = i; j < end; j++) { found |= !(values[j] * 0 == 0); }
    if (!found) { continue; }
    for (int64_t j = i; j < end; j++) {
      if (!(values[j] * 0 == 0)) { return j; }
    }
  }
  return -1;
}

void NAME(moments)(
  int64_t n, SCALAR *mean, SCALAR *mean_square, const SCALAR *gradient, double decay
) {
  const SCALAR keep = (SCALAR)decay, take = (SCALAR)(1 - decay);
  CK_VECTORIZED
  for (int64_t i = 0; i < n; i++) {
    const SCALAR g = gradient[i];
    mean[i] = keep * mean[i] + take * g;
    mean_square[i] = keep * mean_square[i] + take * (g * g);
  }
}

#endif
