extension Program: CustomStringConvertible {
  /// What runs: the instructions of each stage with shapes, work and labels, and the totals.
  public var description: String {
    let total = stages.indices.reduce(ProgramCost()) { $0 + cost(ofStage: $1) }
    let count = stages.indices.reduce(0) { $0 + instructionCount(ofStage: $1) }
    var lines = [
      "Program<\(Scalar.self)>: \(count) instructions in \(stages.count) "
        + "\(stages.count == 1 ? "stage" : "stages"), \(total), arena of \(arenaSize) bytes"
    ]
    for (index, stage) in stages.enumerated() {
      let rows = stage.rowCount.map { ", row-wise over \($0) rows" } ?? ""
      lines.append(
        "stage \(index)\(rows): \(instructionCount(ofStage: index)) instructions, "
          + "\(cost(ofStage: index))")
      var position = 0
      for step in stage.steps {
        lines.append(line(for: step.operation, at: position))
        position += step.instructionCount
      }
    }
    return lines.joined(separator: "\n")
  }

  private func line(for operation: Operation, at position: Int) -> String {
    let number = String(position)
    let operands = operation.operands.map { name(of: $0) }.joined(separator: ", ")
    let cost = lowering.cost(of: operation, elementSize: MemoryLayout<Scalar>.size)
    return String(repeating: " ", count: max(0, 5 - number.count)) + number
      + "  \(name(of: operation.result)) = \(operation.kind.name)(\(operands))  \(cost)"
  }

  /// A value as it is printed: its label, the input's name or a number, then its shape.
  private func name(of value: Int) -> String {
    let description = lowering.values[value]
    let name = lowering.label(of: value).map { "\"\($0)\"" } ?? "%\(value)"
    return name + "\(description.shape)"
  }
}

extension ProgramCost: CustomStringConvertible {
  /// The work in operations and bytes.
  public var description: String {
    var parts: [String] = []
    if matrixFlops > 0 { parts.append("\(matrixFlops) flops") }
    if elementOperations > 0 { parts.append("\(elementOperations) elements") }
    parts.append("\(bytes) bytes")
    return parts.joined(separator: ", ")
  }
}

extension Lowering {
  /// The label that the user gave a value, or the name of an input.
  func label(of value: Int) -> String? {
    let node = values[value].node
    if let label = graph.label(of: node) { return label }
    switch graph.nodes[node].primitive {
    case .input(let name) where values[value].isInput: return name
    case .bytes(let name): return name
    default: return nil
    }
  }
}

extension Operation.Kind {
  /// The operation as people read it.
  var name: String {
    switch self {
    case .unary(let kernel), .broadcasting(let kernel), .alongLastAxis(let kernel):
      return kernel.rawValue
    case .constantOperand(let kernel, let constant): return "\(kernel.rawValue) \(constant)"
    case .matrixProduct(let product):
      var name =
        "matmul \(product.transposeLeft ? "Aᵀ" : "A") \(product.transposeRight ? "Bᵀ" : "B")"
      if let windows = product.windows { name += " of windows \(windows)" }
      if product.hasBias { name += " + bias" }
      if product.accumulates { name += " + sum" }
      return product.activation.map { "\(name), \($0.rawValue)" } ?? name
    case .reduction(let kernel, let axis): return "\(kernel.rawValue) over axis \(axis)"
    case .oneHot: return "oneHot"
    case .transpose(let permutation): return "transpose \(permutation)"
    case .broadcast: return "broadcast"
    case .slice(let axis, let start): return "slice from \(start) along axis \(axis)"
    case .pad(let axis, let before): return "pad \(before) before along axis \(axis)"
    case .concatenate(let axis): return "concatenate along axis \(axis)"
    case .windows(let windows): return "windows \(windows)"
    case .accumulateWindows(let windows): return "accumulate windows \(windows)"
    case .copy: return "copy"
    case .fill(let constant): return "fill \(constant)"
    case .literal: return "literal"
    }
  }
}
