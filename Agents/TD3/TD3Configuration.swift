import Networks
import ReinforcementLearning

/// The settings of `td3`.
///
/// Defaults are those of Fujimoto, van Hoof and Meger (2018), but for networks and batches as small as
/// those of `ddpg`: docs/off-policy.md says what was measured.
public struct TD3Configuration: ExplorationSettings, Codable, Hashable {
  /// Environments stepped side by side.
  public var envs = 1
  /// Transitions that are remembered; the oldest are forgotten first.
  public var bufferSize = 1_000_000
  /// Transitions of one gradient update, drawn with replacement.
  public var batchSize = 100
  /// Environment steps before the first gradient update.
  public var learningStarts = 1_000
  /// How those steps are acted in.
  public var warmUp = WarmUp.uniform
  /// Steps of each environment between two rounds of updates.
  public var trainEvery = 1
  /// Gradient updates per environment step, those before the first update not counted.
  public var updatesPerStep = 1.0
  /// γ.
  public var discount = 0.99
  /// τ, how far the target networks go towards the trained ones, whenever the actor moves.
  public var targetRate = 0.005
  /// Updates of the critics for one of the actor and the targets.
  public var policyDelay = 2
  /// σ of the noise on the actions of targets, in units of half the width of each action's range.
  public var targetNoiseDeviation = 0.2
  /// Where that noise is cut off, in the same units.
  public var targetNoiseLimit = 0.5
  /// Units of the hidden layers, the same for actor and critics.
  public var hiddenSizes = [64, 64]
  /// What follows each hidden layer.
  public var activation = Activation.relu
  /// The gain of the actor's output weights: small, so that tanh is far from saturated.
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
  /// What is added to the actor's choice.
  public var noise = NoiseProcess.gaussian
  /// σ, in units of half the width of each action's range.
  public var noiseDeviation = 0.1
  /// θ of an Ornstein–Uhlenbeck process, the rate at which it returns to 0.
  public var noiseReversion = 0.15
  /// Time that passes for an Ornstein–Uhlenbeck process in one step.
  public var noiseTimeStep = 0.01

  /// The defaults.
  public init() {}

  /// Checks every setting.
  ///
  /// - Throws: `ConfigurationValueError`, naming the setting, its value and what would be right.
  public func validate() throws(ConfigurationValueError) {
    try validateCommon()
    try validateExploration()
    try require(
      (1...1_000_000).contains(policyDelay), "policy_delay", policyDelay,
      "from 1 to 1000000; 2 is usual")
    try require(
      targetNoiseDeviation.isFinite && targetNoiseDeviation >= 0, "target_noise_deviation",
      targetNoiseDeviation, "finite and not negative; 0.2 is usual")
    try require(
      targetNoiseLimit.isFinite && targetNoiseLimit >= 0, "target_noise_limit", targetNoiseLimit,
      "finite and not negative; 0.5 is usual")
    try requireOutputGain(policyOutputGain)
    try requireRates([
      ("learning_rate", learningRate), ("critic_learning_rate", criticLearningRate),
    ])
    try requireNorms([
      ("max_gradient_norm", maxGradientNorm),
      ("max_critic_gradient_norm", maxCriticGradientNorm),
    ])
  }
}
