/// What a batch compares actions with: the lowest and highest value of each component.
enum ActionBounds: Sendable {
  /// For `Int32` components.
  case whole(lower: [Int32], upper: [Int32])
  /// For `Float` components.
  case real(lower: [Float], upper: [Float])

  /// Takes the bounds of an action space, which must suit the environment's type of action.
  init<Action: EnvironmentAction>(
    _ space: Space, of name: String, as action: Action.Type
  ) throws(EnvironmentError) {
    let fits =
      space.isWholeNumbers
      ? Action.Component.self == Int32.self : Action.Component.self == Float.self
    guard fits, Action.componentCount ?? space.elementCount == space.elementCount else {
      throw .invalidDeclaration(
        environment: name,
        reason: "its actions are of type \(Action.self), which cannot hold those of \(space).")
    }
    switch space {
    case .box(let box):
      // Infinite bounds become the largest number, so that one comparison also refuses infinity.
      let limit = Double(Float.greatestFiniteMagnitude)
      self = .real(
        lower: box.lower.map { Float(max($0, -limit)) },
        upper: box.upper.map { Float(min($0, limit)) })
    case .discrete(let space):
      self = .whole(
        lower: [Int32(space.start)], upper: [Int32(space.start + space.count - 1)])
    case .multiDiscrete(let space):
      self = .whole(
        lower: Array(repeating: 0, count: space.counts.count),
        upper: space.counts.map { Int32($0 - 1) })
    }
  }

  /// Whether some number lies outside; not-a-numbers do.
  @inline(__always)
  static func hasOutsider<Component: Comparable>(
    _ actions: Span<Component>, lower: [Component], upper: [Component]
  ) -> Bool {
    actions.withUnsafeBufferPointer { actions in
      guard lower.count > 1 else {
        // Counting instead of leaving early: without a branch the loop vectorises.
        let (low, high) = (lower[0], upper[0])
        var insiders = 0
        for value in actions {
          let isAbove = value >= low
          let isBelow = value <= high
          insiders &+= isAbove ? (isBelow ? 1 : 0) : 0
        }
        return insiders != actions.count
      }
      var component = 0
      for value in actions {
        guard value >= lower[component], value <= upper[component] else { return true }
        component = component + 1 == lower.count ? 0 : component + 1
      }
      return false
    }
  }
}
