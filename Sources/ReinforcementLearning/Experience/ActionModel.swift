/// What a policy draws, and how the environment takes it.
public enum ActionModel: Sendable {
  /// One of some choices, numbered from a start; a policy draws its index.
  case choice(DiscreteSpace)
  /// Several choices at once; a policy draws the index of each.
  case choices(ChoiceActions)
  /// So many bits at once; a policy draws each, 0 or 1.
  case bits(Int)
  /// Real numbers; a policy draws them in units in which finite bounds are ±1.
  case box(BoxActions)

  /// The model for an action space.
  ///
  /// - Throws: `AgentError` for spaces in which no policy of ours can act.
  public init(_ space: Space, of environment: String) throws(AgentError) {
    switch space {
    case .discrete(let space): self = .choice(space)
    case .multiDiscrete(let space): self = .choices(ChoiceActions(space))
    case .multiBinary(let space): self = .bits(space.count)
    case .box(let box) where !box.elementType.isWholeNumber: self = .box(BoxActions(box))
    case .box(let box):
      guard let choices = ChoiceActions(wholeNumbers: box) else {
        throw .wrongActionSpace(
          agent: "An actor-critic",
          needs: "at most \(ChoiceActions.largestCount) values for each element of a box of whole "
            + "numbers",
          environment: environment, has: space)
      }
      self = .choices(choices)
    }
  }

  /// The variates behind an action: as many as all choices have values, or as there are bits or
  /// components.
  public var noiseSize: Int {
    switch self {
    case .choice(let space): space.count
    case .choices(let choices): choices.counts.reduce(0, +)
    case .bits(let count): count
    case .box(let box): box.size
    }
  }

  /// The numbers that a drawn action consists of: 1 for a choice, or C.
  public var size: Int {
    switch self {
    case .choice: 1
    case .choices(let choices): choices.size
    case .bits(let count): count
    case .box(let box): box.size
    }
  }

  /// The number of values of each choice, which a mask has side by side; none for real numbers.
  package var choiceCounts: [Int] {
    switch self {
    case .choice(let space): [space.count]
    case .choices(let choices): choices.counts
    case .bits(let count): Array(repeating: 2, count: count)
    case .box: []
    }
  }

  /// Drawn actions as an environment takes them.
  ///
  /// - Parameter drawn: `[rows]` indices, or `[rows, C]` of them or of numbers.
  /// - Returns: as many.
  public func rows(_ drawn: Span<Float>) -> ActionRows {
    switch self {
    case .choice(let space):
      return .whole(drawn.indices.map { Int32(drawn[$0]) + Int32(space.start) })
    case .choices(let choices) where choices.isBox:
      var actions = [Float](repeating: 0, count: drawn.count)
      var span = actions.mutableSpan
      choices.write(drawn, to: &span)
      return .real(actions)
    case .choices(let choices):
      var actions = [Int32](repeating: 0, count: drawn.count)
      var span = actions.mutableSpan
      choices.write(drawn, to: &span)
      return .whole(actions)
    case .bits: return .whole(drawn.indices.map { Int32(drawn[$0]) })
    case .box(let box):
      var actions = [Float](repeating: 0, count: drawn.count)
      var span = actions.mutableSpan
      box.write(drawn, to: &span)
      return .real(actions)
    }
  }
}
