import Networks
import ReinforcementLearning

/// Evolution strategies: a search of parameters that needs the return of whole episodes and no gradient.
///
/// Salimans et al. (2017), "Evolution strategies as a scalable alternative to reinforcement learning",
/// algorithms 1 and 2: a population of policies around θ, in pairs whose noise has opposite signs; θ moves along the
/// noise weighted with centered ranks, by Adam with weight decay. Policies act without noise of their own.
///
/// ## Differences from the paper
/// - Members play one or some whole episodes; there is no limit of their length but the task's.
/// - Observations are normalized by running statistics, where they are, instead of virtual batch normalization.
/// - Equal returns share their rank, so that a population in which all do equally well stays where it is.
public final class EvolutionStrategy: NetworkAgent {
  /// The settings.
  public let configuration: EvolutionConfiguration
  /// How they come together.
  public let reduction: any Reduction
  /// The shards that are in this process, in the order of their lanes.
  public let shards: [EvolutionShard]
  /// Returns, then the gradient.
  public let passCount = 2
  /// The policy at the center of the population.
  public let networks: [TrainedNetwork]

  private let population: Population
  private let clock = EvolutionClock()
  private let normalization: Normalization
  private var policy: TrainedNetwork { networks[0] }

  /// An agent with fresh parameters, its environments at the start of their first episodes.
  ///
  /// - Parameters:
  ///   - configuration: the settings; `envs` is the size of the population.
  ///   - seed: of parameters and noise.
  ///   - reduction: how shards come together, where not all are in this process.
  ///   - makeEnvironment: makes the environments of one shard: how many, and the first lane's index.
  /// - Throws: `ConfigurationValueError`, `AgentError`, `RankCountError` or what an environment throws.
  public init(
    _ configuration: EvolutionConfiguration, seed: UInt64,
    reduction: any Reduction = SharedMemoryReduction(),
    makeEnvironment: (_ count: Int, _ firstLane: Int) throws -> any VectorEnvironment
  ) throws {
    try configuration.validate()
    let environments = try forEachShard(
      of: configuration.envs, size: configuration.envsPerShard, in: reduction, makeEnvironment)
    let first = environments[0]
    let actions = try ActionModel(first.actionSpace, of: first.name)
    try configuration.validate(for: actions)
    let model = configuration.policyModel(
      observationSize: first.observationSize, actions: actions)
    let network = try model.network(
      outputGain: configuration.policyOutputGain,
      optimizer: .adam(beta2: configuration.adamBeta2), seed: seed)
    let normalization = Normalization(
      observationSize: configuration.normalizeObservations ? first.observationSize : nil)
    let population = Population(seed: seed, deviation: configuration.noiseDeviation)
    self.configuration = configuration
    self.reduction = reduction
    self.normalization = normalization
    self.population = population
    networks = [network]
    let clock = clock
    shards = try environments.enumerated().map { index, environment in
      try EvolutionShard(
        Lanes(environment, actions: actions, normalization: normalization), configuration,
        network, model, population, clock, isFirst: index == 0)
    }
    try normalization.begin(shards.map(\.lanes), seed: seed, through: reduction)
  }

  /// Ranks the members, or moves the policy.
  public func receive(gradient pass: Int, at position: RunPosition) throws {
    guard pass > 0 else {
      let returns = try reduction.gather(shards.map(\.returns)).flatMap { $0 }
      let scale = Double(returns.count) * configuration.noiseDeviation
      clock.weights = Population.centeredRanks(returns).map { $0 / scale }
      return
    }
    let decay = Float(configuration.weightDecay)
    if decay > 0 {
      let (gradient, parameters) = (policy.gradient.buffer, policy.parameters.buffer)
      for index in gradient.indices { gradient[index] += decay * parameters[index] }
    }
    try policy.measureGradient()
    try policy.update(configuration.learningRate, at: position)
  }

  /// Forgets the episodes and takes in their statistics.
  public func finishUpdate(at position: RunPosition) throws {
    clock.update += 1
    for shard in shards { shard.finishUpdate() }
    try normalization.takeMoments(of: shards.map(\.lanes), through: reduction)
  }

  /// Adds parameters, moments and statistics.
  public func save(to checkpoint: inout SafetensorsFile) throws {
    policy.save(to: &checkpoint)
    checkpoint.metadata["agent"] = try encodeState(
      NormalizedState(updates: clock.update, normalization))
  }

  /// Takes over what `save` wrote.
  public func restore(from checkpoint: SafetensorsFile) throws {
    let state = try NormalizedState(of: checkpoint, replacing: normalization)
    try policy.restore(from: checkpoint)
    clock.update = state.updates
    normalization.observations = state.observations
  }
}
