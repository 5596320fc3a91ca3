/// How much work a part of a program does in one run.
public struct ProgramCost: Equatable, Sendable {
  /// Floating-point operations of matrix products, two for each multiplication and addition.
  public var matrixFlops = 0
  /// Results of element-wise functions and elements read by reductions and movements.
  public var elementOperations = 0
  /// Bytes read and written, as if nothing were in a cache.
  public var bytes = 0

  /// The work of two parts.
  public static func + (a: ProgramCost, b: ProgramCost) -> ProgramCost {
    ProgramCost(
      matrixFlops: a.matrixFlops + b.matrixFlops,
      elementOperations: a.elementOperations + b.elementOperations, bytes: a.bytes + b.bytes)
  }
}

/// One kernel's share of an operation: its name and the elements it works on.
package struct ElementWork: Equatable {
  /// The kernel, such as `tanh`.
  package let kernel: String
  /// How many elements it computes or, for a reduction, reads.
  package let elements: Int
}

extension Lowering {
  func cost(of operation: Operation, elementSize: Int) -> ProgramCost {
    let touched = ([operation.result] + operation.operands).reduce(0) {
      $0 + values[$1].shape.count
    }
    return ProgramCost(
      matrixFlops: matrixFlops(of: operation),
      elementOperations: elementWork(of: operation).reduce(0) { $0 + $1.elements },
      bytes: touched * elementSize)
  }

  private func matrixFlops(of operation: Operation) -> Int {
    guard case .matrixProduct(let product) = operation.kind else { return 0 }
    let left = leftShape(of: operation, product)
    let depth = product.transposeLeft ? left[0] : left[1]
    return 2 * values[operation.result].shape.count * depth
  }

  /// The shape of a product's left factor as it is stored, or would be.
  func leftShape(of operation: Operation, _ product: Operation.MatrixProduct) -> Shape {
    let shape = values[operation.operands[0]].shape
    guard let taken = product.windows?.shape(ofImages: shape) else { return shape }
    return [taken[0] * taken[1] * taken[2], taken[3] * taken[4]]
  }

  func elementWork(of operation: Operation) -> [ElementWork] {
    let count = values[operation.result].shape.count
    func work(_ kernel: Kernel, _ elements: Int) -> [ElementWork] {
      [ElementWork(kernel: kernel.rawValue, elements: elements)]
    }
    func operandCount() -> Int { values[operation.operands[0]].shape.count }
    switch operation.kind {
    case .unary(let kernel), .constantOperand(let kernel, _), .broadcasting(let kernel):
      return work(kernel, count)
    case .matrixProduct(let product):
      return (product.hasBias || product.accumulates ? work(.add, count) : [])
        + (product.activation.map { work($0, count) } ?? [])
    case .reduction(let kernel, _): return work(kernel, operandCount())
    case .alongLastAxis(let kernel):
      return work(kernel, kernel == .gather ? count : operandCount())
    case .oneHot: return work(.oneHot, count)
    case .fill: return work(.fill, count)
    case .literal: return []
    case .transpose, .broadcast, .slice, .pad, .concatenate, .windows, .copy:
      return work(.copy, count)
    case .accumulateWindows: return work(.scatterAdd, operandCount())
    }
  }
}

extension Program {
  /// The work of one run of a stage, all of its rows.
  public func cost(ofStage stage: Int) -> ProgramCost {
    stages[stage].steps.reduce(ProgramCost()) {
      $0 + lowering.cost(of: $1.operation, elementSize: MemoryLayout<Scalar>.size)
    }
  }

  /// The element-wise work of one run of a stage, kernel by kernel.
  package func elementWork(ofStage stage: Int) -> [ElementWork] {
    stages[stage].steps.flatMap { lowering.elementWork(of: $0.operation) }
  }

  /// The number of instructions of a stage.
  public func instructionCount(ofStage stage: Int) -> Int {
    stages[stage].shared.count + stages[stage].rows.count
  }

  /// The number of stages.
  public var stageCount: Int { stages.count }
}
