/// Actions for several lanes, `[N, C]`, as an environment takes them.
public enum ActionRows: Hashable, Sendable {
  /// Of discrete and multi-discrete spaces, numbered as the environment numbers them.
  case whole([Int32])
  /// Of boxes, within their bounds.
  case real([Float])
}

extension EnvironmentAction {
  /// Reads the first row of actions, or nil where their numbers are of another kind.
  ///
  /// - Parameter rows: at least as many numbers as the action takes.
  public init?(firstOf rows: ActionRows) {
    switch rows {
    case .whole(let numbers):
      guard let numbers = numbers as? [Component] else { return nil }
      self.init(components: numbers.span)
    case .real(let numbers):
      guard let numbers = numbers as? [Component] else { return nil }
      self.init(components: numbers.span)
    }
  }
}
