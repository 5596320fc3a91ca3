/// The graph's operations that the outputs need, each once, as operations on numbered values.
///
/// Equal operations on equal operands are computed once; a change of shape or a slice of whole
/// rows is a view and costs nothing; what depends on constants alone goes to stage −1, which is
/// run once when the program is made.
struct Lowering {
  static let prologue = -1

  let graph: Graph
  let stages: [ProgramStage]
  var values: [Value] = []
  /// In the order in which they run.
  var operations: [Operation] = []
  /// The value of each node that some output needs, −1 for the others.
  private var valueOfNode: [Int32]

  /// Two nodes of equal key are the same value.
  private struct Key: Hashable {
    let primitive: Primitive
    let operands: [Int]
    let shape: Shape

    // The shape nearly always follows from the operands: comparing it is enough.
    func hash(into hasher: inout Hasher) {
      hasher.combine(primitive)
      for operand in operands { hasher.combine(operand) }
    }
  }
  private var known: [Key: Int] = [:]

  init(graph: Graph, stages: [ProgramStage]) {
    self.graph = graph
    self.stages = stages
    valueOfNode = [Int32](repeating: -1, count: graph.count)
    let stageOfNode = neededNodes()
    let needed = stageOfNode.reduce(0) { $1 == .max ? $0 : $0 + 1 }
    values.reserveCapacity(needed)
    operations.reserveCapacity(needed)
    known.reserveCapacity(needed)
    for (node, stage) in stageOfNode.enumerated() where stage != Int32.max {
      valueOfNode[node] = Int32(lower(node, stage: Int(stage)))
    }
    known = [:]
    // A value found twice is computed in the earlier of the two stages.
    for index in operations.indices {
      operations[index].stage = values[operations[index].result].stage
    }
    markRows()
    writeOutBroadcasts()
    sortOperations()
  }

  /// The value that a tensor of the graph became, if an output needs it.
  func value(of tensor: Tensor) -> Int? {
    valueOfNode[tensor.index] < 0 ? nil : Int(valueOfNode[tensor.index])
  }

  /// The value whose memory this one lies in, and how many elements in.
  func root(of value: Int) -> (value: Int, offset: Int) {
    var (value, offset) = (value, 0)
    while let alias = values[value].alias {
      value = alias.base
      offset += alias.offset
    }
    return (value, offset)
  }

  /// How an element-wise operation walks its operands, if one pass can do it.
  func broadcasting(_ operation: Operation, _ operands: [Int]) -> Broadcasting? {
    let result = values[operation.result].shape
    let isRowwise = rowCount(of: operation) != nil && result.rank >= 1
    return Broadcasting(
      result: result, operands: operands.map { values[$0].shape },
      rowCount: isRowwise ? result[0] : nil)
  }

  /// A copy of a value into memory of its own, at the end of a stage.
  mutating func appendCopy(of value: Int, stage: Int) -> Int {
    let copy = define(values[value].node, values[value].shape, stage: stage)
    values[copy].rowStages = values[value].rowStages
    operations.append(Operation(kind: .copy, operands: [value], result: copy, stage: stage))
    return copy
  }

  /// Stages in their order; within a row-wise stage first what all rows share, as it is run.
  mutating func sortOperations() {
    let ranks = operations.map { 2 * ($0.stage + 1) + (rowCount(of: $0) == nil ? 0 : 1) }
    guard let highest = ranks.max() else { return }
    var starts = [Int](repeating: 0, count: highest + 2)
    for rank in ranks { starts[rank + 1] += 1 }
    for rank in 1..<starts.count { starts[rank] += starts[rank - 1] }
    var order = [Int](repeating: 0, count: ranks.count)
    for (index, rank) in ranks.enumerated() {
      order[starts[rank]] = index
      starts[rank] += 1
    }
    operations = order.map { operations[$0] }
  }

  mutating func define(_ node: Int, _ shape: Shape, stage: Int, isInput: Bool = false) -> Int {
    values.append(Value(shape: shape, node: node, stage: stage, isInput: isInput))
    return values.count - 1
  }

  /// The first stage that needs each node; `Int32.max` for nodes that none needs.
  private func neededNodes() -> [Int32] {
    var stageOfNode = [Int32](repeating: .max, count: graph.count)
    for (stage, description) in stages.enumerated() {
      var pending = description.outputs.flatMap { $0.tensors.map(\.index) }
      pending += description.rowInputs.map(\.index)
      while let node = pending.popLast() {
        guard stageOfNode[node] == .max else { continue }
        stageOfNode[node] = Int32(stage)
        for operand in graph.operands(of: node) { pending.append(Int(operand)) }
      }
    }
    return stageOfNode
  }

  private mutating func lower(_ node: Int, stage: Int) -> Int {
    let primitive = graph.nodes[node].primitive
    let shape = graph.nodes[node].shape
    let operands = graph.operands(of: node).map { Int(valueOfNode[Int($0)]) }
    if case .stopGradient = primitive { return operands[0] }
    if case .input = primitive { return define(node, shape, stage: stage, isInput: true) }
    if case .bytes = primitive {
      let value = define(node, shape, stage: stage, isInput: true)
      values[value].isBytes = true
      return value
    }
    let sorted = primitive.isCommutative && operands[0] > operands[1]
    let key = Key(
      primitive: primitive, operands: sorted ? [operands[1], operands[0]] : operands, shape: shape)
    if let value = known[key] {
      values[value].stage = min(values[value].stage, stage)
      return value
    }
    let isConstant = operands.allSatisfy { values[$0].stage == Self.prologue }
    let value = define(node, shape, stage: isConstant ? Self.prologue : stage)
    known[key] = value
    if let offset = viewOffset(primitive, operands, shape) {
      values[value].alias = (base: operands[0], offset: offset)
    } else {
      operations.append(
        Operation(kind: .init(primitive), operands: operands, result: value, stage: stage))
    }
    return value
  }

  /// Where the result starts in its operand's memory, if it is a dense part of it.
  private func viewOffset(_ primitive: Primitive, _ operands: [Int], _ shape: Shape) -> Int? {
    switch primitive {
    case .reshape: 0
    case .slice(let axis, let start):
      shape.dimensions[..<axis].allSatisfy { $0 == 1 }
        ? start * shape.dimensions[(axis + 1)...].reduce(1, *) : nil
    case .transpose where shape.dimensions.filter({ $0 > 1 }).count <= 1: 0
    case .broadcast where values[operands[0]].shape.count == shape.count: 0
    default: nil
    }
  }

  /// Writes out the operands of element-wise operations that no strides can express.
  private mutating func writeOutBroadcasts() {
    var result: [Operation] = []
    result.reserveCapacity(operations.count)
    for var operation in operations {
      if case .broadcasting = operation.kind, broadcasting(operation, operation.operands) == nil {
        for (index, operand) in operation.operands.enumerated()
        where values[operand].shape != values[operation.result].shape {
          let wide = define(
            values[operand].node, values[operation.result].shape, stage: operation.stage)
          values[wide].rowStages = values[operand].rowStages
          result.append(
            Operation(kind: .broadcast, operands: [operand], result: wide, stage: operation.stage))
          operation.operands[index] = wide
        }
      }
      result.append(operation)
    }
    operations = result
  }
}

extension Primitive {
  fileprivate var isCommutative: Bool {
    switch self {
    case .add, .multiply, .minimum, .maximum, .equal: true
    default: false
    }
  }
}
