/// What a batch compares actions with: the lowest and highest value of each component.
package enum ActionBounds: Sendable {
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
    self.init(space)
  }

  /// Takes the bounds of an action space.
  package init(_ space: Space) {
    switch space {
    case .box(let box):
      // Infinite bounds become the largest number, so that one comparison also refuses infinity.
      let limit = Double(Float.greatestFiniteMagnitude)
      self = .real(
        lower: box.lower.map { Float(max($0, -limit)) },
        upper: box.upper.map { Float(min($0, limit)) })
    case .discrete, .multiDiscrete, .multiBinary:
      self = .whole(
        lower: space.choices.map { Int32($0.start) },
        upper: space.choices.map { Int32($0.start + $0.count - 1) })
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

  /// Throws for the first lane with an action outside the space, among those not waiting.
  ///
  /// - Parameters:
  ///   - actions: `[N, C]`.
  ///   - environment: the task's name.
  ///   - actionSpace: whose bounds these are.
  ///   - firstLane: global index of lane 0.
  ///   - isActive: whether the lane of that index has an episode under way.
  /// - Throws: `EnvironmentError.invalidAction`, or `.wrongActionKind`.
  @inline(__always)
  package func requireInside(
    _ actions: Span<Int32>, environment: String, actionSpace: Space, firstLane: Int,
    isActive: (Int) -> Bool
  ) throws(EnvironmentError) {
    guard case .whole(let lower, let upper) = self else {
      throw .wrongActionKind(
        environment: environment, actionSpace: actionSpace, received: "whole numbers (Int32)")
    }
    if Self.hasOutsider(actions, lower: lower, upper: upper) {
      try Self.refuseOutsider(
        actions, (lower, upper), environment, firstLane, isActive, kind: "a whole number"
      ) { Double($0) }
    }
  }

  /// Throws for the first lane with an action outside the space, among those not waiting.
  ///
  /// - Parameters:
  ///   - actions: `[N, C]`.
  ///   - environment: the task's name.
  ///   - actionSpace: whose bounds these are.
  ///   - firstLane: global index of lane 0.
  ///   - isActive: whether the lane of that index has an episode under way.
  /// - Throws: `EnvironmentError.invalidAction`, or `.wrongActionKind`.
  @inline(__always)
  package func requireInside(
    _ actions: Span<Float>, environment: String, actionSpace: Space, firstLane: Int,
    isActive: (Int) -> Bool
  ) throws(EnvironmentError) {
    guard case .real(let lower, let upper) = self else {
      throw .wrongActionKind(
        environment: environment, actionSpace: actionSpace, received: "real numbers (Float)")
    }
    if Self.hasOutsider(actions, lower: lower, upper: upper) {
      try Self.refuseOutsider(
        actions, (lower, upper), environment, firstLane, isActive, kind: "a number"
      ) { Double($0) }
    }
  }

  private static func refuseOutsider<Component: Comparable>(
    _ actions: Span<Component>, _ bounds: (lower: [Component], upper: [Component]),
    _ environment: String, _ firstLane: Int, _ isActive: (Int) -> Bool, kind: String,
    number: (Component) -> Double
  ) throws(EnvironmentError) {
    let size = bounds.lower.count
    for lane in 0..<actions.count / size where isActive(lane) {
      for component in 0..<size {
        let value = actions[lane * size + component]
        let (lower, upper) = (bounds.lower[component], bounds.upper[component])
        guard value >= lower && value <= upper else {
          throw .invalidAction(
            environment: environment, lane: firstLane + lane, element: component,
            value: number(value), expected: "\(kind) from \(lower) to \(upper)")
        }
      }
    }
  }
}
