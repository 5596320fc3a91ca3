import Differentiation
import Networks
import ReinforcementLearning

/// What the settings of all agents with a replay memory have.
public protocol OffPolicySettings: Sendable {
  /// Environments stepped side by side.
  var envs: Int { get }
  /// Transitions that are remembered; the oldest are forgotten first.
  var bufferSize: Int { get }
  /// Transitions of one gradient update, drawn with replacement.
  var batchSize: Int { get }
  /// Environment steps before the first gradient update.
  var learningStarts: Int { get }
  /// Steps of each environment between two rounds of updates.
  var trainEvery: Int { get }
  /// Gradient updates per environment step, those before the first update not counted.
  var updatesPerStep: Double { get }
  /// γ.
  var discount: Double { get }
  /// Steps whose rewards are added up before a critic stands for what follows.
  var returnSteps: Int { get }
  /// τ, how far target networks go towards the trained ones at a time.
  var targetRate: Double { get }
  /// Units of the hidden layers.
  var hiddenSizes: [Int] { get }
  /// What follows each hidden layer.
  var activation: Activation { get }
  /// Adam's second decay.
  var adamBeta2: Double { get }
}

extension OffPolicySettings {
  /// One.
  public var returnSteps: Int { 1 }

  /// Checks what they all have.
  func validateCommon() throws(ConfigurationValueError) {
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
    try requireHiddenSizes(hiddenSizes)
    try require((0..<1).contains(adamBeta2), "adam_beta2", adamBeta2, "in [0, 1)")
  }

  /// Makes sure that a run is long enough to learn something.
  ///
  /// - Parameter steps: environment steps of the run.
  /// - Throws: `ConfigurationValueError` where learning would start behind its end.
  package func requireLearning(within steps: Int) throws(ConfigurationValueError) {
    try require(
      learningStarts < steps, "learning_starts", learningStarts,
      "below the run's \(steps) steps, or nothing would be learned")
  }

  /// A multilayer perceptron with these settings, its parameters zeros.
  func network(
    _ name: String, inputs: Int, outputs: Int, gain: Double = 1
  ) throws(MemoryError) -> TrainedNetwork {
    var layout = ParameterLayout()
    let network = MLP(
      name,
      MLPConfiguration(
        inputSize: inputs, hiddenSizes: hiddenSizes, outputSize: outputs, activation: activation,
        outputGain: gain), in: &layout)
    return try TrainedNetwork(
      name, network, layout, .adam(beta2: adamBeta2), hiddenSizes: hiddenSizes)
  }
}

/// The settings of agents that explore by noise added to their actions.
public protocol ExplorationSettings: OffPolicySettings {
  /// How the steps before the first gradient update are acted in.
  var warmUp: WarmUp { get }
  /// What is added to the actor's choice.
  var noise: NoiseProcess { get }
  /// σ, in units of half the width of each action's range.
  var noiseDeviation: Double { get }
  /// θ of an Ornstein–Uhlenbeck process, the rate at which it returns to 0.
  var noiseReversion: Double { get }
  /// Time that passes for an Ornstein–Uhlenbeck process in one step.
  var noiseTimeStep: Double { get }
}

/// How to act before there is anything to learn from.
public enum WarmUp: String, Codable, Sendable, Hashable, CaseIterable {
  /// Each action uniformly from its range.
  case uniform
  /// By the untrained actor with its exploration noise, where a walk of single steps gets nowhere.
  case noise
}

extension ExplorationSettings {
  /// Checks the noise.
  func validateExploration() throws(ConfigurationValueError) {
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
  }
}
