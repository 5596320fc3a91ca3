/// The derivatives of activations, each one kernel that reads the activation's output.
///
/// tanh also has its second derivative, which takes five passes over memory where a control variate
/// is trained on the variance; those of the other activations are 0 or rare.
extension Fusion {
  /// Recognizes `g · f′(y)` as the pullbacks write it.
  mutating func fuseActivationGradients() {
    for position in lowering.operations.indices {
      let operation = lowering.operations[position]
      guard operation.kind == .broadcasting(.multiply) else { continue }
      for (g, factor) in [(0, 1), (1, 0)] {
        guard let (kernel, y) = activationDerivative(operation.operands[factor]),
          lowering.values[y].shape == lowering.values[operation.result].shape
        else { continue }
        lowering.operations[position].kind = .broadcasting(kernel)
        lowering.operations[position].operands = [operation.operands[g], y]
        break
      }
    }
  }

  /// Recognizes 2 (−(u v) y), what the pullback of g (1 − y²) gives for y.
  mutating func fuseCurvatureOfTanh() {
    for position in lowering.operations.indices {
      let operation = lowering.operations[position]
      guard operation.kind == .constantOperand(.scale, 2),
        let outer = factors(of: operation.operands[0])
      else { continue }
      for (negated, y) in [(outer.0, outer.1), (outer.1, outer.0)] {
        guard let product = operand(of: negated, .constantOperand(.scale, -1)),
          let inner = factors(of: product)
        else { continue }
        lowering.operations[position].kind = .broadcasting(.tanhCurvature)
        lowering.operations[position].operands = [inner.0, inner.1, y]
        break
      }
    }
  }

  /// The two factors of a product, if both have its shape.
  private func factors(of value: Int) -> (Int, Int)? {
    guard let product = operation(producing: value), product.kind == .broadcasting(.multiply),
      product.operands.allSatisfy({ lowering.values[$0].shape == lowering.values[value].shape })
    else { return nil }
    return (product.operands[0], product.operands[1])
  }

  private func activationDerivative(_ value: Int) -> (Kernel, output: Int)? {
    if let square = oneMinus(value), let y = operand(of: square, .unary(.square)) {
      return (.tanhGradient, y)
    }
    if let y = operand(of: value, .unary(.step)) { return (.reluGradient, y) }
    guard let factor = operation(producing: value) else { return nil }
    if factor.kind == .broadcasting(.multiply),
      oneMinus(factor.operands[1]) == factor.operands[0]
    {
      return (.sigmoidGradient, factor.operands[0])
    }
    if factor.kind == .broadcasting(.select),
      let y = operand(of: factor.operands[0], .unary(.step)),
      operation(producing: factor.operands[1])?.kind == .fill(1),
      operand(of: factor.operands[2], .constantOperand(.offset, 1)) == y
    {
      return (.eluGradient, y)
    }
    return nil
  }

  /// The x of 1 − x.
  private func oneMinus(_ value: Int) -> Int? {
    operand(of: value, .constantOperand(.offset, 1)).flatMap {
      operand(of: $0, .constantOperand(.scale, -1))
    }
  }
}
