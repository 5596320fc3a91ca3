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

extension ActionModel {
  /// What a policy draws such actions from.
  var kind: PolicyKind {
    switch self {
    case .choice: .categorical
    case .box: .gaussian
    }
  }
}
