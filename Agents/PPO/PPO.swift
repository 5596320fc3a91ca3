import Networks
import ReinforcementLearning

/// Proximal policy optimization: an actor-critic that learns from each rollout several times, and keeps the
/// policy close to the one that collected it.
///
/// Schulman et al. (2017). See `PPOLearner` for the losses and `PPOShard` for the passes of an update.
///
/// ## Differences from the paper
/// - Policy and V share nothing, or a torso that finds features in images: each network has its optimizer and
///   its limit of the gradient's norm.
/// - Advantages are normalized in each minibatch, as is usual since OpenAI's own code.
/// - An episode that a step limit cut off goes on with V of its last observation.
public final class PPO: NetworkAgent {
  /// The settings.
  public let configuration: PPOConfiguration
  /// How they come together.
  public let reduction: any Reduction
  /// The shards that are in this process, in the order of their lanes.
  public let shards: [PPOShard]
  /// Passes of an update that is not cut short: in each epoch one that shuffles, then the minibatches.
  public let passCount: Int

  private let parts: PPONetworks
  private let plan: MinibatchPlan
  private let epoch: PPOEpoch
  private let normalization: Normalization
  private let variance: GradientVariance
  private var updates = 0
  /// Whether the policy has moved so far that the passes left of this update are dropped.
  private var hasMovedEnough = false
  private var sum = PPOStatistics()
  /// Minibatches of the update under way.
  private var count = 0
  private var last: PPOStatistics?

  /// Where the remaining passes are dropped, over the target; Stable-Baselines3's.
  private static let tolerance = 1.5

  /// An agent with fresh parameters, its environments at the start of their first episodes.
  ///
  /// - Parameters:
  ///   - configuration: the settings; `envs` is the number of lanes in all.
  ///   - seed: of parameters, noise and minibatches.
  ///   - reduction: how shards come together, where not all are in this process.
  ///   - makeEnvironment: makes the environments of one shard: how many, and the first lane's index.
  /// - Throws: `ConfigurationValueError`, `AgentError`, `RankCountError` or what an environment throws.
  public init(
    _ configuration: PPOConfiguration, seed: UInt64,
    reduction: any Reduction = SharedMemoryReduction(),
    makeEnvironment: (_ count: Int, _ firstLane: Int) throws -> any VectorEnvironment
  ) throws {
    try configuration.validate()
    let environments = try forEachShard(
      of: configuration.envs, size: configuration.envsPerShard, in: reduction, makeEnvironment)
    let first = environments[0]
    let actions = try ActionModel(first.actionSpace, of: first.name)
    try configuration.validate(for: actions)
    let model = try configuration.policyModel(first.observationSpace, actions: actions)
    let parts = try PPONetworks(configuration, model, seed: seed)
    let normalization = Normalization(
      observationSize: configuration.normalizeObservations ? first.observationSize : nil,
      rewards: configuration.normalizeRewards)
    let plan = MinibatchPlan(
      rows: try forEachShard(
        of: configuration.envs, size: configuration.envsPerShard, in: SharedMemoryReduction()
      ) { count, _ in count * configuration.rolloutSteps },
      size: configuration.minibatchSize)
    let epoch = PPOEpoch()
    self.configuration = configuration
    self.reduction = reduction
    self.parts = parts
    self.plan = plan
    self.epoch = epoch
    self.normalization = normalization
    passCount = configuration.epochs * (plan.count + 1)
    variance = GradientVariance(parts.policy.parameters.layout)
    shards = try environments.enumerated().map { index, environment in
      let lanes = Lanes(
        environment, actions: actions, normalization: normalization,
        discount: configuration.discount, keepsBytes: model.observations.isBytes)
      return try PPOShard(
        lanes, configuration, parts, model, plan, epoch, isFirst: index == 0, seed: seed)
    }
    try normalization.begin(shards.map(\.lanes), seed: seed, through: reduction)
  }

  /// The next pass of the epoch, or of the next one, until all are over or the policy has moved enough.
  public func pass(after pass: Pass) -> Pass {
    guard case .gradient(let number) = pass else { return .gradient(0) }
    return hasMovedEnough || number + 1 == passCount ? .collect : .gradient(number + 1)
  }

  /// Takes what an epoch begins with, or moves policy and V along the gradient of a minibatch.
  public func receive(gradient pass: Int, at position: RunPosition) throws {
    let part = pass % (plan.count + 1)
    guard part > 0 else {
      epoch.prepare(
        try reduction.gather(shards.map { $0.moments.flatMap(\.numbers) }).map {
          ElementMoments.list(numbers: $0, size: 1)
        },
        normalizes: configuration.normalizeAdvantages)
      epoch.clipRange[0] = Float(
        configuration.clipRange.value(atStep: position.step, of: position.steps))
      return
    }
    // Rows of lost episodes alone leave nothing to learn.
    guard epoch.minibatches[part - 1].weight > 0 else { return }
    for network in networks { try network.measureGradient() }
    let found = try reduction.gather(shards.map(\.statistics)).reduce(PPOStatistics(), +)
    sum = sum + found
    count += 1
    if pass == 1, updates % configuration.varianceInterval == 0 {
      variance.add(parts.policy.gradient, norm: parts.policy.norm)
    }
    hasMovedEnough =
      configuration.targetKL > 0 && found.divergence > Self.tolerance * configuration.targetKL
    guard !hasMovedEnough else { return }
    try parts.policy.update(
      configuration.learningRate, at: position, maximumNorm: configuration.maxGradientNorm)
    try parts.torso?.update(
      configuration.learningRate, at: position, maximumNorm: configuration.maxGradientNorm)
    try parts.value.update(
      configuration.valueLearningRate, at: position,
      maximumNorm: configuration.maxValueGradientNorm)
  }

  /// Forgets the rollout and takes in its statistics.
  public func finishUpdate(at position: RunPosition) throws {
    updates += 1
    let minibatches = Double(count)
    last =
      count == 0
      ? nil
      : PPOStatistics(
        divergence: sum.divergence / minibatches, clippedShare: sum.clippedShare / minibatches,
        entropy: sum.entropy / minibatches)
    (sum, count, hasMovedEnough) = (PPOStatistics(), 0, false)
    for shard in shards { shard.finishUpdate() }
    try normalization.takeMoments(of: shards.map(\.lanes), through: reduction)
  }

  /// Norms of the last gradients; means over the minibatches of the last update: the divergence from the
  /// old policy, the share of rows that were clipped, the entropy; and the logarithm of the variance of
  /// the policy's first gradients.
  public var metrics: [(name: String, value: Double?)] {
    gradientNorms + [
      ("policy_divergence", last?.divergence), ("clipped_share", last?.clippedShare),
      ("policy_entropy", last?.entropy),
      ("policy_gradient_log_variance", variance.logMeanVariance),
    ]
  }

  /// The entropy bonus, where there is one.
  public var entropyTerm: EntropyTerm? {
    configuration.entropyCoefficient == 0
      ? nil : EntropyTerm(coefficient: configuration.entropyCoefficient, mean: last?.entropy)
  }

  /// Policy and V, and a torso where they share one.
  public var networks: [TrainedNetwork] { parts.all }

  /// Adds parameters, moments and statistics.
  public func save(to checkpoint: inout SafetensorsFile) throws {
    for network in networks { network.save(to: &checkpoint) }
    variance.save(to: &checkpoint, name: "policy_gradient")
    checkpoint.metadata["agent"] = try encodeState(
      NormalizedState(updates: updates, normalization))
  }

  /// Takes over what `save` wrote.
  public func restore(from checkpoint: SafetensorsFile) throws {
    let state = try NormalizedState(of: checkpoint, replacing: normalization)
    for network in networks { try network.restore(from: checkpoint) }
    try variance.restore(from: checkpoint, name: "policy_gradient")
    updates = state.updates
    normalization.observations = state.observations
    normalization.rewards = state.rewards
    (sum, count, last, hasMovedEnough) = (PPOStatistics(), 0, nil, false)
  }
}
