/// Where a value lies.
enum Storage: Equatable {
  /// In the program's arena, `offset` bytes in.
  case arena(offset: Int)
  /// In the buffer of an output, `offset` bytes in.
  case output(Int, offset: Int)
  /// In the buffer of an input.
  case input(node: Int)
}

/// One arena for all intermediate values: memory is used again once the last reader has run.
struct MemoryPlan {
  private(set) var storage: [Int: Storage] = [:]
  private(set) var arenaSize = 0

  private struct Lifetime {
    var start: Int
    var end: Int
  }

  /// - Parameters:
  ///   - lowering: operations in the order in which they run.
  ///   - assigned: values that lie in an output's buffer instead.
  ///   - elementSize: bytes per number.
  init(
    _ lowering: Lowering, assigned: [Int: Storage], elementSize: Int
  ) {
    storage = assigned
    for (value, description) in lowering.values.enumerated() where description.isInput {
      storage[value] = .input(node: description.node)
    }
    let lifetimes = Self.lifetimes(lowering)
    // Values by the step at which they start; those of one step in order of definition.
    let starting = lifetimes.filter { storage[$0.key] == nil }
      .sorted { ($0.value.start, $0.key) < ($1.value.start, $1.key) }
    var ending: [Int: [Int]] = [:]
    var free = FreeList()
    var step = 0
    for (value, lifetime) in starting {
      while step < lifetime.start {
        for dead in ending.removeValue(forKey: step) ?? [] {
          if case .arena(let offset)? = storage[dead] {
            free.release(offset, Self.bytes(lowering.values[dead], elementSize))
          }
        }
        step += 1
      }
      let bytes = Self.bytes(lowering.values[value], elementSize)
      if let heir = Self.operandToOverwrite(lowering, lifetime.start, value, lifetimes),
        case .arena? = storage[heir], let position = ending[lifetime.start]?.firstIndex(of: heir)
      {
        storage[value] = storage[heir]
        ending[lifetime.start]?.remove(at: position)
      } else {
        storage[value] = .arena(offset: free.allocate(bytes))
      }
      ending[lifetime.end, default: []].append(value)
    }
    arenaSize = free.size
  }

  private static func bytes(_ value: Value, _ elementSize: Int) -> Int {
    (value.shape.count * elementSize + 63) / 64 * 64
  }

  private static func lifetimes(_ lowering: Lowering) -> [Int: Lifetime] {
    var lifetimes: [Int: Lifetime] = [:]
    var stageStart: [Int: Int] = [:]
    var stageEnd: [Int: Int] = [:]
    var definedIn: [Int: Int] = [:]
    for (step, operation) in lowering.operations.enumerated() {
      stageStart[operation.stage] = stageStart[operation.stage] ?? step
      stageEnd[operation.stage] = step
      let result = lowering.root(of: operation.result).value
      lifetimes[result, default: Lifetime(start: step, end: step)].end = step
      definedIn[result] = definedIn[result] ?? operation.stage
    }
    for (step, operation) in lowering.operations.enumerated() {
      for operand in operation.operands {
        let root = lowering.root(of: operand).value
        guard let definition = definedIn[root] else { continue }
        var end = step
        if definition == Lowering.prologue {
          end = lowering.operations.count
        } else if definition < operation.stage {
          // A stage may be run again, so what enters it must outlast it.
          end = stageEnd[operation.stage] ?? step
          if lowering.stages[definition].rowCount != nil {
            // Other rows of the defining stage may be run after these.
            lifetimes[root]?.start = stageStart[definition] ?? 0
          }
        }
        let previousEnd = lifetimes[root]?.end ?? end
        lifetimes[root]?.end = max(previousEnd, end)
      }
    }
    return lifetimes
  }

  /// The operand whose memory an element-wise result may take over, because it is read last here.
  private static func operandToOverwrite(
    _ lowering: Lowering, _ step: Int, _ value: Int, _ lifetimes: [Int: Lifetime]
  ) -> Int? {
    let operation = lowering.operations[step]
    guard lowering.root(of: operation.result).value == value,
      lowering.values[operation.result].alias == nil
    else { return nil }
    switch operation.kind {
    case .unary, .constantOperand, .broadcasting: break
    default: return nil
    }
    // No second operand may look into the memory that is overwritten.
    let roots = operation.operands.map { lowering.root(of: $0).value }
    for (operand, root) in zip(operation.operands, roots)
    where lowering.values[operand].shape.count == lowering.values[value].shape.count
      && lowering.values[root].shape.count == lowering.values[value].shape.count
      && lifetimes[root]?.end == step
    {
      let others = zip(operation.operands, roots).filter { $0.1 == root }
      if others.allSatisfy({ lowering.values[$0.0].shape.count == lowering.values[value].shape.count })
      {
        return root
      }
    }
    return nil
  }
}

/// Free intervals of an arena that grows at its end, first fit.
private struct FreeList {
  private var intervals: [(offset: Int, count: Int)] = []
  private(set) var size = 0

  mutating func allocate(_ count: Int) -> Int {
    for index in intervals.indices where intervals[index].count >= count {
      let offset = intervals[index].offset
      if intervals[index].count == count {
        intervals.remove(at: index)
      } else {
        intervals[index] = (offset + count, intervals[index].count - count)
      }
      return offset
    }
    if let last = intervals.last, last.offset + last.count == size {
      intervals.removeLast()
      size = last.offset + count
      return last.offset
    }
    defer { size += count }
    return size
  }

  mutating func release(_ offset: Int, _ count: Int) {
    var index = intervals.firstIndex { $0.offset > offset } ?? intervals.count
    intervals.insert((offset, count), at: index)
    if index + 1 < intervals.count, offset + count == intervals[index + 1].offset {
      intervals[index].count += intervals[index + 1].count
      intervals.remove(at: index + 1)
    }
    if index > 0, intervals[index - 1].offset + intervals[index - 1].count == offset {
      intervals[index - 1].count += intervals[index].count
      intervals.remove(at: index)
      index -= 1
    }
  }
}
