import Networks
import ReinforcementLearning

/// The settings of `sac`.
///
/// Defaults are those of Haarnoja et al. (2018b), but for networks and batches as small as those of
/// `ddpg`: docs/off-policy.md says what was measured.
public struct SACConfiguration: OffPolicySettings, Codable, Hashable {
  /// Environments stepped side by side.
  public var envs = 1
  /// Transitions that are remembered; the oldest are forgotten first.
  public var bufferSize = 1_000_000
  /// Transitions of one gradient update, drawn with replacement.
  public var batchSize = 100
  /// Environment steps before the first gradient update, acted in with uniform actions.
  public var learningStarts = 1_000
  /// Steps of each environment between two rounds of updates.
  public var trainEvery = 1
  /// Gradient updates per environment step, those before the first update not counted.
  public var updatesPerStep = 1.0
  /// γ.
  public var discount = 0.99
  /// τ, how far the target networks go towards the trained ones in each update.
  public var targetRate = 0.005
  /// α at the start: the reward is worth as much as 1/α nats of entropy.
  public var initialTemperature = 1.0
  /// Learning rate of log α; 0 keeps α as it is.
  public var temperatureLearningRate = Schedule.constant(1e-3)
  /// The entropy that α makes the policy have, for each component of an action in units in which its
  /// range is ±1.
  ///
  /// A uniform one would have log 2 = 0.69.
  public var targetEntropyPerAction = -1.0
  /// Units of the hidden layers, the same for actor and critics.
  public var hiddenSizes = [64, 64]
  /// What follows each hidden layer.
  public var activation = Activation.relu
  /// The gain of the actor's output weights: small, so that it begins with means of 0 and deviations of
  /// 1 everywhere.
  public var policyOutputGain = 0.01
  /// Learning rate of the actor.
  public var learningRate = Schedule.constant(1e-3)
  /// Learning rate of the critics.
  public var criticLearningRate = Schedule.constant(1e-3)
  /// Adam's second decay, for all.
  public var adamBeta2 = 0.999
  /// Largest norm of the actor's gradient; 0 for no limit.
  public var maxGradientNorm = 0.0
  /// Largest norm of each critic's gradient; 0 for no limit.
  public var maxCriticGradientNorm = 0.0

  /// The defaults.
  public init() {}

  /// Checks every setting.
  ///
  /// - Throws: `ConfigurationValueError`, naming the setting, its value and what would be right.
  public func validate() throws(ConfigurationValueError) {
    try validateCommon()
    // Within what single precision holds of e to that power.
    try require(
      initialTemperature >= 1e-30 && initialTemperature <= 1e30, "initial_temperature",
      initialTemperature, "from 1e-30 to 1e30; 0.1 to 1 is usual")
    try require(
      targetEntropyPerAction.isFinite && targetEntropyPerAction < 0.69,
      "target_entropy_per_action", targetEntropyPerAction,
      "below 0.69, which uniform actions have; -1 is usual")
    try requireOutputGain(policyOutputGain)
    try requireRates([
      ("learning_rate", learningRate), ("critic_learning_rate", criticLearningRate),
      ("temperature_learning_rate", temperatureLearningRate),
    ])
    try requireNorms([
      ("max_gradient_norm", maxGradientNorm),
      ("max_critic_gradient_norm", maxCriticGradientNorm),
    ])
  }
}
