import Distributions
import ReinforcementLearning

/// The distributions that a policy can draw its actions from.
enum PolicyKind {
  /// One of A choices.
  case categorical
  /// C real numbers, independent given the observation.
  case gaussian

  /// What the actions are made of.
  var noise: NoiseKind {
    switch self {
    case .categorical: Categorical.noise
    case .gaussian: DiagonalGaussian.noise
    }
  }
}

/// What a policy draws, and how the environment takes it.
enum ActionModel {
  /// One of some choices, numbered from a start.
  case choice(DiscreteSpace)
  /// Real numbers.
  case box(BoxActions)

  /// The model for an action space.
  ///
  /// - Throws: `AgentError` for spaces in which no policy of ours can act.
  init(_ space: Space, of environment: String) throws(AgentError) {
    switch space {
    case .discrete(let space): self = .choice(space)
    case .box(let box) where !box.elementType.isWholeNumber: self = .box(BoxActions(box))
    case .box, .multiDiscrete:
      throw .wrongActionSpace(
        agent: "An actor-critic", needs: "one discrete action or a box of real numbers",
        environment: environment, has: space)
    }
  }

  var kind: PolicyKind {
    switch self {
    case .choice: .categorical
    case .box: .gaussian
    }
  }

  /// The variates behind an action: as many as there are choices, or components.
  var noiseSize: Int {
    switch self {
    case .choice(let space): space.count
    case .box(let box): box.size
    }
  }
}
