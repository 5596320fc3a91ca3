import ReinforcementLearning

/// The kinds of action space that agents and presets tell apart.
enum ActionKind: Hashable {
  case discrete
  case choices
  case real(isBounded: Bool)

  /// The kind of a space; nil for one that no agent acts in.
  init?(_ space: Space) {
    switch space {
    case .discrete: self = .discrete
    case .multiDiscrete, .multiBinary: self = .choices
    case .box(let box) where !box.elementType.isWholeNumber:
      self = .real(isBounded: BoxActions(box).isBounded)
    case .box(let box):
      guard ChoiceActions(wholeNumbers: box) != nil else { return nil }
      self = .choices
    }
  }

  /// A kind, whatever the bounds.
  var name: Name {
    switch self {
    case .discrete: .discrete
    case .choices: .choices
    case .real: .real
    }
  }

  /// The kinds, as messages say what an agent needs.
  enum Name: String {
    case discrete = "one discrete action"
    case choices = "several choices"
    case real = "real-valued actions"
  }
}
