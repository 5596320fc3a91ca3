import CKernels

/// The kernels that one scalar type runs on.
enum Kernel: String, CaseIterable {
  case matmul
  case exp, log, log1p, expm1, tanh, sigmoid, softplus, relu, elu
  case square, sqrt, abs, reciprocal, sign, step
  case add, subtract, multiply, divide, minimum, maximum, greater, greaterEqual, equal
  case select, multiplyAdd, tanhCurvature
  case tanhGradient, sigmoidGradient, reluGradient, eluGradient
  case scale, offset
  case sum, max, min
  case logSumExp, argMax, gather, oneHot
  case copy, scatterAdd, fill, fromBytes
}

/// A type of number that a `Program` can compute in: `Float` to train, `Double` to verify.
public protocol ProgramScalar: BinaryFloatingPoint, SIMDScalar, Codable, Sendable {
  /// The compiled kernels for this type.
  static var kernelTable: KernelTable { get }
}

/// The C functions behind the operations, for one scalar type.
public struct KernelTable: Sendable {
  let entries: @Sendable (Kernel) -> ck_kernel
  let elementSize: Int
  /// The index of the first element that is NaN or infinite, or −1.
  let firstNonFinite: @Sendable (Int, UnsafeRawPointer) -> Int
}

extension Float: ProgramScalar {
  /// Single precision.
  public static let kernelTable = KernelTable(
    entries: { kernel in
      switch kernel {
      case .matmul: ck_matmul_f32
      case .exp: ck_exp_f32
      case .log: ck_log_f32
      case .log1p: ck_log1p_f32
      case .expm1: ck_expm1_f32
      case .tanh: ck_tanh_f32
      case .sigmoid: ck_sigmoid_f32
      case .softplus: ck_softplus_f32
      case .relu: ck_relu_f32
      case .elu: ck_elu_f32
      case .square: ck_square_f32
      case .sqrt: ck_sqrt_f32
      case .abs: ck_abs_f32
      case .reciprocal: ck_reciprocal_f32
      case .sign: ck_sign_f32
      case .step: ck_step_f32
      case .add: ck_add_f32
      case .subtract: ck_subtract_f32
      case .multiply: ck_multiply_f32
      case .divide: ck_divide_f32
      case .minimum: ck_minimum_f32
      case .maximum: ck_maximum_f32
      case .greater: ck_greater_f32
      case .greaterEqual: ck_greater_equal_f32
      case .equal: ck_equal_f32
      case .select: ck_select_f32
      case .multiplyAdd: ck_multiply_add_f32
      case .tanhCurvature: ck_tanh_curvature_f32
      case .tanhGradient: ck_tanh_gradient_f32
      case .sigmoidGradient: ck_sigmoid_gradient_f32
      case .reluGradient: ck_relu_gradient_f32
      case .eluGradient: ck_elu_gradient_f32
      case .scale: ck_scale_f32
      case .offset: ck_offset_f32
      case .sum: ck_sum_f32
      case .max: ck_max_f32
      case .min: ck_min_f32
      case .logSumExp: ck_log_sum_exp_f32
      case .argMax: ck_arg_max_f32
      case .gather: ck_gather_f32
      case .oneHot: ck_one_hot_f32
      case .copy: ck_copy_f32
      case .scatterAdd: ck_scatter_add_f32
      case .fill: ck_fill_f32
      case .fromBytes: ck_from_bytes_f32
      }
    }, elementSize: 4,
    firstNonFinite: {
      Int(ck_first_non_finite_f32(Int64($0), $1.assumingMemoryBound(to: Float.self)))
    })
}

extension Double: ProgramScalar {
  /// Double precision.
  public static let kernelTable = KernelTable(
    entries: { kernel in
      switch kernel {
      case .matmul: ck_matmul_f64
      case .exp: ck_exp_f64
      case .log: ck_log_f64
      case .log1p: ck_log1p_f64
      case .expm1: ck_expm1_f64
      case .tanh: ck_tanh_f64
      case .sigmoid: ck_sigmoid_f64
      case .softplus: ck_softplus_f64
      case .relu: ck_relu_f64
      case .elu: ck_elu_f64
      case .square: ck_square_f64
      case .sqrt: ck_sqrt_f64
      case .abs: ck_abs_f64
      case .reciprocal: ck_reciprocal_f64
      case .sign: ck_sign_f64
      case .step: ck_step_f64
      case .add: ck_add_f64
      case .subtract: ck_subtract_f64
      case .multiply: ck_multiply_f64
      case .divide: ck_divide_f64
      case .minimum: ck_minimum_f64
      case .maximum: ck_maximum_f64
      case .greater: ck_greater_f64
      case .greaterEqual: ck_greater_equal_f64
      case .equal: ck_equal_f64
      case .select: ck_select_f64
      case .multiplyAdd: ck_multiply_add_f64
      case .tanhCurvature: ck_tanh_curvature_f64
      case .tanhGradient: ck_tanh_gradient_f64
      case .sigmoidGradient: ck_sigmoid_gradient_f64
      case .reluGradient: ck_relu_gradient_f64
      case .eluGradient: ck_elu_gradient_f64
      case .scale: ck_scale_f64
      case .offset: ck_offset_f64
      case .sum: ck_sum_f64
      case .max: ck_max_f64
      case .min: ck_min_f64
      case .logSumExp: ck_log_sum_exp_f64
      case .argMax: ck_arg_max_f64
      case .gather: ck_gather_f64
      case .oneHot: ck_one_hot_f64
      case .copy: ck_copy_f64
      case .scatterAdd: ck_scatter_add_f64
      case .fill: ck_fill_f64
      case .fromBytes: ck_from_bytes_f64
      }
    }, elementSize: 8,
    firstNonFinite: {
      Int(ck_first_non_finite_f64(Int64($0), $1.assumingMemoryBound(to: Double.self)))
    })
}
