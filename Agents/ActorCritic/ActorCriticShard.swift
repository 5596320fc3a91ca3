import Networks
import ReinforcementLearning

/// Collecting experience and differentiating on it, in one of two ways.
protocol Rollout: AnyObject {
  /// Acts; returns the number of environment steps.
  func collect(clock: Int) throws -> Int
  /// Writes the gradient of a phase.
  func writeGradient(phase: Int)
}

/// The lanes of an actor-critic that one thread works on at a time.
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
      guard let start = policy.baseAddress else { preconditionFailure("A policy has parameters.") }
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

  /// Where the gradients of a phase lie.
  public func gradients(phase: Int) -> [UnsafeMutableBufferPointer<Float>] { buffers[phase] }

  /// The shard's episodes.
  public var episodes: EpisodeTracker {
    get { lanes.episodes }
    set { lanes.episodes = newValue }
  }
}
