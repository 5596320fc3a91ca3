import RelaxRL

/// An estimator of the policy gradient, as it is compared at a frozen policy.
struct VarianceMethod: Sendable {
  let name: String
  let isUnbiased: Bool
  private let change: @Sendable (inout ActorCriticConfiguration) -> Void

  private init(
    _ name: String, isUnbiased: Bool = true,
    _ change: @escaping @Sendable (inout ActorCriticConfiguration) -> Void
  ) {
    self.name = name
    self.isUnbiased = isUnbiased
    self.change = change
  }

  /// The settings for this estimator: whole episodes, so that nothing but the estimator can bias.
  func configuration(
    _ base: ActorCriticConfiguration, episodes: Int, criticLearningRate: Double
  ) -> ActorCriticConfiguration {
    var configuration = base
    configuration.returns = .monteCarlo
    configuration.envs = episodes
    configuration.envsPerShard = 64
    configuration.episodesPerUpdate = 1
    configuration.entropyCoefficient = 0
    configuration.learningRate = .constant(0)
    configuration.optimizer = .adam
    configuration.valueLearningRate = .linear(from: criticLearningRate, to: 0)
    configuration.controlVariateLearningRate = .linear(from: criticLearningRate, to: 0)
    configuration.controlVariateScope = .parameters
    configuration.controlVariateObjective = .variance
    configuration.controlVariateForm = .network
    configuration.maxGradientNorm = 0
    configuration.maxValueGradientNorm = 0
    configuration.maxControlVariateGradientNorm = 0
    configuration.valueBaseline = true
    change(&configuration)
    return configuration
  }

  private static let noBaseline = VarianceMethod("no baseline") {
    $0.estimator = .scoreFunction
    $0.valueBaseline = false
  }
  private static let value = VarianceMethod("V(s)") { $0.estimator = .scoreFunction }

  /// For policies over choices.
  static let ofChoices = [
    noBaseline, value,
    VarianceMethod("RELAX by variance") {
      $0.estimator = .relax
      $0.valueBaseline = false
    },
    VarianceMethod("RELAX + V(s) by variance") { $0.estimator = .relax },
    VarianceMethod("all-action + V(s) by variance") { $0.estimator = .allAction },
    VarianceMethod("all-action + V(s) by fit") {
      $0.estimator = .allAction
      $0.controlVariateObjective = .fit
    },
  ]

  /// For policies over real numbers.
  static let ofRealActions = [
    noBaseline, value,
    VarianceMethod("LAX by variance") { $0.estimator = .lax },
    VarianceMethod("LAX by fit") {
      $0.estimator = .lax
      $0.controlVariateObjective = .fit
    },
    VarianceMethod("LAX, quadratic, by variance") {
      $0.estimator = .lax
      $0.controlVariateForm = .quadratic
    },
    VarianceMethod("LAX, quadratic, by fit") {
      $0.estimator = .lax
      $0.controlVariateForm = .quadratic
      $0.controlVariateObjective = .fit
    },
    VarianceMethod("reparameterized part alone", isUnbiased: false) {
      $0.estimator = .reparameterization
      $0.controlVariateObjective = .fit
    },
  ]
}
