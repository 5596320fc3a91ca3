import Agents
import Differentiation
import ReinforcementLearning

/// The steps of a policy for one number of observations, without those that do nothing.
struct PolicySteps {
  typealias Step = PolicyProgram.Step
  typealias Content = PolicyProgram.Content

  private(set) var steps: [Step] = []

  /// - Parameters:
  ///   - function: what the policy computes.
  ///   - needsMask: whether there is a mask; otherwise it is one that allows everything.
  init(_ function: PolicyFunction, needsMask: Bool) {
    let size = function.observation.shape[1]
    let start = Graph()
    let raw = start.input("observation", shape: function.observation.shape)
    let observation = append(Self.normalized(raw, function.normalizer, size)) { index, _ in
      index == raw.index ? .observation : nil
    }
    let action = append(
      Self.environmentAction(function.likeliest, function.actions),
      replacing: [function.observation.index: observation]
    ) { index, name in
      if index == function.mask?.index { return needsMask ? .mask : .operation(.constant(1)) }
      return function.values(ofInput: index).map { .parameter(name: name, values: $0) }
    }
    keep(action)
  }

  /// An observation as the policy's network takes it; see `ObservationNormalizer.normalize`.
  private static func normalized(
    _ raw: Tensor, _ normalizer: ObservationNormalizer?, _ size: Int
  ) -> Tensor {
    guard let normalizer else { return raw }
    let shift = literal(normalizer.shift, in: raw.graph)
    let scale = literal(normalizer.scale, in: raw.graph)
    return clamped(
      (raw - shift) * scale, Array(repeating: -normalizer.clip, count: size),
      Array(repeating: normalizer.clip, count: size))
  }

  /// A policy's action as the environment takes it; see `ActionModel.rows`.
  private static func environmentAction(_ drawn: Tensor, _ actions: ActionModel) -> Tensor {
    switch actions {
    case .choice(let space): return drawn + Double(space.start)
    case .bits: return drawn
    case .choices(let choices):
      guard choices.lowest.contains(where: { $0 != 0 }) else { return drawn }
      return drawn + literal(choices.lowest.map { Float($0) }, in: drawn.graph)
    case .box(let box):
      var action = drawn
      if box.scale.contains(where: { $0 != 1 }) {
        action = action * literal(box.scale, in: drawn.graph)
      }
      if box.center.contains(where: { $0 != 0 }) {
        action = literal(box.center, in: drawn.graph) + action
      }
      return clamped(action, box.lower, box.upper)
    }
  }

  private static func clamped(_ values: Tensor, _ lower: [Float], _ upper: [Float]) -> Tensor {
    let limit = Float.greatestFiniteMagnitude
    var values = values
    if lower.contains(where: \.isFinite) {
      values = Tensor.maximum(values, literal(lower.map { max($0, -limit) }, in: values.graph))
    }
    if upper.contains(where: \.isFinite) {
      values = Tensor.minimum(values, literal(upper.map { min($0, limit) }, in: values.graph))
    }
    return values
  }

  private static func literal(_ values: [Float], in graph: Graph) -> Tensor {
    graph.literal(values.map(Double.init), shape: [values.count])
  }

  /// Adds what a tensor is computed from.
  ///
  /// - Parameters:
  ///   - result: the tensor.
  ///   - replacements: steps that stand for inputs, by the inputs' places in the graph.
  ///   - source: what another input is, by its place and name; nil for one that a policy cannot have.
  /// - Returns: the tensor's step.
  private mutating func append(
    _ result: Tensor, replacing replacements: [Int: Int] = [:],
    source: (_ index: Int, _ name: String) -> Content?
  ) -> Int {
    let graph = result.graph
    var isNeeded = [Bool](repeating: false, count: result.index + 1)
    isNeeded[result.index] = true
    for index in isNeeded.indices.reversed() where isNeeded[index] && replacements[index] == nil {
      for operand in graph.operands(of: index) { isNeeded[Int(operand)] = true }
    }
    var places: [Int: Int] = replacements
    for index in isNeeded.indices where isNeeded[index] && replacements[index] == nil {
      let node = graph.nodes[index]
      let shape = node.shape.dimensions.map { PolicyProgram.Extent(count: $0) }
      let operands = graph.operands(of: index).map { places[Int($0)] ?? 0 }
      if case .input(let name) = node.primitive {
        guard let content = source(index, name) else {
          fatalError("A policy's action depends on \"\(name)\", which is no parameter.")
        }
        places[index] = add(content, shape)
      } else {
        places[index] = simplified(node.primitive, operands, shape)
      }
    }
    return places[result.index] ?? 0
  }

  private mutating func add(_ step: Step) -> Int {
    steps.append(step)
    return steps.count - 1
  }

  /// Adds what an input is: something of its shape, or one number everywhere.
  private mutating func add(_ content: Content, _ shape: [PolicyProgram.Extent]) -> Int {
    guard case .operation = content else { return add(Step(content: content, shape: shape)) }
    let number = add(Step(content: content, shape: []))
    return add(Step(content: .operation(.broadcast), operands: [number], shape: shape))
  }

  /// Adds a step, or finds one that gives the same.
  private mutating func simplified(
    _ primitive: Primitive, _ operands: [Int], _ shape: [PolicyProgram.Extent]
  ) -> Int {
    var operands = operands
    switch primitive {
    // Bytes come as numbers.
    case .stopGradient, .numbers: return operands[0]
    case .select where constant(operands[0]) == 1 && steps[operands[1]].shape == shape:
      // A mask that allows everything.
      return operands[1]
    case .argMax:
      // Which is the largest does not depend on what all have in common.
      if case .operation(.subtract) = steps[operands[0]].content,
        let common = steps[steps[operands[0]].operands[1]].shape.last, common.count == 1,
        steps[steps[operands[0]].operands[0]].shape == steps[operands[0]].shape
      {
        operands = [steps[operands[0]].operands[0]]
      }
    default:
      if primitive.broadcastsOperands { operands = withoutBroadcasts(operands, shape) }
    }
    return add(Step(content: .operation(primitive), operands: operands, shape: shape))
  }

  /// Operands before they were widened, where the operation itself widens them as far.
  private func withoutBroadcasts(_ operands: [Int], _ shape: [PolicyProgram.Extent]) -> [Int] {
    let narrow = operands.map { operand in
      if case .operation(.broadcast) = steps[operand].content {
        steps[operand].operands[0]
      } else {
        operand
      }
    }
    let joint = narrow.reduce(Shape([]) as Shape?) { joint, operand in
      joint?.broadcast(with: Shape(steps[operand].shape.map(\.count)))
    }
    return joint == Shape(shape.map(\.count)) ? narrow : operands
  }

  /// The one number that all elements of a step are; nil where they differ or are computed.
  private func constant(_ index: Int) -> Double? {
    guard case .operation(let primitive) = steps[index].content else { return nil }
    switch primitive {
    case .constant(let value): return value
    case .broadcast, .reshape, .slice: return constant(steps[index].operands[0])
    default: return nil
    }
  }

  /// Drops what the action does not depend on.
  private mutating func keep(_ action: Int) {
    var isNeeded = [Bool](repeating: false, count: action + 1)
    isNeeded[action] = true
    for index in isNeeded.indices.reversed() where isNeeded[index] {
      for operand in steps[index].operands { isNeeded[operand] = true }
    }
    var places: [Int: Int] = [:]
    var kept: [Step] = []
    for index in isNeeded.indices where isNeeded[index] {
      var step = steps[index]
      step.operands = step.operands.map { places[$0] ?? 0 }
      places[index] = kept.count
      kept.append(step)
    }
    steps = kept
  }
}

extension Primitive {
  /// Whether it works element by element and widens its operands itself.
  var broadcastsOperands: Bool {
    switch self {
    case .add, .subtract, .multiply, .divide, .minimum, .maximum, .greater, .greaterOrEqual, .equal,
      .select:
      true
    default: false
    }
  }
}
