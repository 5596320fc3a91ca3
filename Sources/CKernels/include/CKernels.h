// Numeric kernels of the differentiation engine.
//
// A program is an array of `ck_instruction`. Each names its kernel, its operands and the iteration
// space; `ck_run` walks the array. Kernels never allocate, never lock and never read anything but
// their instruction, so a program is a pure function of its inputs.
//
// Everything exists for float (suffix _f32) and double (suffix _f64).

#ifndef CKERNELS_H
#define CKERNELS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ck_instruction ck_instruction;
typedef void (*ck_kernel)(const ck_instruction *);

enum { CK_INPUTS = 4, CK_AXES = 5 };

// One step of a program. Which fields a kernel reads is said where the kernel is declared.
struct ck_instruction {
  ck_kernel kernel;
  void *out;
  const void *in[CK_INPUTS];

  // The iteration space: `rows` by `cols`, and `depth` where a third extent is needed.
  int64_t rows, cols, depth;

  // Element (i, j) of operand k lies at in[k][i * row_stride[k] + j * col_stride[k]];
  // column strides are 0 or 1. The output is always dense: out[i * cols + j].
  int64_t row_stride[CK_INPUTS], col_stride[CK_INPUTS];

  // Extents and element strides of the strided copies, outermost axis first.
  int64_t extent[CK_AXES], in_stride[CK_AXES], out_stride[CK_AXES];

  // Operation-specific: see ck_matmul.
  int32_t flags;
  int32_t activation;
  double scalar;

  // How far each pointer moves, in bytes, from one row of the program to the next; used only by
  // `ck_run_rows`, and 0 for operands that all rows share.
  int64_t out_row_bytes, in_row_bytes[CK_INPUTS];

  // How many of `rows` (for a strided copy, of extent[0]) belong to one row of the program; 0 is 1.
  int64_t row_blocks;
};

// Runs `count` instructions in order.
void ck_run(const ck_instruction *instructions, int64_t count);

// Runs `count` row-wise instructions (a ck_matmul without CK_TRANSPOSE_A) on the rows [first, first + rows) of their operands alone:
// every pointer is advanced by first * its row_bytes, and `rows` * row_blocks replaces the instruction's
// own row count (for a strided copy, extent[0]).
void ck_run_rows(const ck_instruction *instructions, int64_t count, int64_t first, int64_t rows);

// Treats denormal numbers as zero on the calling thread, or no longer does. Returns what was set before.
// Without it a training step whose gradients vanish slows down several times over.
int ck_set_flush_to_zero(int enabled);

// The width of the vectors in use, in bits. 512 and 256 give the same bits, and so does arm64, where the
// number is 128: what is added to what is part of each kernel's definition, and multiply-adds are fused.
// 128 on x86-64 is the baseline without fused multiply-adds, whose results differ in their last bits.
//
// The widest that the processor has is chosen when the program starts, or a narrower one that the
// environment variable RELAXRL_VECTOR_BITS names.
int ck_vector_bits(void);
int ck_widest_vector_bits(void);
// The value of RELAXRL_VECTOR_BITS if it is no width, or one that the processor lacks; otherwise null.
const char *ck_refused_vector_bits(void);
// Whether a * b + c is rounded once.
int ck_fuses_multiply_adds(void);

// Runs multiply-adds in registers alone, at a width that the processor has, and returns how many
// floating-point operations they were: what no product can exceed.
int64_t ck_multiply_adds_f32(int bits, int64_t rounds);
int64_t ck_multiply_adds_f64(int bits, int64_t rounds);

// ck_matmul: out[rows, cols] = op(in[0]) op(in[1]), with depth the inner extent.
//   CK_TRANSPOSE_A: in[0] is stored [depth, rows]; otherwise [rows, depth].
//   CK_TRANSPOSE_B: in[1] is stored [cols, depth]; otherwise [depth, cols].
//   CK_ACCUMULATE:  out += instead of out =.
//   CK_BIAS:        in[2] is [cols], added to every row before the activation.
//   CK_WINDOWS:     in[0] holds images, and what is said to be stored above is their windows, one below the
//                   other: row r and column c of them is the element of in[0] at Σ i_a in_stride_a, i being
//                   the r-th place of extent[0..2] and the c-th of extent[3..4], of which the last has stride 1.
// The activation is applied last, to the accumulated and biased sum. Without CK_TRANSPOSE_A a row of
// the result has the same bits whichever rows are computed with it. The output overlaps no operand.
enum {
  CK_TRANSPOSE_A = 1, CK_TRANSPOSE_B = 2, CK_ACCUMULATE = 4, CK_BIAS = 8, CK_WINDOWS = 16
};
enum { CK_LINEAR = 0, CK_TANH = 1, CK_RELU = 2, CK_ELU = 3, CK_SIGMOID = 4, CK_SOFTPLUS = 5 };

#define CK_DECLARE(name) \
  void ck_##name##_f32(const ck_instruction *); \
  void ck_##name##_f64(const ck_instruction *);

CK_DECLARE(matmul)

// Element-wise with one operand: out[i] = f(in[0][i]) for i < rows * cols, both dense. The output of
// any element-wise kernel may be the memory of an operand that is dense too. Within 4 roundings of the
// exact value; results smaller than about the smallest normal number may be 0; NaN is passed on.
CK_DECLARE(negate)
CK_DECLARE(exp)
CK_DECLARE(log)
CK_DECLARE(log1p)
CK_DECLARE(expm1)
CK_DECLARE(tanh)
CK_DECLARE(sigmoid)
CK_DECLARE(softplus)
CK_DECLARE(relu)
CK_DECLARE(elu)      // x > 0 ? x : exp(x) - 1
CK_DECLARE(square)
CK_DECLARE(sqrt)
CK_DECLARE(abs)
CK_DECLARE(reciprocal)
CK_DECLARE(sign)     // -1, 0 or 1
CK_DECLARE(step)     // x > 0 ? 1 : 0

// Element-wise with two operands, each broadcast by its strides. Comparisons give 1 or 0.
CK_DECLARE(add)
CK_DECLARE(subtract)
CK_DECLARE(multiply)
CK_DECLARE(divide)
CK_DECLARE(minimum)   // NaN if either operand is, as `maximum`, `max` and `min`
CK_DECLARE(maximum)
CK_DECLARE(greater)
CK_DECLARE(greater_equal)
CK_DECLARE(equal)

// Element-wise with three operands, each broadcast by its strides.
CK_DECLARE(select)            // in[0] != 0 ? in[1] : in[2]
CK_DECLARE(multiply_add)      // in[0] * in[1] + in[2]

// Fused forms the compiler recognises in the backward pass; two operands, broadcast by strides.
// y is the activation's output, so that no input need be kept.
CK_DECLARE(tanh_gradient)     // in[0] * (1 - in[1] * in[1])
CK_DECLARE(sigmoid_gradient)  // in[0] * in[1] * (1 - in[1])
CK_DECLARE(relu_gradient)     // in[1] > 0 ? in[0] : 0
CK_DECLARE(elu_gradient)      // in[1] > 0 ? in[0] : in[0] * (in[1] + 1)

// The same for a gradient of a gradient: what in[0] * in[1] * (1 - y * y) owes to y = in[2].
CK_DECLARE(tanh_curvature)    // -2 * in[0] * in[1] * in[2]

// out = in[0] * scalar, out = in[0] + scalar; dense, rows * cols elements.
CK_DECLARE(scale)
CK_DECLARE(offset)

// Reductions of the middle axis: in[0] is [rows, depth, cols] dense, out is [rows, cols].
// The order of summation depends on the extents alone, never on the processor's load or the caller.
CK_DECLARE(sum)
CK_DECLARE(max)
CK_DECLARE(min)

// Over the last axis of in[0] = [rows, depth]: log-sum-exp gives [rows]; arg_max gives the first
// index of the largest element as a number, [rows]; NaN counts as the largest.
CK_DECLARE(log_sum_exp)
CK_DECLARE(arg_max)

// out[i] = in[0][i, in[1][i]] with in[0] = [rows, depth] and in[1] = [rows] indices stored as
// numbers; an index outside [0, depth) gives NaN.
CK_DECLARE(gather)
// out[i, j] = in[0][i] == j, out = [rows, cols], in[0] = [rows].
CK_DECLARE(one_hot)

// out[Σ i_a out_stride_a] = in[0][Σ i_a in_stride_a] over extent[0..4]; unused axes have extent 1.
// Serves transposes, broadcasts, slices, concatenations and the windows of images.
CK_DECLARE(copy)
// The same with += in place of =, element by element in the order of the extents.
CK_DECLARE(scatter_add)
// out[0 ..< rows * cols] = scalar.
CK_DECLARE(fill)
// out[i] = in[0][i] for rows * cols bytes, as numbers from 0 to 255.
CK_DECLARE(from_bytes)

#undef CK_DECLARE

// Optimizers, one pass over the contiguous parameters. n elements each; `gradient_scale` multiplies
// the gradient first (global-norm clipping). The definitions are PyTorch's.
#define CK_DECLARE_OPTIMIZERS(suffix, scalar_t) \
  void ck_sgd_##suffix(int64_t n, scalar_t *parameters, const scalar_t *gradient, \
    scalar_t *velocity, double learning_rate, double momentum, double gradient_scale); \
  void ck_rmsprop_##suffix(int64_t n, scalar_t *parameters, const scalar_t *gradient, \
    scalar_t *mean_square, double learning_rate, double decay, double epsilon, \
    double gradient_scale); \
  void ck_adam_##suffix(int64_t n, scalar_t *parameters, const scalar_t *gradient, \
    scalar_t *first_moment, scalar_t *second_moment, double learning_rate, double beta1, \
    double beta2, double epsilon, double correction1, double correction2, double gradient_scale); \
  double ck_sum_of_squares_##suffix(int64_t n, const scalar_t *values); \
  void ck_accumulate_##suffix(int64_t n, scalar_t *total, const scalar_t *values, double scale); \
  /* Moves values a share of the way towards a goal, as target networks do. */ \
  void ck_approach_##suffix(int64_t n, scalar_t *values, const scalar_t *goal, double share); \
  /* Index of the first element that is NaN or infinite, or -1. */ \
  int64_t ck_first_non_finite_##suffix(int64_t n, const scalar_t *values); \
  /* Exponential averages of g and g² for the live variance of a gradient. */ \
  void ck_moments_##suffix(int64_t n, scalar_t *mean, scalar_t *mean_square, \
    const scalar_t *gradient, double decay);
CK_DECLARE_OPTIMIZERS(f32, float)
CK_DECLARE_OPTIMIZERS(f64, double)
#undef CK_DECLARE_OPTIMIZERS

#ifdef __cplusplus
}
#endif

#endif
