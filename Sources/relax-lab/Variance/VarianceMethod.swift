import RelaxRL

/// An estimator of the policy gradient, as it is compared at a frozen policy.
struct VarianceMethod: Sendable {
  let name: String
  let isUnbiased: Bool
  private let change: @Sendable (inout ActorCriticConfiguration) -> Void

  private let estimator: PolicyGradientEstimator

  /// - Parameters:
  ///   - estimator: which one.
  ///   - name: what the table calls it; nil for the recipe's title with what follows.
  ///   - addition: follows the title.
  ///   - isUnbiased: whether what is changed leaves the estimator unbiased.
  ///   - change: of the settings besides.
  private init(
    _ estimator: PolicyGradientEstimator, name: String? = nil, _ addition: String = "",
    isUnbiased: Bool = true,
    changing change: @escaping @Sendable (inout ActorCriticConfiguration) -> Void = { _ in }
  ) {
    self.estimator = estimator
    self.name = name ?? estimator.recipe.title + addition
    self.isUnbiased = isUnbiased && estimator.isUnbiased
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
    configuration.value.learningRate = .linear(from: criticLearningRate, to: 0)
    configuration.controlVariate.learningRate = .linear(from: criticLearningRate, to: 0)
    configuration.controlVariate.scope = .parameters
    configuration.controlVariate.objective = .variance
    configuration.controlVariate.form = .network
    configuration.controlVariate.reach = .step
    configuration.controlVariate.future = false
    configuration.controlVariate.gate = false
    configuration.maxGradientNorm = 0
    configuration.value.maxGradientNorm = 0
    configuration.controlVariate.maxGradientNorm = 0
    configuration.value.baseline = true
    configuration.estimator = estimator
    change(&configuration)
    return configuration
  }

  private static let noBaseline = VarianceMethod(.scoreFunction, name: "no baseline") {
    $0.value.baseline = false
  }
  private static let value = VarianceMethod(.scoreFunction, name: "V(s)")
  private static let fit: @Sendable (inout ActorCriticConfiguration) -> Void = {
    $0.controlVariate.objective = .fit
  }

  private static let trajectory: @Sendable (inout ActorCriticConfiguration) -> Void = {
    $0.controlVariate.objective = .fit
    $0.controlVariate.reach = .trajectory
    $0.controlVariate.form = .quadratic
  }
  private static let advantageEstimation = VarianceMethod(
    .scoreFunction, name: "V(s), GAE(0.95)", isUnbiased: false
  ) {
    $0.returns = .episodeGAE
    $0.gaeLambda = 0.95
  }

  /// For policies over choices, beginning with those that others are compared with.
  static let ofChoices = completed(
    [
      noBaseline, value,
      VarianceMethod(.relax, " by variance") { $0.value.baseline = false },
      VarianceMethod(.relax, " + V(s) by variance"),
      VarianceMethod(.allAction, " + V(s) by variance"),
      VarianceMethod(.allAction, " + V(s) by fit", changing: fit),
      VarianceMethod(.allAction, " + V(s) by fit, later steps too", changing: trajectory),
      advantageEstimation,
    ], with: PolicyGradientEstimator.ofChoices)

  /// For policies over real numbers, beginning likewise.
  static let ofRealActions = completed(
    [
      noBaseline, value,
      VarianceMethod(.lax, " by variance"),
      VarianceMethod(.lax, " by fit", changing: fit),
      VarianceMethod(.lax, ", quadratic, by variance") { $0.controlVariate.form = .quadratic },
      VarianceMethod(.lax, ", quadratic, by fit") {
        $0.controlVariate.form = .quadratic
        $0.controlVariate.objective = .fit
      },
      VarianceMethod(.lax, ", quadratic, by fit, later steps too", changing: trajectory),
      advantageEstimation,
      VarianceMethod(.reparameterization, name: "reparameterized part alone", changing: fit),
    ], with: PolicyGradientEstimator.ofRealActions)

  /// Adds every estimator that agents have and that is not yet among the methods.
  private static func completed(
    _ methods: [VarianceMethod], with estimators: [PolicyGradientEstimator]
  ) -> [VarianceMethod] {
    methods
      + estimators.filter { estimator in !methods.contains { $0.estimator == estimator } }
      .map { VarianceMethod($0, " + V(s)" + ($0.hasControlVariate ? " by variance" : "")) }
  }
}
