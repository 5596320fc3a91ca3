extension Tensor {
  private func unary(_ primitive: Primitive) -> Tensor {
    graph.append(primitive, [self], shape: shape)
  }

  /// e^x.
  public func exp() -> Tensor { unary(.exp) }
  /// The natural logarithm.
  public func log() -> Tensor { unary(.log) }
  /// log(1 + x), accurate near 0.
  public func logOnePlus() -> Tensor { unary(.log1p) }
  /// e^x − 1, accurate near 0.
  public func expMinusOne() -> Tensor { unary(.expm1) }
  /// The hyperbolic tangent.
  public func tanh() -> Tensor { unary(.tanh) }
  /// 1 / (1 + e^−x).
  public func sigmoid() -> Tensor { unary(.sigmoid) }
  /// log(1 + e^x), which neither overflows nor cancels.
  public func softplus() -> Tensor { unary(.softplus) }
  /// max(x, 0); its derivative at 0 is 0.
  public func relu() -> Tensor { unary(.relu) }
  /// x where positive, e^x − 1 elsewhere.
  public func elu() -> Tensor { unary(.elu) }
  /// x².
  public func squared() -> Tensor { unary(.square) }
  /// √x.
  public func squareRoot() -> Tensor { unary(.squareRoot) }
  /// |x|; its derivative at 0 is 0.
  public func absolute() -> Tensor { unary(.absolute) }
  /// 1 / x.
  public func reciprocal() -> Tensor { unary(.reciprocal) }
  /// −1, 0 or 1.
  public func sign() -> Tensor { unary(.sign) }
  /// 1 where x > 0, else 0.
  public func step() -> Tensor { unary(.step) }

  func scaled(by factor: Double) -> Tensor {
    if factor == 1 { return self }
    if case .scale(let inner) = graph.nodes[index].primitive {
      return Tensor(graph: graph, index: graph.operand(0, of: index)).scaled(by: inner * factor)
    }
    if let (inner, range) = paddedRows { return paddedAgain(inner.scaled(by: factor), range) }
    return unary(.scale(factor))
  }

  func shifted(by amount: Double) -> Tensor {
    amount == 0 ? self : unary(.offset(amount))
  }

  /// The constant that this operand is, if it is one and need not widen the other operand.
  private func constant(beside other: Tensor) -> Double? {
    guard let value = graph.constantValue(of: index),
      shape.broadcast(with: other.shape) == other.shape
    else { return nil }
    return value
  }

  private static func binary(_ primitive: Primitive, _ a: Tensor, _ b: Tensor) -> Tensor {
    guard let shape = a.shape.broadcast(with: b.shape) else {
      fatalError(
        "\(primitive) cannot broadcast the shapes \(a.shape) and \(b.shape): aligned at the last "
          + "axis, extents must be equal or 1.")
    }
    return a.graph.append(primitive, [a, b], shape: shape)
  }

  /// The sum, with broadcasting.
  public static func + (a: Tensor, b: Tensor) -> Tensor {
    if let value = b.constant(beside: a) { return a.shifted(by: value) }
    if let value = a.constant(beside: b) { return b.shifted(by: value) }
    return binary(.add, a, b)
  }

  /// The difference, with broadcasting.
  public static func - (a: Tensor, b: Tensor) -> Tensor {
    if let value = b.constant(beside: a) { return a.shifted(by: -value) }
    if let value = a.constant(beside: b) { return b.scaled(by: -1).shifted(by: value) }
    return binary(.subtract, a, b)
  }

  /// The product, with broadcasting.
  public static func * (a: Tensor, b: Tensor) -> Tensor {
    if let value = b.constant(beside: a) { return a.scaled(by: value) }
    if let value = a.constant(beside: b) { return b.scaled(by: value) }
    if let product = a.paddedProduct(b) ?? b.paddedProduct(a) { return product }
    return binary(.multiply, a, b)
  }

  /// The quotient, with broadcasting.
  public static func / (a: Tensor, b: Tensor) -> Tensor {
    if let value = b.constant(beside: a) { return a.scaled(by: 1 / value) }
    if a.constant(beside: b) == 1 { return b.reciprocal() }
    return binary(.divide, a, b)
  }

  /// The negative.
  public static prefix func - (a: Tensor) -> Tensor { a.scaled(by: -1) }

  /// The sum with a number.
  public static func + (a: Tensor, b: Double) -> Tensor { a.shifted(by: b) }
  /// The sum with a number.
  public static func + (a: Double, b: Tensor) -> Tensor { b.shifted(by: a) }
  /// The difference from a number.
  public static func - (a: Tensor, b: Double) -> Tensor { a.shifted(by: -b) }
  /// The difference from a number.
  public static func - (a: Double, b: Tensor) -> Tensor { b.scaled(by: -1).shifted(by: a) }
  /// The product with a number.
  public static func * (a: Tensor, b: Double) -> Tensor { a.scaled(by: b) }
  /// The product with a number.
  public static func * (a: Double, b: Tensor) -> Tensor { b.scaled(by: a) }
  /// The quotient by a number.
  public static func / (a: Tensor, b: Double) -> Tensor { a.scaled(by: 1 / b) }
  /// A number divided by each element.
  public static func / (a: Double, b: Tensor) -> Tensor { b.reciprocal().scaled(by: a) }

  /// The smaller of two, with broadcasting; at a tie each gets half of the derivative.
  public static func minimum(_ a: Tensor, _ b: Tensor) -> Tensor { binary(.minimum, a, b) }
  /// The larger of two, with broadcasting; at a tie each gets half of the derivative.
  public static func maximum(_ a: Tensor, _ b: Tensor) -> Tensor { binary(.maximum, a, b) }
  /// 1 where a > b, else 0.
  public static func greater(_ a: Tensor, _ b: Tensor) -> Tensor { binary(.greater, a, b) }
  /// 1 where a ≥ b, else 0.
  public static func greaterOrEqual(_ a: Tensor, _ b: Tensor) -> Tensor {
    binary(.greaterOrEqual, a, b)
  }
  /// 1 where a = b, else 0.
  public static func equal(_ a: Tensor, _ b: Tensor) -> Tensor { binary(.equal, a, b) }

  /// Where this tensor is not 0 the first choice, elsewhere the second; all three broadcast.
  ///
  /// Both choices are computed, and a NaN in the one not taken still spoils a derivative that
  /// passes through it: keep its argument inside the domain first.
  public func select(_ chosen: Tensor, otherwise: Tensor) -> Tensor {
    guard let choices = chosen.shape.broadcast(with: otherwise.shape),
      let shape = shape.broadcast(with: choices)
    else {
      fatalError(
        "select cannot broadcast the shapes \(shape), \(chosen.shape) and \(otherwise.shape).")
    }
    return graph.append(.select, [self, chosen, otherwise], shape: shape)
  }
}
