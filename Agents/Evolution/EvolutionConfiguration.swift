import Networks
import ReinforcementLearning

/// The settings of `es`.
public struct EvolutionConfiguration: Codable, Sendable, Hashable {
  /// Environments stepped side by side, each with a policy of its own: the population, two of a pair.
  public var envs = 32
  /// Environments per shard; results depend on it, and never on the number of threads.
  public var envsPerShard = 16
  /// Whole episodes of each member of the population per update.
  public var episodesPerUpdate = 1
  /// σ, the standard deviation of the noise that is added to each parameter.
  public var noiseDeviation = 0.1
  /// Units of the hidden layers; none makes a linear policy.
  public var hiddenSizes = [32]
  /// What follows each hidden layer.
  public var activation = Activation.tanh
  /// The gain of the policy's output weights.
  public var policyOutputGain = 0.01
  /// Whether tanh keeps real actions within their bounds; otherwise they are clipped.
  public var squashActions = false
  /// Learning rate of Adam.
  public var learningRate = Schedule.constant(0.01)
  /// Adam's second decay.
  public var adamBeta2 = 0.999
  /// What is added to the gradient for each parameter, times the parameter; the paper has 0.005.
  public var weightDecay = 0.005
  /// Whether observations are shifted and scaled by running statistics.
  public var normalizeObservations = false

  /// The defaults.
  public init() {}

  /// Checks every setting.
  ///
  /// - Throws: `ConfigurationValueError`, naming the setting, its value and what would be right.
  public func validate() throws(ConfigurationValueError) {
    try require(
      (2...65_536).contains(envs) && envs.isMultiple(of: 2), "envs", envs,
      "even, from 2 to 65536: members of the population come in pairs")
    try require(envsPerShard >= 1, "envs_per_shard", envsPerShard, "at least 1")
    try require(
      (1...10_000).contains(episodesPerUpdate), "episodes_per_update", episodesPerUpdate,
      "from 1 to 10000")
    try require(
      noiseDeviation > 0 && noiseDeviation.isFinite, "noise_deviation", noiseDeviation,
      "above 0; 0.02 to 0.1 is usual")
    try require(
      hiddenSizes.count <= 64 && hiddenSizes.allSatisfy { (1...8192).contains($0) },
      "hidden_sizes", hiddenSizes,
      "at most 64 sizes from 1 to 8192, such as [32], or [] for a linear policy")
    try requireOutputGain(policyOutputGain)
    try requireRates([("learning_rate", learningRate)])
    try require((0..<1).contains(adamBeta2), "adam_beta2", adamBeta2, "in [0, 1)")
    try require(
      weightDecay >= 0 && weightDecay.isFinite, "weight_decay", weightDecay,
      "finite and not negative; 0 to 0.01 is usual")
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

  /// What the policy looks like.
  func policyModel(observationSize: Int, actions: ActionModel) -> PolicyModel {
    PolicyModel(
      observationSize: observationSize, actions: actions, isSquashed: squashActions,
      hasDeviation: false, hiddenSizes: hiddenSizes, activation: activation)
  }

  /// The policy of a checkpoint, with the normalization it was trained with: the center of the population.
  ///
  /// - Parameters:
  ///   - observationSpace: that of the environment.
  ///   - actionSpace: that of the environment.
  ///   - checkpoint: what the agent saved.
  ///   - rows: how many observations to act for at once.
  /// - Returns: what acts, always as seems best.
  /// - Throws: `AgentError`, or what is missing in the checkpoint.
  public func policy(
    observationSpace: Space, actionSpace: Space, checkpoint: SafetensorsFile, rows: Int
  ) throws -> CompiledPolicy {
    try validate()
    let size = observationSpace.observationSize
    let state = try NormalizedState(
      of: checkpoint,
      replacing: Normalization(observationSize: normalizeObservations ? size : nil))
    let model = policyModel(
      observationSize: size, actions: try ActionModel(actionSpace, of: "the environment"))
    return try model.policy(
      of: checkpoint, rows: rows, isStochastic: false, normalizer: state.observations)
  }

  /// That of the ranks of returns of perturbed policies.
  public var gradient: GradientClaim {
    GradientClaim(
      objective: "expected return",
      biases: ["ranks in place of returns", "policies perturbed by noise of σ \(noiseDeviation)"]
        + (weightDecay > 0 ? ["weight decay \(weightDecay)"] : []))
  }
}
