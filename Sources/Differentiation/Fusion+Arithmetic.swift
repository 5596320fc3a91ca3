/// Signs that a neighbor can carry, and products that need not be written out.
extension Fusion {
  /// a + (−b) is a − b, and a − (−b) is a + b.
  mutating func foldSigns() {
    for position in lowering.operations.indices {
      let operation = lowering.operations[position]
      let kinds: (negated: Kernel, swaps: Bool)
      switch operation.kind {
      case .broadcasting(.add): kinds = (.subtract, true)
      case .broadcasting(.subtract): kinds = (.add, false)
      default: continue
      }
      let (a, b) = (operation.operands[0], operation.operands[1])
      if let positive = operand(of: b, .constantOperand(.scale, -1)) {
        lowering.operations[position].kind = .broadcasting(kinds.negated)
        lowering.operations[position].operands = [a, positive]
      } else if kinds.swaps, let positive = operand(of: a, .constantOperand(.scale, -1)) {
        lowering.operations[position].kind = .broadcasting(kinds.negated)
        lowering.operations[position].operands = [b, positive]
      }
    }
  }

  /// Sums of products: Σ a b becomes a matrix product of a row and a column, a b + c one pass.
  mutating func fuseProducts() {
    let uses = countUses()
    var isRemoved = [Bool](repeating: false, count: lowering.operations.count)
    for position in lowering.operations.indices {
      let consumer = lowering.operations[position]
      switch consumer.kind {
      case .reduction(.sum, _)
      where lowering.values[consumer.result].shape.count == 1
        && lowering.rowCount(of: consumer) == nil:
        let product = lowering.root(of: consumer.operands[0]).value
        guard uses[product] == 1, let source = operation(producing: product),
          areTogether(source, consumer), let factors = denseFactors(of: source)
        else { continue }
        let count = lowering.values[product].shape.count
        lowering.operations[position].kind = .matrixProduct(
          .init(transposeLeft: false, transposeRight: false))
        lowering.operations[position].operands = [
          view(of: factors.0, as: [1, count]), view(of: factors.1, as: [count, 1]),
        ]
        isRemoved[Int(producer[product])] = true
      case .broadcasting(.add):
        for (index, product) in consumer.operands.enumerated() where uses[product] == 1 {
          guard let source = operation(producing: product), areTogether(source, consumer),
            source.kind == .broadcasting(.multiply),
            lowering.values[product].shape == lowering.values[consumer.result].shape
          else { continue }
          let operands = source.operands + [consumer.operands[1 - index]]
          guard lowering.broadcasting(consumer, operands) != nil else { continue }
          lowering.operations[position].kind = .broadcasting(.multiplyAdd)
          lowering.operations[position].operands = operands
          isRemoved[Int(producer[product])] = true
          break
        }
      default: continue
      }
    }
    remove(isRemoved)
  }

  /// The two factors of a product or a square, if both have all of its elements.
  private func denseFactors(of operation: Operation) -> (Int, Int)? {
    let count = lowering.values[operation.result].shape.count
    guard operation.operands.allSatisfy({ lowering.values[$0].shape.count == count }) else {
      return nil
    }
    return switch operation.kind {
    case .unary(.square): (operation.operands[0], operation.operands[0])
    case .broadcasting(.multiply): (operation.operands[0], operation.operands[1])
    default: nil
    }
  }

  private mutating func view(of value: Int, as shape: Shape) -> Int {
    let view = lowering.define(
      lowering.values[value].node, shape, stage: lowering.values[value].stage)
    lowering.values[view].alias = (base: value, offset: 0)
    lowering.values[view].rowStages = lowering.values[value].rowStages
    return view
  }
}
