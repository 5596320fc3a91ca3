import Networks
import ReinforcementLearning

/// The settings of `dqn`.
///
/// docs/off-policy.md says what was measured.
public struct DQNConfiguration: OffPolicySettings, Codable, Hashable {
  /// Environments stepped side by side.
  public var envs = 1
  /// Transitions that are remembered; the oldest are forgotten first.
  public var bufferSize = 100_000
  /// Transitions of one gradient update, drawn with replacement.
  public var batchSize = 64
  /// Environment steps before the first gradient update.
  public var learningStarts = 1_000
  /// Steps of each environment between two rounds of updates.
  public var trainEvery = 1
  /// Gradient updates per environment step, those before the first update not counted.
  public var updatesPerStep = 1.0
  /// γ.
  public var discount = 0.99
  /// n: rewards of so many steps are added up before Q stands for what follows.
  ///
  /// Beyond 1 they are those of earlier policies, for which nothing is corrected.
  public var returnSteps = 1
  /// Whether the trained network chooses the action whose value the target network gives.
  public var doubleQ = true
  /// τ, how far the target network goes towards the trained one at a time; 1 copies it.
  public var targetRate = 0.005
  /// Gradient updates from one such time to the next.
  public var targetEvery = 1
  /// ε at the start.
  public var epsilonStart = 1.0
  /// ε in the end.
  public var epsilonEnd = 0.05
  /// Environment steps, of all environments together, in which ε goes there in a straight line.
  public var epsilonSteps = 10_000
  /// Units of the hidden layers; of an image, those behind the convolutions.
  public var hiddenSizes = [64, 64]
  /// What follows each hidden layer.
  public var activation = Activation.relu
  /// Which network sees observations.
  public var network = NetworkSettings()
  /// Learning rate.
  public var learningRate = Schedule.constant(1e-3)
  /// Adam's second decay.
  public var adamBeta2 = 0.999
  /// Largest norm of the gradient; 0 for no limit.
  ///
  /// Mnih et al. bound each error, which Huber's loss does.
  public var maxGradientNorm = 10.0

  /// The defaults.
  public init() {}

  /// Checks every setting.
  ///
  /// - Throws: `ConfigurationValueError`, naming the setting, its value and what would be right.
  public func validate() throws(ConfigurationValueError) {
    try validateCommon()
    try network.validate()
    try require(
      (1...1_000).contains(returnSteps), "return_steps", returnSteps,
      "from 1 to 1000; 1 to 5 is usual")
    try require(
      (1...1_000_000_000).contains(targetEvery), "target_every", targetEvery,
      "from 1 to 1000000000")
    for (name, value) in [("epsilon_start", epsilonStart), ("epsilon_end", epsilonEnd)] {
      try require((0...1).contains(value), name, value, "in [0, 1]")
    }
    try require(
      (1...1_000_000_000_000).contains(epsilonSteps), "epsilon_steps", epsilonSteps,
      "from 1 to 1000000000000")
    try requireRates([("learning_rate", learningRate)])
    try requireNorms([("max_gradient_norm", maxGradientNorm)])
  }

  /// What Q sees of a task's observations.
  ///
  /// - Parameter space: that of the observations.
  /// - Returns: numbers or images.
  /// - Throws: `ConfigurationValueError` for settings that do not fit the space.
  func observations(_ space: Space) throws(ConfigurationValueError) -> ObservationModel {
    try require(
      !network.sharedTorso, "network.shared_torso", network.sharedTorso,
      "false: there is nothing for Q to share")
    return ObservationModel(
      size: space.observationSize, hiddenSizes: hiddenSizes, activation: activation,
      images: try network.images(of: space, normalizes: false))
  }

  /// ε after some steps of all environments together, however many updates there were.
  func epsilon(atStep step: Int) -> Double {
    let share = min(1, Double(step) / Double(epsilonSteps))
    return epsilonStart + (epsilonEnd - epsilonStart) * share
  }
}
