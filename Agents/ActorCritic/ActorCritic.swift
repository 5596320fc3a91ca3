import GSL
import Networks
import ReinforcementLearning

/// An on-policy actor-critic with a choice of gradient estimators: `reinforce`, `a2c`, `relax-a2c`,
/// `relax-ddpg`.
public final class ActorCritic: NetworkAgent {
  /// The settings.
  public let configuration: ActorCriticConfiguration
  /// How they come together.
  public let reduction: any Reduction
  /// The shards that are in this process, in the order of their lanes.
  public let shards: [ActorCriticShard]
  /// Gradient passes of an update: 2 when φ follows the variance of the whole gradient, which couples the
  /// shards; else 1.
  public let passCount: Int

  private let parts: ActorCriticNetworks
  private let normalization: Normalization
  private let variance: GradientVariance
  private var updates = 0
  private var gate = VarianceGate()
  /// The mean of the policy's entropy over the steps of the last update, where it is an objective.
  private var entropy: Double?

  /// An agent with fresh parameters, its environments at the start of their first episodes.
  ///
  /// - Parameters:
  ///   - configuration: the settings; `envs` is the number of lanes in all.
  ///   - seed: of parameters and noise.
  ///   - reduction: how shards come together, where not all are in this process.
  ///   - makeEnvironment: makes the environments of one shard: how many, and the first lane's index.
  /// - Throws: `ConfigurationValueError`, `AgentError`, `RankCountError` or what an environment throws.
  public init(
    _ configuration: ActorCriticConfiguration, seed: UInt64,
    reduction: any Reduction = SharedMemoryReduction(),
    makeEnvironment: (_ count: Int, _ firstLane: Int) throws -> any VectorEnvironment
  ) throws {
    try configuration.validate()
    self.configuration = configuration
    self.reduction = reduction
    let isCoupled =
      configuration.estimator.hasControlVariate
      && configuration.controlVariate.objective == .variance
      && configuration.controlVariate.scope == .parameters
    passCount = isCoupled ? 2 : 1
    let environments = try forEachShard(
      of: configuration.envs, size: configuration.envsPerShard, in: reduction
    ) { count, lane -> any VectorEnvironment in
      guard configuration.estimator.triesSeveralActions else {
        return try makeEnvironment(count, lane)
      }
      let samples = configuration.samples
      return try CopiedEnvironments(samples) {
        try makeEnvironment(count / samples, lane / samples)
      }
    }
    let first = environments[0]
    let model = try ActionModel(first.actionSpace, of: first.name)
    try configuration.validate(for: first)
    let observations = try configuration.observations(first.observationSpace)
    let parts = try ActorCriticNetworks(
      configuration, observations, actionCount: model.noiseSize, kind: model.kind)
    parts.initialize(seed: seed)
    let normalization = Normalization(
      observationSize: configuration.normalizeObservations ? first.observationSize : nil,
      rewards: configuration.normalizeRewards)
    self.parts = parts
    self.normalization = normalization
    variance = GradientVariance(parts.policy.parameters.layout)
    let passes = passCount
    shards = try environments.enumerated().map { index, environment in
      try ActorCriticShard(
        environment, configuration, parts, normalization, seed: seed, isFirst: index == 0,
        passCount: passes)
    }
    try normalization.begin(shards.map(\.lanes), seed: seed, through: reduction)
  }

  /// Checks that the gradients are finite, before any parameter moves.
  public func receive(gradient pass: Int, at position: RunPosition) throws {
    if pass == 0 {
      parts.future?.correct(parts.policy.gradient)
      combineWithPlainGradient()
      try parts.policy.measureGradient()
      try parts.value?.measureGradient()
      try parts.torso?.measureGradient()
      if updates % configuration.varianceInterval == 0 {
        variance.add(parts.policy.gradient, norm: parts.policy.norm)
      }
    }
    if pass == passCount - 1 { try parts.controlVariate?.measureGradient() }
  }

  /// Lets control variates count as far as they have lowered the variance of earlier gradients.
  private func combineWithPlainGradient() {
    guard let plain = parts.plainGradient?.values else { return }
    let reduced = parts.policy.gradient.values
    parts.policy.gradient.values = gate.combined(plain: plain, reduced: reduced)
    gate.fade(FutureControl.memory)
    gate.add(plain: plain, reduced: reduced)
  }

  /// Applies the optimizers and takes in the rollout's statistics.
  public func finishUpdate(at position: RunPosition) throws {
    try parts.policy.update(
      configuration.learningRate, at: position, maximumNorm: configuration.maxGradientNorm)
    try parts.torso?.update(
      configuration.learningRate, at: position, maximumNorm: configuration.maxGradientNorm)
    try parts.value?.update(
      configuration.value.learningRate, at: position,
      maximumNorm: configuration.value.maxGradientNorm)
    try parts.controlVariate?.update(
      configuration.controlVariate.learningRate, at: position,
      maximumNorm: configuration.controlVariate.maxGradientNorm)
    parts.surrogate?.learn()
    updates += 1
    if configuration.entropyCoefficient != 0 {
      let sums = try reduction.gather(shards.map(\.entropy))
      let count = sums.map(\.count).reduce(0, +)
      entropy = count > 0 ? sums.map(\.total).reduce(0, +) / Double(count) : nil
    }
    for shard in shards { shard.finishUpdate() }
    try normalization.takeMoments(of: shards.map(\.lanes), through: reduction)
  }

  /// Norms of the gradients, the logarithm of the policy gradient's variance, and the policy's entropy
  /// where that has a weight.
  public var metrics: [(name: String, value: Double?)] {
    gradientNorms + [("policy_gradient_log_variance", variance.logMeanVariance)]
      + (configuration.entropyCoefficient == 0 ? [] : [("policy_entropy", entropy)])
  }

  /// τ and the policy's entropy, where that has a weight.
  public var entropyTerm: EntropyTerm? {
    configuration.entropyCoefficient == 0
      ? nil : EntropyTerm(coefficient: configuration.entropyCoefficient, mean: entropy)
  }

  /// Policy, V, control variate and shared torso, as far as there are any.
  public var networks: [TrainedNetwork] { parts.all }

  /// What a checkpoint holds besides tensors.
  private struct State: Codable {
    var updates: Int
    /// Missing where there is none.
    var gate: VarianceGate?
    var observations: ObservationNormalizer?
    var rewards: RewardNormalizer?
  }

  /// Adds parameters, moments and statistics.
  public func save(to checkpoint: inout SafetensorsFile) throws {
    for network in networks { network.save(to: &checkpoint) }
    variance.save(to: &checkpoint, name: "policy_gradient")
    parts.future?.save(to: &checkpoint)
    parts.surrogate?.save(to: &checkpoint)
    checkpoint.metadata["agent"] = try encodeState(
      State(
        updates: updates, gate: parts.plainGradient.map { _ in gate },
        observations: normalization.observations, rewards: normalization.rewards))
  }

  /// The statistics with which a checkpoint's policy sees observations, if it normalizes them.
  static func observationNormalizer(
    of checkpoint: SafetensorsFile
  ) throws -> ObservationNormalizer? {
    let state: State = try decodeState(checkpoint.metadata["agent"], named: "agent")
    return state.observations
  }

  /// The same, which must be of the size that a policy needs, or none where it needs none.
  static func observationNormalizer(
    of checkpoint: SafetensorsFile, replacing fresh: ObservationNormalizer?
  ) throws -> ObservationNormalizer? {
    let normalizer = try observationNormalizer(of: checkpoint)
    try refuse([Self.fault(of: normalizer, replacing: fresh)], in: "agent")
    return normalizer
  }

  private static func fault(
    of normalizer: ObservationNormalizer?, replacing fresh: ObservationNormalizer?
  ) -> String? {
    faultOfPart(normalizer, replacing: fresh, "statistics of observations") {
      $0.fault(replacing: $1)
    }
  }

  /// Takes over policy and statistics of a checkpoint, and keeps the statistics as they are.
  ///
  /// For studies at a frozen policy: with a learning rate of 0 every later update's gradient is a
  /// draw from one distribution. V and control variate stay the agent's own.
  ///
  /// - Parameter checkpoint: of an agent with the same policy, whatever its estimator.
  /// - Throws: what is missing in the checkpoint.
  package func freezePolicy(of checkpoint: SafetensorsFile) throws {
    let state: State = try decodeState(checkpoint.metadata["agent"], named: "agent")
    try parts.policy.parameters.restore(from: checkpoint)
    try parts.torso?.parameters.restore(from: checkpoint)
    normalization.observations = state.observations
    normalization.rewards = state.rewards
    normalization.isFrozen = true
    parts.future?.isFrozen = true
    parts.surrogate?.isFrozen = true
  }

  /// Lets V and c learn from the whole episodes that the first shard has collected for this update.
  ///
  /// For studies at a frozen policy: the episodes must not be those whose gradient is then taken.
  ///
  /// - Parameters:
  ///   - episodes: which, counted in the order in which they begin.
  ///   - updates: minibatches.
  ///   - rate: the learning rate at first; it falls to 0.
  ///   - seed: of the order of the rows.
  /// - Throws: `GradientError` for what is not finite.
  package func fitCritics(
    onEpisodes episodes: Range<Int>, updates: Int, rate: Double, seed: UInt64
  ) throws(GradientError) {
    var stream = RandomStream(seed: seed, purpose: "fit")
    try shards[0].fitCritics(
      critics, onEpisodes: episodes, updates: updates, rate: rate, from: &stream)
  }

  /// V and the control variate, as far as they are there.
  package var critics: [TrainedNetwork] { [parts.value, parts.controlVariate].compactMap { $0 } }

  /// Takes over what `save` wrote.
  public func restore(from checkpoint: SafetensorsFile) throws {
    let state: State = try decodeState(checkpoint.metadata["agent"], named: "agent")
    try refuse(
      [
        StateFault.count(state.updates, "the number of updates"),
        faultOfPart(
          state.gate, replacing: parts.plainGradient.map { _ in gate }, "a gate"
        ) { gate, _ in gate.fault },
        Self.fault(of: state.observations, replacing: normalization.observations),
        faultOfPart(
          state.rewards, replacing: normalization.rewards, "statistics of rewards"
        ) { $0.fault(replacing: $1) },
      ], in: "agent")
    for network in networks { try network.restore(from: checkpoint) }
    try variance.restore(from: checkpoint, name: "policy_gradient")
    try parts.future?.restore(from: checkpoint)
    try parts.surrogate?.restore(from: checkpoint)
    updates = state.updates
    if let gate = state.gate { self.gate = gate }
    normalization.observations = state.observations
    normalization.rewards = state.rewards
  }
}
