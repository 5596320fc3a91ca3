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

  /// Of one operand, element by element: what it is called.
  case exp, log, log1p, expm1, tanh, sigmoid, softplus, relu, elu
  /// Of one operand, element by element; the sign of 0 is 0, and the step is 1 above 0.
  case square, squareRoot, absolute, reciprocal, sign, step
  /// The operand times a constant.
  case scale(Double)
  /// The operand plus a constant.
  case offset(Double)

  /// Of two operands, element by element, with broadcasting.
  case add, subtract, multiply, divide, minimum, maximum
  /// 1 where it holds of two operands, with broadcasting, and 0 elsewhere.
  case greater, greaterOrEqual, equal
  /// Where the first operand is not 0 the second, elsewhere the third.
  case select

  /// op(A) op(B) of two matrices, each transposed where said.
  case matrixProduct(transposeLeft: Bool, transposeRight: Bool)

  /// Over an axis, which is removed.
  case sum(axis: Int), maximumOver(axis: Int), minimumOver(axis: Int)
  /// log Σ exp over the last axis, removed.
  case logSumExp

  /// The same elements in another shape.
  case reshape
  /// The axes in another order.
  case transpose(permutation: [Int])
  /// The operand again and again along axes of extent 1 or new ones in front, by NumPy's rule.
  case broadcast
  /// A part of the operand along an axis.
  case slice(axis: Int, start: Int)
  /// Zeros before and after along an axis: the derivative of a slice.
  case pad(axis: Int, before: Int)
  /// The operands one behind the other along an axis.
  case concatenate(axis: Int)
  /// The windows of images, each one row of numbers.
  case windows(Windows)
  /// Adds windows up where they lie in images: the derivative of taking them.
  case accumulateWindows(Windows)

  // Indices, stored as numbers.
  /// Picks one element of the last axis per row.
  case gather
  /// 1 at the index of each row and 0 elsewhere, along a new last axis.
  case oneHot
  /// The index of the largest element of the last axis, the first of equals.
  case argMax

  /// The operand, which derivatives treat as a constant.
  case stopGradient
}
