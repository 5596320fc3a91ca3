/// One step of a program before it has addresses.
struct Operation {
  enum Kind: Equatable {
    case unary(Kernel)
    case constantOperand(Kernel, Double)
    case broadcasting(Kernel)
    case matrixProduct(MatrixProduct)
    case reduction(Kernel, axis: Int)
    case alongLastAxis(Kernel)
    case oneHot
    case transpose([Int])
    case broadcast
    case slice(axis: Int, start: Int)
    case pad(axis: Int, before: Int)
    case concatenate(axis: Int)
    case copy
    case fill(Double)
    case literal([Double])
  }

  struct MatrixProduct: Equatable {
    var transposeLeft: Bool
    var transposeRight: Bool
    var hasBias = false
    var activation: Kernel?
    /// Adds to what the result's memory holds: the operand after the factors.
    var accumulates = false
  }

  var kind: Kind
  var operands: [Int]
  var result: Int
  var stage: Int
}

/// A tensor of the program, numbered in the order of definition.
struct Value {
  let shape: Shape
  /// The node of the graph it came from, for its label.
  let node: Int
  /// A view of another value's memory, `offset` elements in.
  var alias: (base: Int, offset: Int)?
  var isInput = false
  var dependsOnRows = false
}

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
  var operations: [Operation] = []
  /// The value of each node that some output needs.
  private(set) var valueOfNode: [Int: Int] = [:]

  private struct Key: Hashable {
    let primitive: Primitive
    let operands: [Int]
    let shape: Shape
  }
  private var known: [Key: Int] = [:]
  /// The stage in which each value is computed, and whether only constants enter it.
  private var stageOfValue: [Int] = []
  private var operationOfValue: [Int: Int] = [:]

  init(graph: Graph, stages: [ProgramStage]) throws(ProgramError) {
    self.graph = graph
    self.stages = stages
    let stageOfNode = neededNodes()
    for (node, stage) in stageOfNode.enumerated() where stage != Int.max {
      valueOfNode[node] = lower(node, stage: stage)
    }
    // A value found twice is computed in the earlier of the two stages.
    for index in operations.indices { operations[index].stage = stageOfValue[operations[index].result] }
    operations.sort { ($0.stage, $0.result) < ($1.stage, $1.result) }
    markRows()
    writeOutBroadcasts()
  }

  /// How an element-wise operation walks its operands, if one pass can do it.
  func broadcasting(_ result: Int, _ operands: [Int]) -> Broadcasting? {
    Broadcasting(
      result: values[result].shape, operands: operands.map { values[$0].shape },
      rowCount: rowCount(of: result))
  }

  /// The rows of the stage in which a value is computed row by row.
  func rowCount(of value: Int) -> Int? {
    guard values[value].dependsOnRows, stageOfValue[value] >= 0 else { return nil }
    return stages[stageOfValue[value]].rowCount
  }

  /// Writes out the operands of element-wise operations that no strides can express.
  private mutating func writeOutBroadcasts() {
    var result: [Operation] = []
    for var operation in operations {
      if case .broadcasting = operation.kind,
        broadcasting(operation.result, operation.operands) == nil
      {
        for (index, operand) in operation.operands.enumerated()
        where values[operand].shape != values[operation.result].shape {
          let wide = define(
            values[operand].node, values[operation.result].shape, stage: operation.stage)
          values[wide].dependsOnRows = values[operation.result].dependsOnRows
          result.append(
            Operation(
              kind: .broadcast, operands: [operand], result: wide, stage: operation.stage))
          operation.operands[index] = wide
        }
      }
      result.append(operation)
    }
    operations = result
  }

  /// The first stage that needs each node; `Int.max` for nodes that none needs.
  private func neededNodes() -> [Int] {
    var stageOfNode = [Int](repeating: Int.max, count: graph.count)
    for (stage, description) in stages.enumerated() {
      var pending = description.outputs.flatMap { $0.tensors.map(\.index) }
      pending += description.rowInputs.map(\.index)
      while let node = pending.popLast() {
        guard stageOfNode[node] == Int.max else { continue }
        stageOfNode[node] = stage
        for operand in graph.operands(of: node) { pending.append(Int(operand)) }
      }
    }
    return stageOfNode
  }

  private mutating func lower(_ node: Int, stage: Int) -> Int {
    let primitive = graph.nodes[node].primitive
    let shape = graph.nodes[node].shape
    let operands = graph.operands(of: node).map { valueOfNode[Int($0)] ?? -1 }
    if case .stopGradient = primitive { return operands[0] }
    if case .input = primitive {
      return define(node, shape, stage: stage, isInput: true)
    }
    let key = Key(primitive: primitive, operands: operands, shape: shape)
    if let value = known[key] {
      stageOfValue[value] = min(stageOfValue[value], stage)
      return value
    }
    let isConstant = operands.allSatisfy { stageOfValue[$0] == Self.prologue }
    let value = define(node, shape, stage: isConstant ? Self.prologue : stage)
    known[key] = value
    if let offset = viewOffset(primitive, operands, shape) {
      values[value].alias = (base: operands[0], offset: offset)
    } else {
      operations.append(
        Operation(
          kind: kind(of: primitive), operands: operands, result: value, stage: stage))
    }
    return value
  }

  private mutating func define(_ node: Int, _ shape: Shape, stage: Int, isInput: Bool = false)
    -> Int
  {
    values.append(Value(shape: shape, node: node, isInput: isInput))
    stageOfValue.append(stage)
    return values.count - 1
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

  private func kind(of primitive: Primitive) -> Operation.Kind {
    switch primitive {
    case .constant(let value): .fill(value)
    case .literal(let elements): .literal(elements)
    case .exp: .unary(.exp)
    case .log: .unary(.log)
    case .log1p: .unary(.log1p)
    case .expm1: .unary(.expm1)
    case .tanh: .unary(.tanh)
    case .sigmoid: .unary(.sigmoid)
    case .softplus: .unary(.softplus)
    case .relu: .unary(.relu)
    case .elu: .unary(.elu)
    case .square: .unary(.square)
    case .squareRoot: .unary(.sqrt)
    case .absolute: .unary(.abs)
    case .reciprocal: .unary(.reciprocal)
    case .sign: .unary(.sign)
    case .step: .unary(.step)
    case .scale(let factor): .constantOperand(.scale, factor)
    case .offset(let amount): .constantOperand(.offset, amount)
    case .add: .broadcasting(.add)
    case .subtract: .broadcasting(.subtract)
    case .multiply: .broadcasting(.multiply)
    case .divide: .broadcasting(.divide)
    case .minimum: .broadcasting(.minimum)
    case .maximum: .broadcasting(.maximum)
    case .greater: .broadcasting(.greater)
    case .greaterOrEqual: .broadcasting(.greaterEqual)
    case .equal: .broadcasting(.equal)
    case .select: .broadcasting(.select)
    case .matrixProduct(let left, let right):
      .matrixProduct(.init(transposeLeft: left, transposeRight: right))
    case .sum(let axis): .reduction(.sum, axis: axis)
    case .maximumOver(let axis): .reduction(.max, axis: axis)
    case .minimumOver(let axis): .reduction(.min, axis: axis)
    case .logSumExp: .alongLastAxis(.logSumExp)
    case .argMax: .alongLastAxis(.argMax)
    case .gather: .alongLastAxis(.gather)
    case .oneHot: .oneHot
    case .transpose(let permutation): .transpose(permutation)
    case .broadcast: .broadcast
    case .slice(let axis, let start): .slice(axis: axis, start: start)
    case .pad(let axis, let before): .pad(axis: axis, before: before)
    case .concatenate(let axis): .concatenate(axis: axis)
    case .input, .reshape, .stopGradient:
      preconditionFailure("\(primitive) is not computed.")
    }
  }

  /// Marks what depends on the row inputs of its stage.
  private mutating func markRows() {
    for stage in stages {
      for input in stage.rowInputs {
        if let value = valueOfNode[input.index] { values[value].dependsOnRows = true }
      }
    }
    var operation = 0
    let order = operations.sorted { $0.result < $1.result }
    for value in values.indices {
      if let alias = values[value].alias {
        values[value].dependsOnRows =
          values[value].dependsOnRows || values[alias.base].dependsOnRows
      }
      while operation < order.count, order[operation].result < value { operation += 1 }
      if operation < order.count, order[operation].result == value {
        values[value].dependsOnRows = order[operation].operands.contains {
          values[$0].dependsOnRows
        }
      }
    }
  }

  /// A copy of a value into memory of its own, at the end of a stage.
  mutating func appendCopy(of value: Int, stage: Int) -> Int {
    let copy = define(values[value].node, values[value].shape, stage: stage)
    values[copy].dependsOnRows = values[value].dependsOnRows
    operations.append(Operation(kind: .copy, operands: [value], result: copy, stage: stage))
    return copy
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
}
