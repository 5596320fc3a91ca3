/// The derivatives of activations, each one kernel that reads the activation's output.
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
