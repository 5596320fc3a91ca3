/// Joins operations that one kernel does in a single pass over memory.
///
/// * A broadcast is read through its strides instead of being written out.
/// * The derivatives of activations become one kernel each.
/// * A bias and an activation are applied while the matrix product's tile is at hand.
/// * A sum of matrix products accumulates in place.
struct Fusion {
  private var lowering: Lowering
  /// Where each value is computed in `lowering.operations`.
  private var producer: [Int?]
  private let outputs: Set<Int>

  /// - Parameter outputs: values that must exist in memory after the run.
  static func apply(to lowering: Lowering, outputs: Set<Int>) -> Lowering {
    var fusion = Fusion(lowering, outputs: outputs)
    fusion.readThroughBroadcasts()
    fusion.fuseActivationGradients()
    fusion.removeUnused()
    fusion.fuseIntoMatrixProducts()
    return fusion.lowering
  }

  private init(_ lowering: Lowering, outputs: Set<Int>) {
    self.lowering = lowering
    self.outputs = outputs
    producer = []
    index()
  }

  private mutating func index() {
    producer = Array(repeating: nil, count: lowering.values.count)
    for (position, operation) in lowering.operations.enumerated() {
      producer[operation.result] = position
    }
  }

  private func operation(producing value: Int) -> Operation? {
    producer[value].map { lowering.operations[$0] }
  }

  private mutating func readThroughBroadcasts() {
    for position in lowering.operations.indices {
      guard case .broadcasting = lowering.operations[position].kind else { continue }
      for (index, operand) in lowering.operations[position].operands.enumerated() {
        guard let source = operation(producing: operand), source.kind == .broadcast else {
          continue
        }
        var operands = lowering.operations[position].operands
        operands[index] = source.operands[0]
        if lowering.broadcasting(lowering.operations[position].result, operands) != nil {
          lowering.operations[position].operands = operands
        }
      }
    }
  }

  /// Recognizes `g · f′(y)` as the pullbacks write it.
  private mutating func fuseActivationGradients() {
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

  private func operand(of value: Int, _ kind: Operation.Kind) -> Int? {
    guard let operation = operation(producing: value), operation.kind == kind else { return nil }
    return operation.operands[0]
  }

  private mutating func removeUnused() {
    var used = [Bool](repeating: false, count: lowering.values.count)
    for output in outputs { used[lowering.root(of: output).value] = true }
    var kept: [Operation] = []
    for operation in lowering.operations.reversed() where used[operation.result] {
      for operand in operation.operands { used[lowering.root(of: operand).value] = true }
      kept.append(operation)
    }
    lowering.operations = kept.reversed()
    index()
  }

  private mutating func fuseIntoMatrixProducts() {
    // How often each value's memory is read, by itself or through a view.
    var uses = [Int](repeating: 0, count: lowering.values.count)
    for output in outputs { uses[lowering.root(of: output).value] += 2 }
    for operation in lowering.operations {
      for operand in operation.operands { uses[lowering.root(of: operand).value] += 1 }
    }
    var removed = Set<Int>()
    for position in lowering.operations.indices {
      let consumer = lowering.operations[position]
      for (index, operand) in consumer.operands.enumerated() where uses[operand] == 1 {
        guard let source = producer[operand], !removed.contains(source),
          lowering.operations[source].stage == consumer.stage,
          case .matrixProduct(var product) = lowering.operations[source].kind,
          product.activation == nil
        else { continue }
        var operands = lowering.operations[source].operands
        switch consumer.kind {
        case .broadcasting(.add):
          let other = consumer.operands[1 - index]
          if !product.hasBias, !product.accumulates, isRow(other, of: consumer.result) {
            product.hasBias = true
          } else if !product.hasBias, !product.accumulates, canAccumulate(other, consumer, uses) {
            product.accumulates = true
            lowering.values[other].alias = (base: consumer.result, offset: 0)
          } else {
            continue
          }
          operands.append(other)
        case .unary(let kernel)
        where [.tanh, .relu, .elu, .sigmoid, .softplus].contains(kernel) && !product.accumulates:
          product.activation = kernel
        default: continue
        }
        lowering.operations[position].kind = .matrixProduct(product)
        lowering.operations[position].operands = operands
        removed.insert(source)
        break
      }
    }
    lowering.operations = lowering.operations.indices.filter { !removed.contains($0) }.map {
      lowering.operations[$0]
    }
  }

  private func isRow(_ value: Int, of result: Int) -> Bool {
    let shape = lowering.values[value].shape
    return shape.count == lowering.values[result].shape[1]
      && shape.dimensions.last == shape.count
      && lowering.values[result].shape[0] > 1
  }

  /// Whether a sum may be formed in the memory of its other operand: nothing else reads that.
  private func canAccumulate(_ other: Int, _ consumer: Operation, _ uses: [Int]) -> Bool {
    guard uses[other] == 1, lowering.values[other].alias == nil,
      lowering.values[other].shape == lowering.values[consumer.result].shape,
      let source = operation(producing: other)
    else { return false }
    return source.stage == consumer.stage
  }
}
