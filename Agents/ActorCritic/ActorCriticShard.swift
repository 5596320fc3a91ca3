import GSL
import Networks
import ReinforcementLearning

/// The lanes of an actor-critic that one thread works on at a time.
///
/// Its gradients are those of losses, so their sign is the opposite of the return's: the policy's is −ĝ.
/// Pass 0 has the policy's, then V's and a shared torso's if there are such. The last pass, pass 0 again unless φ follows the
/// variance of the whole gradient, ends with the control variate's if there is one. Each is in the
/// layout of its network's parameters. Behind them come the policy's gradient without a control variate, for a
/// gate, the sum that `FutureControl` multiplies, and those that `SurrogateFit` learns from, as far as they are there.
///
/// The scale is that of the rows' weights. On whole episodes the sum over the steps of each, divided
/// by the number of episodes in all shards, so that −ĝ is the gradient of an episode's expected return;
/// else the mean over the steps of all lanes. A row's share of V's loss is ½ (V − target)², and of
/// φ's ½ (c − signal)² where it is fitted, else the squared norm of the gradient, not halved.
public final class ActorCriticShard: CollectingShard {
  /// What lets the lanes act: for some steps, or for whole episodes.
  public let collector: any Collector
  /// What chooses their actions.
  public let actor: PolicyActor
  private let gradient: any ActorCriticGradient
  /// Where the sums over the shard's rows go, by pass.
  private let totals: [[ParameterSet<Float>]]

  init(
    _ environment: any VectorEnvironment, _ configuration: ActorCriticConfiguration,
    _ networks: ActorCriticNetworks, _ normalization: Normalization, seed: UInt64, isFirst: Bool,
    passCount: Int
  ) throws {
    let lanes = Lanes(
      environment, actions: try ActionModel(environment.actionSpace, of: environment.name),
      normalization: normalization, discount: configuration.discount,
      keepsBytes: networks.observations.isBytes)
    func compile(
      rows: Int, _ gradients: Gradients? = nil, showsEntropy: Bool
    ) throws -> ActorCriticProgram {
      let graph = ActorCriticGraph(
        configuration, networks, rows: rows, observationSize: lanes.observationSize,
        actionCount: lanes.actions.noiseSize, hasMask: environment.hasActionMask)
      return try ActorCriticProgram(
        graph, networks, rows: rows, lanes: lanes.count, showsEntropy: showsEntropy,
        destinations: gradients?.destinations)
    }
    // The first shard's are the agent's own.
    let sums = Gradients(networks, areOwn: isFirst)
    totals = sums.byPass(passCount)
    let hasEntropy = configuration.entropyCoefficient != 0
    guard configuration.returns.isOfEpisodes else {
      let compiled = try compile(
        rows: lanes.count * configuration.rolloutSteps, sums, showsEntropy: hasEntropy)
      actor = PolicyActor(compiled.program, in: compiled.experience, of: lanes, seed: seed)
      collector = StepCollector(
        lanes, actor, into: compiled.experience, lanesInAll: configuration.envs)
      gradient = try StepGradient(compiled, lanes, networks, configuration)
      return
    }
    let addsEntropy = configuration.entropyInReturns
    let acting = try compile(rows: lanes.count, showsEntropy: addsEntropy)
    let chunks = Gradients(networks, areOwn: false)
    let learner = try compile(
      rows: EpisodeGradient.chunkRows(lanes, configuration), chunks, showsEntropy: hasEntropy)
    for name: ColumnName in [.conditionalNoise, .freeNoise] {
      guard let column = learner.experience.column(name) else { continue }
      acting.experience.add(name, width: column.width)
    }
    let experience = Experience(lanes: lanes.count)
    for name: ColumnName in [.observation, .mask, .noise, .conditionalNoise, .freeNoise] {
      guard let column = learner.experience.find(name) else { continue }
      experience.add(name, like: column)
    }
    if addsEntropy { experience.add(.entropy) }
    actor = PolicyActor(
      acting.program, in: acting.experience, of: lanes, seed: seed,
      antitheticCopies: configuration.estimator.isAntithetic ? configuration.samples : nil)
    collector = EpisodeCollector(
      lanes, actor, through: acting.experience, into: experience,
      episodes: configuration.episodesPerUpdate, lanesInAll: configuration.envs)
    gradient = EpisodeGradient(
      experience, learner: learner, configuration, stepLimit: environment.stepLimit,
      chunks: chunks.byPass(passCount), totals: totals)
  }

  /// Writes the gradients of a pass.
  public func writeGradient(_ pass: Int) { gradient.write(pass) }

  /// The gradients of a pass: policy, V, control variate, as far as the pass has them.
  public func gradients(of pass: Int) -> [ParameterSet<Float>] { totals[pass] }

  /// Lets V and c learn from whole episodes that were collected, see `EpisodeGradient`.
  func fitCritics(
    _ networks: [TrainedNetwork], onEpisodes episodes: Range<Int>, updates: Int, rate: Double,
    from stream: inout RandomStream
  ) throws(GradientError) {
    guard let gradient = gradient as? EpisodeGradient else {
      fatalError("Critics are fitted to whole episodes.")
    }
    try gradient.fitCritics(
      networks, onEpisodes: episodes, updates: updates, rate: rate, from: &stream)
  }

  /// The policy's entropy at the steps of the last rollout.
  var entropy: EntropySum { gradient.entropy }
}

/// Where the gradients of the networks go.
private struct Gradients {
  let destinations: ActorCriticProgram.Destinations

  /// - Parameters:
  ///   - networks: which.
  ///   - areOwn: whether they are the networks' own, else they are new.
  init(_ networks: ActorCriticNetworks, areOwn: Bool) {
    func gradient(_ network: TrainedNetwork) -> ParameterSet<Float> {
      network.gradient(ofFirstShard: areOwn)
    }
    destinations = ActorCriticProgram.Destinations(
      policy: gradient(networks.policy), value: networks.value.map(gradient),
      controlVariate: networks.controlVariate.map(gradient), torso: networks.torso.map(gradient),
      future: networks.future.map { areOwn ? $0.sum : ParameterSet($0.sum.layout) },
      surrogate: networks.surrogate.map { areOwn ? $0.sums : ParameterSet($0.sums.layout) },
      plain: networks.plainGradient.map { areOwn ? $0 : ParameterSet($0.layout) })
  }

  /// Those of each pass: φ's belong to the last.
  func byPass(_ count: Int) -> [[ParameterSet<Float>]] {
    let others = [destinations.value, destinations.torso].compactMap { $0 }
    var passes = [[destinations.policy] + others]
    if count > 1 { passes.append([]) }
    if let controlVariate = destinations.controlVariate {
      passes[count - 1].append(controlVariate)
    }
    if let plain = destinations.plain { passes[0].append(plain) }
    if let future = destinations.future { passes[0].append(future) }
    if let surrogate = destinations.surrogate { passes[0].append(surrogate) }
    return passes
  }
}
