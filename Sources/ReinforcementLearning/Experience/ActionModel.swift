/// What a policy draws, and how the environment takes it.
public enum ActionModel: Sendable {
  /// One of some choices, numbered from a start; a policy draws its index.
  case choice(DiscreteSpace)
  /// Real numbers; a policy draws them in units in which finite bounds are ±1.
  case box(BoxActions)

  /// The model for an action space.
  ///
  /// - Throws: `AgentError` for spaces in which no policy of ours can act.
  public init(_ space: Space, of environment: String) throws(AgentError) {
    switch space {
    case .discrete(let space): self = .choice(space)
    case .box(let box) where !box.elementType.isWholeNumber: self = .box(BoxActions(box))
    case .box, .multiDiscrete:
      throw .wrongActionSpace(
        agent: "An actor-critic", needs: "one discrete action or a box of real numbers",
        environment: environment, has: space)
    }
  }

  /// The variates behind an action: as many as there are choices, or components.
  public var noiseSize: Int {
    switch self {
    case .choice(let space): space.count
    case .box(let box): box.size
    }
  }

  /// The numbers that a drawn action consists of: 1 for a choice, or C.
  public var size: Int {
    switch self {
    case .choice: 1
    case .box(let box): box.size
    }
  }

  /// Drawn actions as an environment takes them.
  ///
  /// - Parameter drawn: `[rows]` indices, or `[rows, C]` numbers.
  /// - Returns: as many.
  public func rows(_ drawn: Span<Float>) -> ActionRows {
    switch self {
    case .choice(let space):
      return .whole(drawn.indices.map { Int32(drawn[$0]) + Int32(space.start) })
    case .box(let box):
      var actions = [Float](repeating: 0, count: drawn.count)
      var span = actions.mutableSpan
      box.write(drawn, to: &span)
      return .real(actions)
    }
  }
}
