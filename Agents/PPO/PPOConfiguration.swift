import Networks
import ReinforcementLearning

/// The settings of `ppo`.
///
/// Defaults are those of PPO in Stable-Baselines3 where it has them; V has a learning rate of its own here.
public struct PPOConfiguration: Codable, Sendable, Hashable {
  /// Environments stepped side by side.
  public var envs = 8
  /// Environments per shard; results depend on it, and never on the number of threads.
  public var envsPerShard = 64
  /// Steps of each environment per update.
  public var rolloutSteps = 256
  /// Steps of all environments together in one minibatch; the last one of an epoch may be smaller.
  public var minibatchSize = 64
  /// How often an update goes through its rollout.
  public var epochs = 10
  /// γ.
  public var discount = 0.99
  /// λ of generalized advantage estimation.
  public var gaeLambda = 0.95
  /// ε, how far the probability of an action may move in an update; by environment steps.
  public var clipRange = Schedule.constant(0.2)
  /// How far V may move in an update; 0 for no limit, which most find better.
  public var valueClipRange = 0.0
  /// The divergence from the old policy at which an update's remaining passes are dropped; 0 for none.
  ///
  /// They are dropped at one and a half times this number, as in Stable-Baselines3.
  public var targetKL = 0.0
  /// Whether the advantages of a minibatch are shifted and scaled to mean 0 and deviation 1.
  public var normalizeAdvantages = true
  /// Units of the hidden layers, the same for policy and V; of an image, those behind the convolutions.
  public var hiddenSizes = [64, 64]
  /// What follows each hidden layer.
  public var activation = Activation.tanh
  /// Which network sees observations.
  public var network = NetworkSettings()
  /// The gain of the policy's output weights: small, so that it starts close to uniform.
  public var policyOutputGain = 0.01
  /// log σ of real actions at the start, in units in which the bounds are ±1.
  public var initialLogDeviation = 0.0
  /// Whether tanh keeps real actions within their bounds; otherwise they are clipped.
  public var squashActions = false
  /// Learning rate of the policy, by environment steps.
  public var learningRate = Schedule.constant(3e-4)
  /// Learning rate of V, by environment steps.
  public var valueLearningRate = Schedule.constant(3e-4)
  /// Adam's second decay.
  public var adamBeta2 = 0.999
  /// Adam's ε; Stable-Baselines3's value for PPO.
  public var adamEpsilon = 1e-5
  /// Largest norm of the policy's gradient; 0 for no limit.
  public var maxGradientNorm = 0.5
  /// Largest norm of V's gradient; 0 for no limit.
  public var maxValueGradientNorm = 0.5
  /// Weight of the policy's entropy.
  public var entropyCoefficient = 0.0
  /// Whether observations are shifted and scaled by running statistics.
  public var normalizeObservations = false
  /// Whether rewards are scaled by the running deviation of the return.
  public var normalizeRewards = false
  /// The variance of the policy's gradient takes in every so many updates.
  public var varianceInterval = 10

  /// Steps of all environments together in one update, at most.
  private static let maximumRows = 1 << 21

  /// The defaults.
  public init() {}

  /// Checks every setting.
  ///
  /// - Throws: `ConfigurationValueError`, naming the setting, its value and what would be right.
  public func validate() throws(ConfigurationValueError) {
    // Upper bounds are far above what is of use, and below what would exhaust a machine's memory.
    try require((1...65_536).contains(envs), "envs", envs, "from 1 to 65536")
    try require(envsPerShard >= 1, "envs_per_shard", envsPerShard, "at least 1")
    let longest = Self.maximumRows / envs
    try require(
      (1...longest).contains(rolloutSteps), "rollout_steps", rolloutSteps,
      "from 1 to \(longest) with \(envs) environments")
    try require(
      minibatchSize >= 1, "minibatch_size", minibatchSize,
      "at least 1; 64 is usual, and more than a rollout's \(rows) steps make one minibatch of all")
    try require((1...1000).contains(epochs), "epochs", epochs, "from 1 to 1000; 4 to 20 is usual")
    try require((0...1).contains(discount), "discount", discount, "in [0, 1]; most tasks use 0.99")
    try require((0...1).contains(gaeLambda), "gae_lambda", gaeLambda, "in [0, 1]")
    try require(
      clipRange.isRate && clipRange.value(atStep: 0, of: 1) > 0, "clip_range", clipRange,
      "above 0 at the start, finite and never negative; 0.1 to 0.3 is usual")
    for (name, limit, usual) in [
      ("value_clip_range", valueClipRange, "0.2"), ("target_kl", targetKL, "0.01 to 0.05"),
    ] {
      try require(
        limit.isFinite && limit >= 0, name, limit, "0 for no limit, or above; \(usual) is usual")
    }
    try validateNetworks()
    try require(
      entropyCoefficient.isFinite && entropyCoefficient >= 0, "entropy_coefficient",
      entropyCoefficient, "finite and not negative; 0 to 0.01 is usual")
    try require(varianceInterval >= 1, "variance_interval", varianceInterval, "at least 1")
  }

  private func validateNetworks() throws(ConfigurationValueError) {
    try requireHiddenSizes(hiddenSizes)
    try network.validate()
    try requireOutputGain(policyOutputGain)
    try require(
      initialLogDeviation.isFinite && abs(initialLogDeviation) <= 10, "initial_log_deviation",
      initialLogDeviation, "from -10 to 10; -2 to 0 is usual")
    try requireRates([
      ("learning_rate", learningRate), ("value_learning_rate", valueLearningRate),
    ])
    try require((0..<1).contains(adamBeta2), "adam_beta2", adamBeta2, "in [0, 1)")
    try require(
      adamEpsilon > 0 && adamEpsilon.isFinite, "adam_epsilon", adamEpsilon,
      "above 0; 1e-5 is usual")
    try requireNorms([
      ("max_gradient_norm", maxGradientNorm), ("max_value_gradient_norm", maxValueGradientNorm),
    ])
  }

  /// Checks what depends on the action space.
  ///
  /// - Throws: `ConfigurationValueError`, naming the setting, its value and what would be right.
  package func validate(for actions: ActionModel) throws(ConfigurationValueError) {
    guard case .box(let box) = actions else { return }
    try require(
      !squashActions || box.isBounded, "squash_actions", squashActions,
      "false where an action has no bounds to keep within")
  }

  /// R, the steps of all environments together in one update.
  var rows: Int { envs * rolloutSteps }

  /// The optimizer of both networks.
  var optimizer: OptimizerConfiguration { .adam(beta2: adamBeta2, epsilon: adamEpsilon) }

  /// What the policy looks like.
  ///
  /// - Parameters:
  ///   - space: that of the observations.
  ///   - actions: how the environment takes what is drawn.
  /// - Returns: the model.
  /// - Throws: `ConfigurationValueError` for settings that do not fit the space.
  func policyModel(
    _ space: Space, actions: ActionModel
  ) throws(ConfigurationValueError) -> PolicyModel {
    PolicyModel(
      observationSize: space.observationSize, actions: actions, isSquashed: squashActions,
      hiddenSizes: hiddenSizes, activation: activation,
      images: try network.images(of: space, normalizes: normalizeObservations))
  }
}
