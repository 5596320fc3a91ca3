/// Every operation that a graph knows; `Pullbacks.swift` has the derivative of each.
///
/// The set is small because the rest is written with it: a softmax, say, is an exponential of
/// `x - logSumExp(x)`, and so its derivatives of any order come for free.
public enum Primitive: Hashable, Sendable {
  // Leaves.
  /// A tensor the caller fills before a run, by name.
  case input(String)
  /// Bytes that the caller fills before a run, by name; only `numbers` reads them.
  case bytes(String)
  /// One number, a scalar.
  case constant(Double)
  /// A dense tensor written into the program.
  case literal([Double])

  /// The operand's bytes as numbers from 0 to 255.
  case numbers

  // One operand, element by element.
  case exp, log, log1p, expm1, tanh, sigmoid, softplus, relu, elu
  case square, squareRoot, absolute, reciprocal, sign, step
  /// The operand times a constant.
  case scale(Double)
  /// The operand plus a constant.
  case offset(Double)

  // Two operands, element by element, with broadcasting; comparisons give 1 or 0.
  case add, subtract, multiply, divide, minimum, maximum
  case greater, greaterOrEqual, equal
  /// Where the first operand is not 0 the second, elsewhere the third.
  case select

  /// op(A) op(B) of two matrices, each transposed where said.
  case matrixProduct(transposeLeft: Bool, transposeRight: Bool)

  // Reductions, which remove the axis.
  case sum(axis: Int), maximumOver(axis: Int), minimumOver(axis: Int)
  /// log Σ exp over the last axis, removed.
  case logSumExp

  // Movement.
  case reshape
  case transpose(permutation: [Int])
  case broadcast
  case slice(axis: Int, start: Int)
  /// Zeros before and after along an axis: the derivative of a slice.
  case pad(axis: Int, before: Int)
  case concatenate(axis: Int)
  /// The windows of images, each one row of numbers.
  case windows(Windows)
  /// Adds windows up where they lie in images: the derivative of taking them.
  case accumulateWindows(Windows)

  // Indices, stored as numbers.
  /// Picks one element of the last axis per row.
  case gather
  case oneHot
  case argMax

  /// The operand, which derivatives treat as a constant.
  case stopGradient
}
