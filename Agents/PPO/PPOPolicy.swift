import Networks
import ReinforcementLearning

extension PPOConfiguration {
  /// The policy of a checkpoint, with the normalization it was trained with.
  ///
  /// - Parameters:
  ///   - observationSpace: that of the environment.
  ///   - actionSpace: that of the environment.
  ///   - checkpoint: what the agent saved.
  ///   - rows: how many observations to act for at once.
  /// - Returns: what acts.
  /// - Throws: `AgentError`, or what is missing in the checkpoint.
  public func policy(
    observationSpace: Space, actionSpace: Space, checkpoint: SafetensorsFile, rows: Int
  ) throws -> CompiledPolicy {
    try validate()
    let size = observationSpace.observationSize
    let state = try NormalizedState(
      of: checkpoint,
      replacing: Normalization(
        observationSize: normalizeObservations ? size : nil, rewards: normalizeRewards))
    let model = try policyModel(
      observationSpace, actions: try ActionModel(actionSpace, of: "the environment"))
    return try model.policy(
      of: checkpoint, rows: rows, isStochastic: true, normalizer: state.observations)
  }

  /// That of a clipped surrogate, which is the policy gradient in an update's first minibatch alone.
  public var gradient: GradientClaim {
    var biases = ["clipped surrogate of an older policy", "gae with λ \(gaeLambda)"]
    if normalizeAdvantages { biases.append("advantages normalized per minibatch") }
    if discount < 1 { biases.append("γ \(discount) without weights") }
    if entropyCoefficient != 0 { biases.append("entropy bonus \(entropyCoefficient)") }
    if normalizeRewards { biases.append("rewards scaled by running statistics and clipped") }
    if maxGradientNorm > 0 { biases.append("norm clipped to \(maxGradientNorm)") }
    if network.hasSharedTorso && network.valueWeight != 0 {
      biases.append("V's gradient in the shared torso")
    }
    return GradientClaim(objective: "expected return", biases: biases)
  }
}
