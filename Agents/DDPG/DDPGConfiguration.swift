import Networks
import ReinforcementLearning

/// The settings of `ddpg`.
///
/// Defaults are those of DDPG in Stable-Baselines3 where it has them, but for the sizes of networks
/// and batches: docs/ddpg.md says what was measured.
public struct DDPGConfiguration: ExplorationSettings, Codable, Hashable {
  /// Environments stepped side by side.
  public var envs = 1
  /// Transitions that are remembered; the oldest are forgotten first.
  public var bufferSize = 1_000_000
  /// Transitions of one gradient update, drawn with replacement.
  public var batchSize = 64
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
  /// τ, how far the target networks go towards the trained ones in each update; the paper has 0.001.
  public var targetRate = 0.005
  /// Units of the hidden layers, the same for actor and critic.
  public var hiddenSizes = [64, 64]
  /// What follows each hidden layer.
  public var activation = Activation.relu
  /// The gain of the actor's output weights: small, so that tanh is far from saturated.
  public var policyOutputGain = 0.01
  /// Learning rate of the actor.
  public var learningRate = Schedule.constant(1e-3)
  /// Learning rate of the critic.
  public var criticLearningRate = Schedule.constant(1e-3)
  /// Adam's second decay, for both.
  public var adamBeta2 = 0.999
  /// Largest norm of the actor's gradient; 0 for no limit.
  public var maxGradientNorm = 0.0
  /// Largest norm of the critic's gradient; 0 for no limit.
  public var maxCriticGradientNorm = 0.0
  /// What is added to the actor's choice.
  public var noise = NoiseProcess.gaussian
  /// σ, in units of half the width of each action's range.
  public var noiseDeviation = 0.1
  /// θ of an Ornstein–Uhlenbeck process, the rate at which it returns to 0.
  public var noiseReversion = 0.15
  /// Time that passes for an Ornstein–Uhlenbeck process in one step.
  public var noiseTimeStep = 0.01
  /// The variance of the actor's gradient takes in every so many updates.
  public var varianceInterval = 10

  /// The defaults.
  public init() {}

  /// Checks every setting.
  ///
  /// - Throws: `ConfigurationValueError`, naming the setting, its value and what would be right.
  public func validate() throws(ConfigurationValueError) {
    try validateCommon()
    try validateExploration()
    try requireOutputGain(policyOutputGain)
    try requireRates([
      ("learning_rate", learningRate), ("critic_learning_rate", criticLearningRate),
    ])
    try requireNorms([
      ("max_gradient_norm", maxGradientNorm),
      ("max_critic_gradient_norm", maxCriticGradientNorm),
    ])
    try require(varianceInterval >= 1, "variance_interval", varianceInterval, "at least 1")
  }
}
