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
  /// Per value; nil for views and for what is not computed.
  private(set) var storage: [Storage?]
  private(set) var arenaSize = 0

  /// The steps at which a value is first written and last used, and the stage that computes it.
  private struct Lifetime {
    var start: Int
    var end: Int
    let stage: Int
  }

  /// - Parameters:
  ///   - lowering: operations in the order in which they run.
  ///   - assigned: values that lie in an output's buffer instead.
  ///   - elementSize: bytes per number.
  init(_ lowering: Lowering, assigned: [Int: Storage], elementSize: Int) {
    storage = Array(repeating: nil, count: lowering.values.count)
    for (value, description) in lowering.values.enumerated() where description.isInput {
      storage[value] = .input(node: description.node)
    }
    for (value, place) in assigned { storage[value] = place }
    let lifetimes = Self.lifetimes(lowering)
    // Values by the step at which they start and end, as linked lists.
    let steps = lowering.operations.count
    var starting = Chains(heads: steps, links: lowering.values.count)
    for value in lifetimes.indices.reversed() {
      if let lifetime = lifetimes[value], storage[value] == nil {
        starting.insert(value, under: lifetime.start)
      }
    }
    var ending = Chains(heads: steps + 1, links: lowering.values.count)
    var inherited = [Bool](repeating: false, count: lowering.values.count)
    var free = FreeList()
    func bytes(_ value: Int) -> Int {
      (lowering.values[value].shape.count * elementSize + 63) / 64 * 64
    }
    for step in 0..<steps {
      starting.forEach(under: step) { value in
        guard let lifetime = lifetimes[value] else { return }
        if let heir = Self.operandToOverwrite(lowering, step, value, lifetimes),
          case .arena? = storage[heir], !inherited[heir]
        {
          storage[value] = storage[heir]
          inherited[heir] = true
        } else {
          storage[value] = .arena(offset: free.allocate(bytes(value)))
        }
        ending.insert(value, under: lifetime.end)
      }
      ending.forEach(under: step) { dead in
        guard !inherited[dead], case .arena(let offset)? = storage[dead] else { return }
        free.release(offset, bytes(dead))
      }
    }
    arenaSize = free.size
  }

  private static func lifetimes(_ lowering: Lowering) -> [Lifetime?] {
    var lifetimes = [Lifetime?](repeating: nil, count: lowering.values.count)
    // Stages run from 0; the prologue is before them.
    var stageStart = [Int](repeating: -1, count: lowering.stages.count)
    var stageEnd = [Int](repeating: 0, count: lowering.stages.count)
    for (step, operation) in lowering.operations.enumerated() {
      if operation.stage >= 0 {
        if stageStart[operation.stage] < 0 { stageStart[operation.stage] = step }
        stageEnd[operation.stage] = step
      }
      let root = lowering.root(of: operation.result).value
      let start = lifetimes[root]?.start ?? step
      lifetimes[root] = Lifetime(start: start, end: step, stage: operation.stage)
    }
    for (step, operation) in lowering.operations.enumerated() {
      for operand in operation.operands {
        let root = lowering.root(of: operand).value
        guard let lifetime = lifetimes[root] else { continue }
        var end = step
        if lifetime.stage == Lowering.prologue {
          end = lowering.operations.count
        } else if lifetime.stage < operation.stage {
          // A stage may be run again, so what enters it must outlast it.
          end = stageEnd[operation.stage]
          if lowering.stages[lifetime.stage].rowCount != nil {
            // Other rows of the defining stage may be run after these.
            lifetimes[root]?.start = stageStart[lifetime.stage]
          }
        }
        lifetimes[root]?.end = max(lifetime.end, end)
      }
    }
    return lifetimes
  }

  /// The operand whose memory an element-wise result may take over, because it is read last here.
  private static func operandToOverwrite(
    _ lowering: Lowering, _ step: Int, _ value: Int, _ lifetimes: [Lifetime?]
  ) -> Int? {
    let operation = lowering.operations[step]
    guard operation.result == value else { return nil }
    switch operation.kind {
    case .unary, .constantOperand, .broadcasting: break
    default: return nil
    }
    let count = lowering.values[value].shape.count
    for operand in operation.operands {
      let root = lowering.root(of: operand).value
      guard lowering.values[root].shape.count == count, let lifetime = lifetimes[root],
        lifetime.end == step, lifetime.stage == operation.stage
      else { continue }
      // No other operand may look into the memory that is overwritten but element by element.
      let isSafe = operation.operands.allSatisfy {
        lowering.root(of: $0).value != root || lowering.values[$0].shape.count == count
      }
      if isSafe { return root }
    }
    return nil
  }
}

/// Linked lists of values, one for each step.
private struct Chains {
  private var head: [Int32]
  private var next: [Int32]

  init(heads: Int, links: Int) {
    head = Array(repeating: -1, count: heads)
    next = Array(repeating: -1, count: links)
  }

  mutating func insert(_ value: Int, under step: Int) {
    next[value] = head[step]
    head[step] = Int32(value)
  }

  func forEach(under step: Int, _ body: (Int) -> Void) {
    var value = head[step]
    while value >= 0 {
      body(Int(value))
      value = next[Int(value)]
    }
  }
}

/// Free intervals of an arena that grows at its end, first fit.
private struct FreeList {
  private var intervals: [(offset: Int, count: Int)] = []
  private(set) var size = 0

  mutating func allocate(_ count: Int) -> Int {
    if let index = intervals.firstIndex(where: { $0.count >= count }) {
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
    let index = intervals.firstIndex { $0.offset > offset } ?? intervals.count
    intervals.insert((offset, count), at: index)
    if index + 1 < intervals.count, offset + count == intervals[index + 1].offset {
      intervals[index].count += intervals[index + 1].count
      intervals.remove(at: index + 1)
    }
    if index > 0, intervals[index - 1].offset + intervals[index - 1].count == offset {
      intervals[index - 1].count += intervals[index].count
      intervals.remove(at: index)
    }
  }
}
