import ReinforcementLearning

/// Environments in other processes, spoken to over standard input and output.
///
/// Lanes are spread over processes in equal runs; a step is sent to all of them before the first answer
/// is waited for. The protocol is that of docs/protocol.md: the simulator counts steps and truncates,
/// this side checks that it does, along with everything else it says.
///
/// **Restarts.** A simulator that crashes or hangs is started again, as often as the settings allow. The
/// episodes it was playing are lost: their lanes report `Outcome.lost` with reward 0, and already show
/// the first observation of their next episode. A lost episode is nothing that an agent may learn from,
/// see `Outcome.lost`.
///
/// **Saved states.** Where the simulator offers snapshots, `restore` goes on exactly. Where it does not,
/// a snapshot holds no more than the numbers of the episodes, and every lane that was in the middle of
/// one begins the next, reported as `lost` by the first step.
///
/// A step allocates nothing that grows with the number of steps.
public final class SubprocessEnvironments: VectorEnvironment {
  /// The task's name.
  public let name: String
  /// N, the number of lanes.
  public let count: Int
  /// Global index of lane 0.
  public let firstLane: Int
  /// The set that observations come from.
  public let observationSpace: Space
  /// The set that actions come from.
  public let actionSpace: Space
  /// The number of steps after which the simulator truncates an episode, or nil for no limit.
  public let stepLimit: Int?
  /// The mean return over 100 episodes that counts as solved, or nil where there is none.
  public let rewardThreshold: Double?

  let simulator: Simulator
  let hosts: [SimulatorHost]
  var lanes: [PipedLane]
  var pendingEnd: EpisodeEnd?
  let layout: MessageLayout
  let masks: UnsafeMutableBufferPointer<Float>
  let seed: UInt64
  /// Bits of the seeds of episodes; more in runs that were begun before seeds were made shorter.
  var seedBits = PipedLane.seedBits
  /// Whether a lane that waits has been shown another observation than the one that ended its episode.
  var waitsElsewhere = false
  let encoder: RequestEncoder
  let decoder: ReplyDecoder
  let actionBounds: ActionBounds
  /// `[N, C]`, of one host's lanes, packed, as bytes: `Int32` and `Float` have four each.
  var packedActions: [UInt32] = []
  var seeds: [UInt64] = []
  /// Of the step under way.
  var adapterSeconds = 0.0

  /// Starts the processes; call `reset` before the first step.
  ///
  /// - Parameters:
  ///   - simulator: what to start.
  ///   - name: of the task, where it is not the simulator's own.
  ///   - count: N, at least 1.
  ///   - seed: the run's seed.
  ///   - firstLane: global index of lane 0, at least 0.
  /// - Throws: `EnvironmentError` for a number of lanes or a simulator that cannot be.
  public init(
    _ simulator: Simulator, name: String? = nil, count: Int, seed: UInt64, firstLane: Int = 0
  ) throws(EnvironmentError) {
    let description = simulator.description
    self.name = name ?? description.name
    guard count > 0 else { throw .invalidCount(environment: self.name, count: count) }
    guard firstLane >= 0 else {
      throw .invalidDeclaration(
        environment: self.name, reason: "the first lane must be at least 0 but is \(firstLane).")
    }
    self.simulator = simulator
    self.count = count
    self.firstLane = firstLane
    self.seed = seed
    observationSpace = description.observationSpace
    actionSpace = description.actionSpace
    stepLimit = description.stepLimit
    rewardThreshold = description.rewardThreshold
    layout = MessageLayout(description)
    encoder = RequestEncoder(layout: layout, isBinary: description.isBinary)
    decoder = ReplyDecoder(layout)
    actionBounds = ActionBounds(actionSpace)
    lanes = Array(repeating: PipedLane(), count: count)
    let core = simulator.settings.sameCore ? ChildProcess.stayOnThisCore() : nil
    let processes = try Self.processes(simulator, layout, count: count, firstLane: firstLane)
    hosts = (0..<processes).map {
      SimulatorHost(
        simulator, lanes: $0 * count / processes..<($0 + 1) * count / processes,
        firstLane: firstLane, core: core)
    }
    masks = .allocate(capacity: max(1, count * layout.maskSize))
    masks.initialize(repeating: 1)
    try startAll()
  }

  deinit {
    masks.deallocate()
    // One that hangs is not waited for when the program is to stop.
    SimulatorConnection.close(
      hosts.compactMap { $0.release() },
      patience: simulator.stopSignal.isRaised()
        ? min(0.5, simulator.settings.closeTimeout)
        : simulator.settings.closeTimeout)
  }

  /// How many processes host the lanes: as many as were asked for, and no fewer than it takes because of what
  /// one can host or a message can carry.
  private static func processes(
    _ simulator: Simulator, _ layout: MessageLayout, count: Int, firstLane: Int
  ) throws(EnvironmentError) -> Int {
    let description = simulator.description
    let isBinary = description.isBinary
    if isBinary, layout.bytes(isBinary: true) > FrameHeader.maximumFrame {
      throw .invalidDeclaration(
        environment: description.name,
        reason:
          "a reply about one environment takes \(layout.bytes(isBinary: true)) bytes, and a message may "
          + "have \(FrameHeader.maximumFrame); the observation must have fewer numbers, or bytes (uint8)."
      )
    }
    let fitting = layout.mostEnvironments(isBinary: isBinary)
    let most = min(description.maximumEnvironments ?? count, fitting, count)
    // Rounded up without the sum, which may overflow.
    let needed = count / most + (count % most > 0 ? 1 : 0)
    if needed > simulator.settings.processes, fitting == most, fitting < count, firstLane == 0 {
      simulator.show?(
        "\(needed) processes are started instead of \(simulator.settings.processes): a message may have "
          + "\(FrameHeader.maximumFrame >> 20) MiB, which is enough for \(most) environments. "
          + "(--env-processes, --envs)")
    }
    return min(count, max(simulator.settings.processes, needed))
  }

  /// Whether some actions are forbidden in some states.
  public var hasActionMask: Bool { layout.maskSize > 0 }

  /// Whether `restore` goes on exactly where `snapshot` was taken.
  public var hasSnapshots: Bool { simulator.description.hasSnapshots }

  /// Starts every process that is not running, all at the same time: most are slow to start.
  func startAll() throws(EnvironmentError) {
    // A step that was begun and never finished leaves an answer behind: only a new process is sure.
    for host in hosts where host.connection?.isIdle == false { host.discard() }
    let idle = hosts.filter { $0.connection == nil }
    guard !idle.isEmpty else { return }
    for host in idle {
      do { try host.start() } catch { throw failure(error, of: host, in: "its start") }
    }
    SimulatorConnection.wait(
      for: idle.compactMap(\.connection), seconds: simulator.settings.startTimeout,
      stop: .starting(simulator.stopSignal))
    for host in idle {
      do {
        try host.finishStart()
      } catch {
        let reason = failure(error, of: host, in: "its start")
        for host in idle { host.discard() }
        throw reason
      }
    }
  }

  /// Begins a new episode in every lane; episodes under way are dropped.
  public func reset(observations: inout MutableSpan<Float>) throws(EnvironmentError) {
    try requireNoStep()
    try requireCount(observations.count, count * layout.observationSize, of: "observations")
    for lane in lanes.indices { lanes[lane].isLost = false }
    try startAll()
    try begin(Array(0..<count), observations: &observations)
  }

  /// Whether the lane's episode has ended under `.wait` and no new one has begun.
  public func isWaiting(_ lane: Int) -> Bool { !lanes[lane].isActive }

  /// Ends the episode under way in a lane, which waits from then on; the simulator learns of it when it resets it.
  public func cutOff(lane: Int) throws(EnvironmentError) {
    try requireNoStep()
    lanes[lane].isActive = false
  }

  /// Begins a new episode in every lane that waits.
  public func startWaitingLanes(observations: inout MutableSpan<Float>) throws(EnvironmentError) {
    try requireNoStep()
    try requireCount(observations.count, count * layout.observationSize, of: "observations")
    try begin(lanes.indices.filter { !lanes[$0].isActive }, observations: &observations)
  }

  /// Begins the next episode of some lanes, as often as it takes to get them all begun.
  func begin(
    _ wanted: [Int], observations: inout MutableSpan<Float>
  ) throws(EnvironmentError) {
    var wanted = wanted
    while !wanted.isEmpty {
      for lane in wanted {
        lanes[lane].beginNext(seed: seed, lane: firstLane + lane, bits: seedBits)
      }
      var busy: [SimulatorHost] = []
      for host in hosts {
        host.requested = wanted.filter { host.lanes.contains($0) }.map { Int32($0) }
        guard !host.requested.isEmpty, let connection = host.connection else { continue }
        seeds = host.requested.map { lanes[Int($0)].seed }
        let local = host.requested.map { $0 - Int32(host.lanes.lowerBound) }
        host.requestID = connection.send { writer, id in
          encoder.writeReset(&writer, id: id, environments: local, seeds: seeds)
        }
        busy.append(host)
      }
      SimulatorConnection.wait(
        for: busy.compactMap(\.connection), seconds: simulator.settings.resetTimeout,
        stop: .answering(simulator.stopSignal))
      var again: [Int] = []
      for host in busy {
        do throws(HostProblem) {
          try take(.reset, from: host, observations: &observations)
          for lane in host.requested {
            try requireFinite(Int(lane), observations.span)
            try requireSomeAction(Int(lane), .reset, of: host)
          }
        } catch {
          // Its other lanes lose what they were playing, which their next step reports.
          try recover(host, from: error, in: "reset")
          again += host.requested.map { Int($0) }
        }
      }
      wanted = again
    }
  }
}
