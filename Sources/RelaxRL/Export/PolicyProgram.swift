import Agents
import Differentiation
import ReinforcementLearning

/// A policy as a list of operations, from the raw observation to the action as the environment takes it.
///
/// It comes from the graph that the policy runs, so it knows every network, and all that differs between
/// formats is how an operation is written in them.
struct PolicyProgram {
  /// An extent of a shape: so many, or so many for each observation.
  struct Extent: Hashable {
    var count: Int
    var isPerRow = false

    /// The extent for a number of observations.
    func resolved(rows: Int) -> Int { isPerRow ? count * rows : count }
  }

  /// What gives a value.
  enum Content: Equatable {
    case observation, mask
    case parameter(name: String, values: [Float])
    case operation(Primitive)
  }

  /// A value.
  struct Step: Equatable {
    var content: Content
    /// The steps whose values it takes, all before it.
    var operands: [Int] = []
    var shape: [Extent]
  }

  /// In an order in which they can be computed.
  let steps: [Step]
  /// The step that gives the action.
  let action: Int
  /// D.
  let observationSize: Int
  /// The flags of a mask; nil where the task forbids nothing.
  let maskSize: Int?
  /// C.
  let actionSize: Int
  /// Whether an action is one or several whole numbers.
  let isWhole: Bool
  /// Whether an action is one number alone, `[R]`.
  let isSingle: Bool

  /// The program of a policy.
  ///
  /// - Parameters:
  ///   - needsMask: whether the task forbids actions; otherwise all are allowed.
  ///   - agent: the agent's name, for messages.
  ///   - make: the policy for a number of observations at once.
  /// - Throws: ``ExportError``, or what `make` throws.
  init(
    needsMask: Bool, agent: String, make: (_ rows: Int) throws -> any TrainedPolicy
  ) throws {
    func function(_ rows: Int) throws -> PolicyFunction {
      guard let policy = try make(rows) as? any GraphPolicy else {
        throw ExportError.notAGraph(agent: agent)
      }
      return policy.function
    }
    // What differs between two numbers of rows tells which extents are the rows'.
    let (two, three) = (try function(2), try function(3))
    let flat = try Self.merged(
      PolicySteps(two, needsMask: needsMask), PolicySteps(three, needsMask: needsMask))
    steps = flat
    action = flat.count - 1
    observationSize = two.observation.shape.count / two.rows
    maskSize = needsMask ? two.mask.map { $0.shape.count / two.rows } : nil
    actionSize = two.likeliest.shape.count / two.rows
    isSingle = two.likeliest.shape.rank == 1
    isWhole =
      switch two.actions {
      case .choice, .bits: true
      case .choices(let choices): !choices.isBox
      case .box: false
      }
  }

  private static func merged(_ two: PolicySteps, _ three: PolicySteps) throws -> [Step] {
    guard two.steps.count == three.steps.count else {
      throw ExportError.mixesRows(operation: "list")
    }
    return try zip(two.steps, three.steps).map { a, b in
      var step = a
      guard a.content == b.content, a.operands == b.operands, a.shape.count == b.shape.count else {
        throw ExportError.mixesRows(operation: a.content.name)
      }
      step.shape = try zip(a.shape, b.shape).map { a, b in
        if a == b { return a }
        guard a.count % 2 == 0, a.count / 2 * 3 == b.count else {
          throw ExportError.mixesRows(operation: step.content.name)
        }
        return Extent(count: a.count / 2, isPerRow: true)
      }
      return step
    }
  }
}

extension PolicyProgram.Content {
  /// What messages call it.
  var name: String {
    switch self {
    case .observation: "observation"
    case .mask: "mask"
    case .parameter(let name, _): name
    case .operation(let primitive): "\(primitive)".prefix { $0 != "(" }.description
    }
  }
}
