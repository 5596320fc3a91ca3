extension Program {
  /// The memory of an input, in place.
  public func withInput<R>(_ input: Tensor, _ body: (inout MutableSpan<Scalar>) throws -> R)
    rethrows -> R
  {
    var span = MutableSpan(_unsafeStart: inputPointer(input), count: input.shape.count)
    return try body(&span)
  }

  /// The buffer of an output, in place.
  public func withOutput<R>(_ name: String, _ body: (Span<Scalar>) throws -> R) rethrows -> R {
    try body(Span(_unsafeElements: UnsafeBufferPointer(outputBuffer(name))))
  }

  /// The elements of an output, copied.
  public func output(_ name: String) -> [Scalar] { Array(outputBuffer(name)) }
}

/// Where the outputs are computed.
extension Lowering {
  /// The values whose memory the outputs are read from.
  func outputRoots() -> Set<Int> {
    var roots = Set<Int>()
    for tensor in stages.flatMap(\.outputs).flatMap(\.tensors) {
      if let value = value(of: tensor) { roots.insert(root(of: value).value) }
    }
    return roots
  }

  /// Each output tensor is computed where it belongs, or copied there if it cannot be: because it
  /// is an input, a constant, a part of something, an output already, or read by a later stage
  /// after the caller may have changed the output.
  mutating func placeOutputs(elementSize: Int) -> [Int: Storage] {
    var lastStage = values.map(\.stage)
    var isComputed = [Bool](repeating: false, count: values.count)
    for operation in operations {
      isComputed[operation.result] = true
      for operand in operation.operands {
        let root = root(of: operand).value
        lastStage[root] = max(lastStage[root], operation.stage)
      }
    }
    var places: [Int: Storage] = [:]
    var buffer = 0
    for (stage, description) in stages.enumerated() {
      for output in description.outputs {
        var offset = 0
        for tensor in output.tensors {
          guard let value = value(of: tensor) else { continue }
          var root = root(of: value).value
          let belongsHere =
            isComputed[root] && values[root].stage == stage && lastStage[root] == stage
            && places[root] == nil && values[root].shape.count == tensor.shape.count
          if !belongsHere { root = appendCopy(of: value, stage: stage) }
          places[root] = .output(buffer, offset: offset)
          offset += tensor.shape.count * elementSize
        }
        buffer += 1
      }
    }
    sortOperations()
    return places
  }
}

extension Program {
  /// Makes sure that there is memory for everything that the program will allocate.
  static func requireMemory(
    _ lowering: Lowering, _ plan: MemoryPlan, _ stages: [ProgramStage],
    bindings: [ProgramBinding<Scalar>], destinations: [String: UnsafeMutablePointer<Scalar>]
  ) throws(ProgramError) {
    var elements = plan.arenaSize / MemoryLayout<Scalar>.size
    let bound = Set(bindings.map(\.input.leaf))
    for value in lowering.values where value.isInput && !bound.contains(value.node) {
      elements += value.shape.count
    }
    for output in stages.flatMap(\.outputs) where destinations[output.name] == nil {
      elements += output.count
    }
    do {
      try AvailableMemory.require(
        elements.multipliedReportingOverflow(by: MemoryLayout<Scalar>.size).overflow
          ? nil : elements * MemoryLayout<Scalar>.size, for: "A compiled network",
        remedy: "Lower the sizes of layers or batches, or the number of environments.")
    } catch {
      throw .memory(error)
    }
  }
}
