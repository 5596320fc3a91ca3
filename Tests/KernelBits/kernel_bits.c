// Prints a checksum of the results of every kernel, over shapes that reach every way through them. Built
// and compared for several widths and processors by scripts/kernel-bits.sh.
//
// Inputs come from a small generator of integers, so that they are the same everywhere.

#include "CKernels.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t state;

static uint64_t next(void) {
  state = state * 6364136223846793005ull + 1442695040888963407ull;
  return state >> 33;
}

// Multiples of 1/4096 in [-4, 4): exact in either precision.
static double number(void) { return (double)(int64_t)(next() % 32768) / 4096 - 4; }

static uint64_t hash;

static void mix(uint64_t bits) { hash = (hash ^ bits) * 1099511628211ull; }

// NaN counts as one number: which NaN an operation gives is the processor's choice.
static void mix_f32(const float *values, int64_t n) {
  for (int64_t i = 0; i < n; i++) {
    uint32_t bits;
    memcpy(&bits, &values[i], sizeof bits);
    mix(isnan(values[i]) ? 1 : bits);
  }
}

static void mix_f64(const double *values, int64_t n) {
  for (int64_t i = 0; i < n; i++) {
    uint64_t bits;
    memcpy(&bits, &values[i], sizeof bits);
    mix(isnan(values[i]) ? 1 : bits);
  }
}

enum { CAPACITY = 700 * 450 };

#define STORAGE(suffix, scalar_t) \
  static scalar_t in_##suffix[CK_INPUTS][CAPACITY], out_##suffix[CAPACITY]; \
  static void fill_##suffix(scalar_t *values, bool special) { \
    for (int64_t i = 0; i < CAPACITY; i++) { values[i] = (scalar_t)number(); } \
    if (!special) { return; } \
    const scalar_t edge[] = { \
      0, (scalar_t)-0.0, INFINITY, -INFINITY, NAN, (scalar_t)1e-30, (scalar_t)-1e30, (scalar_t)88.6, \
      (scalar_t)-87.2, (scalar_t)3e-6, 1, 17}; \
    for (int64_t i = 0; i < 12; i++) { values[i * 7 + 3] = edge[i]; } \
  }
STORAGE(f32, float)
STORAGE(f64, double)

static void report(const char *name, const char *suffix) {
  printf("%s_%s %016llx\n", name, suffix, (unsigned long long)hash);
  hash = 14695981039346656037ull;
}

static const int64_t extents[] = {1, 3, 6, 8, 13, 33, 65};
enum { EXTENTS = sizeof extents / sizeof *extents };

#define PRODUCT(suffix, scalar_t) \
  static void product_##suffix(int64_t rows, int64_t cols, int64_t depth, int flags, int activation) { \
    ck_instruction step; \
    memset(&step, 0, sizeof step); \
    for (int k = 0; k < 3; k++) { step.in[k] = in_##suffix[k]; } \
    step.out = out_##suffix; \
    step.rows = rows; \
    step.cols = cols; \
    step.depth = depth; \
    step.flags = flags; \
    step.activation = activation; \
    memcpy(out_##suffix, in_##suffix[3], (size_t)(rows * cols) * sizeof(scalar_t)); \
    ck_matmul_##suffix(&step); \
    mix_##suffix(out_##suffix, rows * cols); \
  } \
  static void products_##suffix(void) { \
    for (int flags = 0; flags < 16; flags++) { \
      char name[32]; \
      for (int r = 0; r < EXTENTS; r++) { \
        for (int c = 0; c < EXTENTS; c++) { \
          for (int d = 0; d < EXTENTS; d += 2) { \
            product_##suffix(extents[r], extents[c], extents[d], flags, (r + c + d) % 6); \
          } \
        } \
      } \
      const int64_t large[][3] = { \
        {8, 64, 64}, {40, 64, 64}, {64, 64, 320}, {64, 2, 320}, {2, 320, 64}, \
        {256, 256, 3}, {100, 100, 100}, {65, 300, 400}, \
        {1, 600, 17}, {3, 600, 330}, {14, 440, 700}}; \
      for (size_t i = 0; i < sizeof large / sizeof *large; i++) { \
        product_##suffix(large[i][0], large[i][1], large[i][2], flags, (int)i % 6); \
      } \
      snprintf(name, sizeof name, "matmul(%d)", flags); \
      report(name, #suffix); \
    } \
  }
PRODUCT(f32, float)
PRODUCT(f64, double)

typedef struct { const char *name; ck_kernel f32, f64; } kernel;
#define KERNEL(name) {#name, ck_##name##_f32, ck_##name##_f64}

// Dense, one number, a row for all, a column for all: each combination of three operands.
static void elementwise(const kernel *k, int operands) {
  const int64_t shapes[][2] = {{1, 1}, {1, 19}, {40, 2}, {40, 64}, {7, 3}, {3, 700}, {65, 17}};
  int combinations = 1;
  for (int i = 0; i < operands; i++) { combinations *= operands > 1 ? 4 : 1; }
  for (int is_double = 0; is_double < 2; is_double++) {
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
      for (int combination = 0; combination < combinations; combination++) {
        ck_instruction step;
        memset(&step, 0, sizeof step);
        step.rows = shapes[s][0];
        step.cols = shapes[s][1];
        step.scalar = 1.375;
        step.out = is_double ? (void *)out_f64 : (void *)out_f32;
        for (int i = 0, left = combination; i < operands; i++, left /= 4) {
          step.in[i] = is_double ? (const void *)in_f64[i] : (const void *)in_f32[i];
          step.row_stride[i] = left % 4 == 0 ? step.cols : left % 4 == 3 ? 1 : 0;
          step.col_stride[i] = left % 4 == 0 || left % 4 == 2;
        }
        (is_double ? k->f64 : k->f32)(&step);
        if (is_double) {
          mix_f64(out_f64, step.rows * step.cols);
        } else {
          mix_f32(out_f32, step.rows * step.cols);
        }
      }
    }
    report(k->name, is_double ? "f64" : "f32");
  }
}

static void reduction(const kernel *k, bool last_axis, int indices) {
  const int64_t depths[] = {1, 2, 3, 7, 31, 32, 33, 64, 65, 300, 1030};
  const int64_t widths[] = {1, 2, 3, 4, 5, 8, 12, 16, 17, 33, 64, 100};
  for (int is_double = 0; is_double < 2; is_double++) {
    for (size_t d = 0; d < sizeof depths / sizeof *depths; d++) {
      for (size_t c = 0; c < (last_axis ? 1 : sizeof widths / sizeof *widths); c++) {
        ck_instruction step;
        memset(&step, 0, sizeof step);
        step.rows = last_axis ? 37 : 3;
        step.depth = depths[d];
        step.cols = indices == 2 ? step.depth : widths[c];
        step.out = is_double ? (void *)out_f64 : (void *)out_f32;
        for (int i = 0; i < 2; i++) {
          step.in[i] = is_double ? (const void *)in_f64[i] : (const void *)in_f32[i];
        }
        (is_double ? k->f64 : k->f32)(&step);
        const int64_t n = step.rows * (last_axis && indices < 2 ? 1 : step.cols);
        if (is_double) { mix_f64(out_f64, n); } else { mix_f32(out_f32, n); }
      }
    }
    report(k->name, is_double ? "f64" : "f32");
  }
}

// Transposes, slices and broadcasts.
static void copies(void) {
  const int64_t extent[][2] = {{5, 7}, {64, 40}, {33, 65}, {100, 3}};
  for (int is_double = 0; is_double < 2; is_double++) {
    for (size_t s = 0; s < 4; s++) {
      ck_instruction step;
      memset(&step, 0, sizeof step);
      const int64_t n = extent[s][0], m = extent[s][1];
      for (int a = 0; a < CK_AXES; a++) { step.extent[a] = 1; }
      step.extent[3] = n;
      step.extent[4] = m;
      step.out_stride[3] = m;
      step.out_stride[4] = 1;
      step.in_stride[3] = 1;
      step.in_stride[4] = n;
      step.in[0] = is_double ? (const void *)in_f64[0] : (const void *)in_f32[0];
      step.out = is_double ? (void *)out_f64 : (void *)out_f32;
      if (is_double) {
        ck_copy_f64(&step);
        mix_f64(out_f64, n * m);
      } else {
        ck_copy_f32(&step);
        mix_f32(out_f32, n * m);
      }
    }
    report("copy", is_double ? "f64" : "f32");
  }
}

// Makes a product of the windows with 11 columns of what has added them up, by turns transposed.
static void product_of_windows(ck_instruction *step) {
  memcpy(step->in_stride, step->out_stride, sizeof step->in_stride);
  step->rows = step->extent[1] * step->extent[2];
  step->depth = step->extent[3] * step->extent[4];
  step->cols = 11;
  step->flags = CK_WINDOWS;
  if (step->extent[4] % 2) {
    const int64_t rows = step->rows;
    step->rows = step->depth;
    step->depth = rows;
    step->flags |= CK_TRANSPOSE_A;
  }
  step->in[1] = step->in[0];
}

// Windows of 3 × 3 in an image of 9 × 8 pixels with `channels` numbers each, added up where they lie.
static void windows(void) {
  for (int is_double = 0; is_double < 2; is_double++) {
    for (int64_t channels = 1; channels < 8; channels++) {
      const int64_t n = 9 * 8 * channels, run = 3 * channels;
      ck_instruction step;
      memset(&step, 0, sizeof step);
      const int64_t extent[CK_AXES] = {1, 7, 6, 3, run};
      const int64_t out_stride[CK_AXES] = {n, 8 * channels, channels, 8 * channels, 1};
      const int64_t in_stride[CK_AXES] = {7 * 6 * 3 * run, 6 * 3 * run, 3 * run, run, 1};
      memcpy(step.extent, extent, sizeof extent);
      memcpy(step.out_stride, out_stride, sizeof out_stride);
      memcpy(step.in_stride, in_stride, sizeof in_stride);
      if (is_double) {
        step.in[0] = in_f64[0];
        step.out = out_f64;
        for (int64_t i = 0; i < n; i++) { out_f64[i] = 0; }
        ck_scatter_add_f64(&step);
        mix_f64(out_f64, n);
        product_of_windows(&step);
        ck_matmul_f64(&step);
        mix_f64(out_f64, step.rows * step.cols);
      } else {
        step.in[0] = in_f32[0];
        step.out = out_f32;
        for (int64_t i = 0; i < n; i++) { out_f32[i] = 0; }
        ck_scatter_add_f32(&step);
        mix_f32(out_f32, n);
        product_of_windows(&step);
        ck_matmul_f32(&step);
        mix_f32(out_f32, step.rows * step.cols);
      }
    }
    report("windows", is_double ? "f64" : "f32");
  }
}

// The bytes of some numbers.
static void numbers_of_bytes(void) {
  ck_instruction step;
  memset(&step, 0, sizeof step);
  step.rows = 1;
  step.in[0] = in_f32[0];
  for (step.cols = 1; step.cols < 200; step.cols++) {
    step.out = out_f32;
    ck_from_bytes_f32(&step);
    mix_f32(out_f32, step.cols);
    step.out = out_f64;
    ck_from_bytes_f64(&step);
    mix_f64(out_f64, step.cols);
  }
  report("from_bytes", "both");
}

#define OPTIMIZERS(suffix, scalar_t) \
  static void optimizers_##suffix(void) { \
    for (int64_t n = 1; n < 2000; n = n * 3 + 1) { \
      scalar_t *a = in_##suffix[0], *g = in_##suffix[1], *m = in_##suffix[2], *v = in_##suffix[3]; \
      for (int64_t i = 0; i < n; i++) { v[i] = v[i] * v[i]; } \
      ck_sgd_##suffix(n, a, g, m, 0.01, 0.9, 0.7); \
      ck_rmsprop_##suffix(n, a, g, v, 0.01, 0.99, 1e-5, 0.7); \
      ck_adam_##suffix(n, a, g, m, v, 0.001, 0.9, 0.999, 1e-8, 0.1, 0.001, 0.7); \
      ck_moments_##suffix(n, m, v, g, 0.95); \
      ck_accumulate_##suffix(n, a, g, 0.3); \
      ck_approach_##suffix(n, a, m, 0.005); \
      mix_##suffix(a, n); \
      mix_##suffix(m, n); \
      mix_##suffix(v, n); \
      const double norm = ck_sum_of_squares_##suffix(n, g); \
      mix_f64(&norm, 1); \
      mix((uint64_t)ck_first_non_finite_##suffix(n, g)); \
    } \
    report("optimizers", #suffix); \
  }
OPTIMIZERS(f32, float)
OPTIMIZERS(f64, double)

int main(void) {
  if (ck_refused_vector_bits()) {
    fprintf(stderr, "RELAXRL_VECTOR_BITS is refused: %s\n", ck_refused_vector_bits());
    return 77;
  }
  ck_set_flush_to_zero(1);
  hash = 14695981039346656037ull;
  for (int k = 0; k < CK_INPUTS; k++) {
    fill_f32(in_f32[k], false);
    fill_f64(in_f64[k], false);
  }
  products_f32();
  products_f64();
  for (int k = 0; k < 3; k++) {
    fill_f32(in_f32[k], true);
    fill_f64(in_f64[k], true);
  }
  const kernel unary[] = {
    KERNEL(negate), KERNEL(exp), KERNEL(log), KERNEL(log1p), KERNEL(expm1), KERNEL(tanh),
    KERNEL(sigmoid), KERNEL(softplus), KERNEL(relu), KERNEL(elu), KERNEL(square), KERNEL(sqrt),
    KERNEL(abs), KERNEL(reciprocal), KERNEL(sign), KERNEL(step), KERNEL(scale), KERNEL(offset),
    KERNEL(fill)};
  const kernel binary[] = {
    KERNEL(add), KERNEL(subtract), KERNEL(multiply), KERNEL(divide), KERNEL(minimum),
    KERNEL(maximum), KERNEL(greater), KERNEL(greater_equal), KERNEL(equal), KERNEL(tanh_gradient),
    KERNEL(sigmoid_gradient), KERNEL(relu_gradient), KERNEL(elu_gradient)};
  const kernel ternary[] = {KERNEL(select), KERNEL(multiply_add), KERNEL(tanh_curvature)};
  const kernel sums[] = {KERNEL(sum), KERNEL(max), KERNEL(min)};
  const kernel rows[] = {KERNEL(log_sum_exp), KERNEL(arg_max), KERNEL(gather)};
  const kernel one_hot = KERNEL(one_hot);
  for (size_t i = 0; i < sizeof unary / sizeof *unary; i++) { elementwise(&unary[i], 1); }
  for (size_t i = 0; i < sizeof binary / sizeof *binary; i++) { elementwise(&binary[i], 2); }
  for (size_t i = 0; i < sizeof ternary / sizeof *ternary; i++) { elementwise(&ternary[i], 3); }
  for (size_t i = 0; i < sizeof sums / sizeof *sums; i++) { reduction(&sums[i], false, 0); }
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) { reduction(&rows[i], true, 0); }
  // Whole numbers, some of them no index.
  for (int64_t i = 0; i < CAPACITY; i++) {
    in_f32[1][i] = in_f32[0][i] = (float)(int64_t)(next() % 40) - 3;
    in_f64[1][i] = in_f64[0][i] = (double)(int64_t)(next() % 40) - 3;
  }
  reduction(&rows[2], true, 1);
  reduction(&one_hot, true, 2);
  copies();
  windows();
  numbers_of_bytes();
  for (int k = 0; k < CK_INPUTS; k++) {
    fill_f32(in_f32[k], false);
    fill_f64(in_f64[k], false);
  }
  optimizers_f32();
  optimizers_f64();
  return 0;
}
