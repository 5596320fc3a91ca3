import Networks
import ReinforcementLearning

/// Collecting experience and differentiating on it, in one of two ways.
protocol Rollout: AnyObject {
  /// Environment steps of all shards together after which a rollout pauses, or nil.
  var limit: Int? { get set }
  /// Acts; returns the number of environment steps. After a pause it goes on where it stopped.
  func collect(clock: Int) throws -> Int
  /// Forgets what was collected, which the update has used.
  func endUpdate()
  /// Adds what was collected for an update that is not over; nothing between updates.
  func save(to checkpoint: inout SafetensorsFile, name: String) throws
  /// Takes over what `save` wrote, the lanes being restored already.
  func restore(from checkpoint: SafetensorsFile, name: String) throws
  /// Writes the gradient of a phase.
  func writeGradient(phase: Int)
}

/// The lanes of an actor-critic that one thread works on at a time.
///
/// Its gradients are those of losses, so their sign is the opposite of the return's: the policy's is −ĝ.
/// Phase 0 has the policy's, then V's if there is one. The last phase, phase 0 again unless φ follows the
/// variance of the whole gradient, ends with the control variate's if there is one. Each is in the
/// layout of its network's parameters.
///
/// The scale is that of the rows' weights. On whole episodes the sum over the steps of each, divided
/// by the number of episodes in all shards, so that −ĝ is the gradient of an episode's expected return;
/// else the mean over the steps of all lanes. A row's share of V's loss is ½ (V − target)², and of
/// φ's ½ (c − signal)² where it is fitted, else the squared norm of the gradient, not halved.
public final class ActorCriticShard: AgentShard {
  let lanes: ActingLanes
  private let rollout: any Rollout
  private let buffers: [[UnsafeMutableBufferPointer<Float>]]
  /// Keeps the memory behind `buffers` of all shards but the first, whose are the agent's own.
  private let owned: [ParameterSet<Float>]

  /// Rows of a chunk of whole episodes: few enough for the cache, enough to feed the kernels.
  static let chunkRows = 256

  init(
    _ environment: any VectorEnvironment, _ configuration: ActorCriticConfiguration,
    _ networks: ActorCriticNetworks, _ normalization: Normalization, seed: UInt64, isFirst: Bool,
    phaseCount: Int
  ) throws {
    let lanes = try ActingLanes(environment, configuration, normalization, seed: seed)
    self.lanes = lanes
    let n = lanes.count
    var owned: [ParameterSet<Float>] = []
    /// Buffers for all gradients; those of φ belong to the last phase.
    func makeBuffers(owning: Bool) -> (
      ActorCriticProgram.Destinations, [[UnsafeMutableBufferPointer<Float>]]
    ) {
      func buffer(_ network: ActorCriticNetworks.Trained) -> UnsafeMutableBufferPointer<Float> {
        guard owning else { return network.buffer }
        let gradient = ParameterSet<Float>(network.parameters.layout)
        owned.append(gradient)
        return UnsafeMutableBufferPointer(start: gradient.pointer, count: gradient.count)
      }
      let policy = buffer(networks.policy)
      let value = networks.value.map(buffer)
      let controlVariate = networks.controlVariate.map(buffer)
      var phases = [[policy] + [value].compactMap { $0 }]
      if phaseCount > 1 { phases.append([]) }
      if let controlVariate { phases[phaseCount - 1].append(controlVariate) }
      guard let start = policy.baseAddress else { fatalError("A policy has parameters.") }
      return (
        ActorCriticProgram.Destinations(
          policy: start, value: value?.baseAddress, controlVariate: controlVariate?.baseAddress),
        phases
      )
    }
    func compile(
      rows: Int, _ destinations: ActorCriticProgram.Destinations?
    ) throws -> ActorCriticProgram {
      let graph = ActorCriticGraph(
        configuration, networks, rows: rows, lanes: n, observationSize: lanes.observationSize,
        actionCount: lanes.actionCount, hasMask: environment.hasActionMask)
      return try ActorCriticProgram(graph, networks, rows: rows, destinations: destinations)
    }
    let (destinations, totals) = makeBuffers(owning: !isFirst)
    if configuration.returns == .monteCarlo {
      let (scratch, chunks) = makeBuffers(owning: true)
      rollout = EpisodeRollout(
        lanes, actor: try compile(rows: n, nil),
        learner: try compile(rows: Self.chunkRows, scratch), configuration, chunks: chunks,
        totals: totals)
    } else {
      rollout = StepRollout(
        lanes, try compile(rows: n * configuration.rolloutSteps, destinations), configuration)
    }
    buffers = totals
    self.owned = owned
  }

  /// Collects one rollout.
  public func act(clock: Int) throws -> Int { try rollout.collect(clock: clock) }

  /// Writes the gradients of a phase.
  public func writeGradient(phase: Int) { rollout.writeGradient(phase: phase) }

  /// Where the gradients of a phase lie: policy, V, control variate, as far as the phase has them.
  public func gradients(phase: Int) -> [UnsafeMutableBufferPointer<Float>] { buffers[phase] }

  /// Environment steps of all shards together after which whole episodes are waited for no longer.
  public var rolloutLimit: Int? {
    get { rollout.limit }
    set { rollout.limit = newValue }
  }

  /// The update is over.
  func endUpdate() { rollout.endUpdate() }

  func save(to checkpoint: inout SafetensorsFile, name: String) throws {
    try lanes.save(to: &checkpoint, name: name)
    try rollout.save(to: &checkpoint, name: "\(name).rollout")
  }

  func restore(from checkpoint: SafetensorsFile, name: String) throws {
    try lanes.restore(from: checkpoint, name: name)
    try rollout.restore(from: checkpoint, name: "\(name).rollout")
  }

  /// The shard's episodes.
  public var episodes: EpisodeTracker {
    get { lanes.episodes }
    set { lanes.episodes = newValue }
  }
}
