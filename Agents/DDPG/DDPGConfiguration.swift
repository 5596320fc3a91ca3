import Networks
import ReinforcementLearning

/// The settings of `ddpg`.
///
/// Defaults are those of DDPG in Stable-Baselines3 where it has them, but for the sizes of networks
/// and batches: docs/ddpg.md says what was measured.
public struct DDPGConfiguration: Codable, Sendable, Hashable {
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

  /// How to act before there is anything to learn from.
  public enum WarmUp: String, Codable, Sendable, Hashable, CaseIterable {
    /// Each action uniformly from its range.
    case uniform
    /// By the untrained actor with its exploration noise, where a walk of single steps gets nowhere.
    case noise
  }

  /// The defaults.
  public init() {}

  /// Checks every setting.
  ///
  /// - Throws: `ConfigurationValueError`, naming the setting, its value and what would be right.
  public func validate() throws(ConfigurationValueError) {
    // Upper bounds are far above what is of use, and below what would exhaust a machine's memory.
    try require((1...65_536).contains(envs), "envs", envs, "from 1 to 65536")
    try require((1...65_536).contains(batchSize), "batch_size", batchSize, "from 1 to 65536")
    try require(
      (batchSize...1_000_000_000).contains(bufferSize), "buffer_size", bufferSize,
      "from \(batchSize) to 1000000000: a replay buffer holds at least one batch, whose size is "
        + "\(batchSize)")
    try require(learningStarts >= 1, "learning_starts", learningStarts, "at least 1")
    try require(
      (1...1_000_000).contains(trainEvery), "train_every", trainEvery, "from 1 to 1000000")
    try require(
      updatesPerStep > 0 && updatesPerStep <= 1000, "updates_per_step", updatesPerStep,
      "above 0 and at most 1000; 1 is usual")
    try require((0...1).contains(discount), "discount", discount, "in [0, 1]; most tasks use 0.99")
    try require(
      targetRate > 0 && targetRate <= 1, "target_rate", targetRate, "in (0, 1]; 0.005 is usual")
    try require(
      (1...64).contains(hiddenSizes.count) && hiddenSizes.allSatisfy { (1...8192).contains($0) },
      "hidden_sizes", hiddenSizes, "one to 64 sizes from 1 to 8192, such as [64, 64]")
    try require(
      policyOutputGain.isFinite && policyOutputGain >= 0, "policy_output_gain", policyOutputGain,
      "finite and not negative")
    for (name, schedule) in [
      ("learning_rate", learningRate), ("critic_learning_rate", criticLearningRate),
    ] {
      try require(schedule.isRate, name, schedule, "finite and not negative")
    }
    try require((0..<1).contains(adamBeta2), "adam_beta2", adamBeta2, "in [0, 1)")
    for (name, norm) in [
      ("max_gradient_norm", maxGradientNorm), ("max_critic_gradient_norm", maxCriticGradientNorm),
    ] {
      try require(norm.isFinite && norm >= 0, name, norm, "0 for no limit, or above")
    }
    try require(
      noiseDeviation.isFinite && noiseDeviation >= 0, "noise_deviation", noiseDeviation,
      "finite and not negative; 0.1 to 0.5 is usual")
    try require(
      noiseReversion.isFinite && noiseReversion >= 0, "noise_reversion", noiseReversion,
      "finite and not negative; 0.15 is usual")
    // Beyond that Euler's steps overshoot 0 by more than they started from.
    try require(
      noiseTimeStep > 0 && noiseTimeStep * noiseReversion <= 1, "noise_time_step", noiseTimeStep,
      "above 0 and at most 1 / noise_reversion; 0.01 is usual")
    try require(varianceInterval >= 1, "variance_interval", varianceInterval, "at least 1")
  }
}
