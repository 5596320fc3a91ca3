/// What is done to a matrix product's result while it is at hand.
extension Fusion {
  mutating func fuseIntoMatrixProducts() {
    let uses = countUses()
    var isRemoved = [Bool](repeating: false, count: lowering.operations.count)
    for position in lowering.operations.indices {
      let consumer = lowering.operations[position]
      for (index, operand) in consumer.operands.enumerated() where uses[operand] == 1 {
        guard let source = operation(producing: operand), areTogether(source, consumer),
          case .matrixProduct(var product) = source.kind, product.activation == nil
        else { continue }
        var operands = source.operands
        switch consumer.kind {
        case .broadcasting(.add) where !product.hasBias && !product.accumulates:
          let other = consumer.operands[1 - index]
          if isRow(other, of: consumer.result) {
            product.hasBias = true
          } else if canAccumulate(other, consumer, uses) {
            product.accumulates = true
            lowering.values[other].alias = (base: consumer.result, offset: 0)
          } else {
            continue
          }
          operands.append(other)
        case .unary(.tanh), .unary(.relu), .unary(.elu), .unary(.sigmoid), .unary(.softplus):
          guard case .unary(let kernel) = consumer.kind, !product.accumulates else { continue }
          product.activation = kernel
        default: continue
        }
        lowering.operations[position].kind = .matrixProduct(product)
        lowering.operations[position].operands = operands
        isRemoved[Int(producer[operand])] = true
        break
      }
    }
    remove(isRemoved)
  }

  /// Windows that only matrix products read, as their left factors, are not written out: they are several times as
  /// large as the images.
  mutating func readThroughWindows() {
    var images: [Int: (value: Int, windows: Windows)] = [:]
    for operation in lowering.operations {
      guard case .windows(let windows) = operation.kind, !outputs.contains(operation.result) else {
        continue
      }
      images[operation.result] = (operation.operands[0], windows)
    }
    for operation in lowering.operations {
      for (position, operand) in operation.operands.enumerated() {
        let root = lowering.root(of: operand).value
        guard images[root] != nil else { continue }
        let taken = lowering.values[root].shape
        let isFactor = if case .matrixProduct = operation.kind { position == 0 } else { false }
        if !isFactor
          || lowering.values[operand].shape != [
            taken[0] * taken[1] * taken[2], taken[3] * taken[4],
          ]
        {
          images[root] = nil
        }
      }
    }
    for position in lowering.operations.indices {
      let operation = lowering.operations[position]
      guard case .matrixProduct(var product) = operation.kind,
        let image = images[lowering.root(of: operation.operands[0]).value]
      else { continue }
      product.windows = image.windows
      lowering.operations[position].kind = .matrixProduct(product)
      lowering.operations[position].operands[0] = image.value
    }
    remove(lowering.operations.map { images[$0.result] != nil })
  }

  private func isRow(_ value: Int, of result: Int) -> Bool {
    let (shape, whole) = (lowering.values[value].shape, lowering.values[result].shape)
    return shape.count == whole[1] && shape.dimensions.last == shape.count && whole[0] > 1
  }

  /// Whether a sum may be formed in the memory of its other operand: nothing else reads that.
  private func canAccumulate(_ other: Int, _ consumer: Operation, _ uses: [Int32]) -> Bool {
    guard uses[other] == 1, lowering.values[other].alias == nil,
      lowering.values[other].shape == lowering.values[consumer.result].shape,
      let source = operation(producing: other)
    else { return false }
    return areTogether(source, consumer)
  }
}
