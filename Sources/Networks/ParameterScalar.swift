import Differentiation

/// A number type that parameters can be stored in.
///
/// `Float` is what agents train in; `Double` is what verification runs in.
public protocol ParameterScalar: BinaryFloatingPoint, ProgramScalar, SafetensorsScalar, Sendable {
  /// The loops that update parameters of this type.
  static var optimizerKernels: OptimizerKernels<Self> { get }
}

extension Float: ParameterScalar {
  /// The loops in single precision.
  public static var optimizerKernels: OptimizerKernels<Float> { .float }
}

extension Double: ParameterScalar {
  /// The loops in double precision.
  public static var optimizerKernels: OptimizerKernels<Double> { .double }
}
