import GSL
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
  private let encoder: RequestEncoder
  private let decoder: ReplyDecoder
  private let actionBounds: ActionBounds
  /// `[N, C]`, of one host's lanes, packed, as bytes: `Int32` and `Float` have four each.
  private var packedActions: [UInt32] = []
  private var seeds: [UInt64] = []
  /// Of the step under way.
  private var adapterSeconds = 0.0

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
    let needed =
      (count + (description.maximumEnvironments ?? count) - 1)
      / min(description.maximumEnvironments ?? count, count)
    let processes = min(count, max(simulator.settings.processes, needed))
    hosts = (0..<processes).map {
      SimulatorHost(
        simulator, lanes: $0 * count / processes..<($0 + 1) * count / processes,
        firstLane: firstLane, core: core)
    }
    masks = .allocate(capacity: max(1, count * layout.maskSize))
    masks.initialize(repeating: 1)
    try startAll()
  }

  deinit { masks.deallocate() }

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
      for: idle.compactMap(\.connection), seconds: simulator.settings.startTimeout)
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

  // MARK: Episodes

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

  /// Begins a new episode in every lane that waits.
  public func startWaitingLanes(observations: inout MutableSpan<Float>) throws(EnvironmentError) {
    try requireNoStep()
    try requireCount(observations.count, count * layout.observationSize, of: "observations")
    try begin(lanes.indices.filter { !lanes[$0].isActive }, observations: &observations)
  }

  /// Begins the next episode of some lanes, as often as it takes to get them all begun.
  private func begin(
    _ wanted: [Int], observations: inout MutableSpan<Float>
  ) throws(EnvironmentError) {
    var wanted = wanted
    while !wanted.isEmpty {
      for lane in wanted { lanes[lane].beginNext(seed: seed, lane: firstLane + lane) }
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
        for: busy.compactMap(\.connection), seconds: simulator.settings.resetTimeout)
      var again: [Int] = []
      for host in busy {
        do throws(HostProblem) {
          try take(.reset, from: host, observations: &observations)
          for lane in host.requested { try requireFinite(Int(lane), observations.span) }
        } catch {
          // Its other lanes lose what they were playing, which their next step reports.
          try recover(host, from: error, in: "reset")
          again += host.requested.map { Int($0) }
        }
      }
      wanted = again
    }
  }

  // MARK: Steps

  /// Starts a step with whole-number actions.
  public func beginStep(actions: Span<Int32>, atEnd: EpisodeEnd) throws(EnvironmentError) {
    let start = monotonicSeconds()
    try requireReady(actionCount: actions.count)
    let isActive = { [lanes] (lane: Int) in lanes[lane].isActive }
    try actionBounds.requireInside(
      actions, environment: name, actionSpace: actionSpace, firstLane: firstLane,
      isActive: isActive)
    if layout.maskSize > 0 { try refuseMasked(actions) }
    actions.withUnsafeBytes { send($0.bindMemory(to: UInt32.self), atEnd: atEnd) }
    adapterSeconds = monotonicSeconds() - start
  }

  /// Starts a step with real actions.
  public func beginStep(actions: Span<Float>, atEnd: EpisodeEnd) throws(EnvironmentError) {
    let start = monotonicSeconds()
    try requireReady(actionCount: actions.count)
    let isActive = { [lanes] (lane: Int) in lanes[lane].isActive }
    try actionBounds.requireInside(
      actions, environment: name, actionSpace: actionSpace, firstLane: firstLane,
      isActive: isActive)
    actions.withUnsafeBytes { send($0.bindMemory(to: UInt32.self), atEnd: atEnd) }
    adapterSeconds = monotonicSeconds() - start
  }

  private func send(_ actions: UnsafeBufferPointer<UInt32>, atEnd: EpisodeEnd) {
    let width = layout.actionElements
    for host in hosts {
      host.requested.removeAll(keepingCapacity: true)
      host.requestedLocally.removeAll(keepingCapacity: true)
      seeds.removeAll(keepingCapacity: true)
      packedActions.removeAll(keepingCapacity: true)
      for lane in host.lanes where lanes[lane].isActive && !lanes[lane].isLost {
        host.requested.append(Int32(lane))
        host.requestedLocally.append(Int32(lane - host.lanes.lowerBound))
        if atEnd == .startNext { seeds.append(lanes[lane].nextSeed) }
        for component in 0..<width { packedActions.append(actions[lane * width + component]) }
      }
      guard !host.requested.isEmpty, let connection = host.connection else { continue }
      host.requestID = connection.send { writer, id in
        packedActions.withUnsafeBytes {
          encoder.writeStep(
            &writer, id: id, environments: host.requestedLocally,
            seeds: atEnd == .startNext ? seeds : nil, actions: $0)
        }
      }
    }
    pendingEnd = atEnd
  }

  /// Completes the step that was begun.
  public func finishStep(
    observations: inout MutableSpan<Float>, finalObservations: inout MutableSpan<Float>,
    rewards: inout MutableSpan<Double>, outcomes: inout MutableSpan<Outcome>
  ) throws(EnvironmentError) {
    guard let atEnd = pendingEnd else {
      throw .outOfTurn(environment: name, reason: "finishStep needs a beginStep before it.")
    }
    let size = layout.observationSize
    try requireCount(observations.count, count * size, of: "observations")
    try requireCount(finalObservations.count, count * size, of: "final observations")
    try requireCount(rewards.count, count, of: "rewards")
    try requireCount(outcomes.count, count, of: "outcomes")
    pendingEnd = nil
    let start = monotonicSeconds()
    var waited = 0.0
    if hosts.count == 1, let connection = hosts[0].connection, !hosts[0].requested.isEmpty {
      waited = SimulatorConnection.wait(
        for: CollectionOfOne(connection), seconds: simulator.settings.stepTimeout)
    } else {
      waited = SimulatorConnection.wait(
        for: hosts.filter { !$0.requested.isEmpty }.compactMap(\.connection),
        seconds: simulator.settings.stepTimeout)
    }
    for lane in lanes.indices where !lanes[lane].isActive || lanes[lane].isLost {
      rewards[lane] = 0
      outcomes[lane] = .ongoing
    }
    var steps = 0
    for host in hosts where !host.requested.isEmpty {
      do throws(HostProblem) {
        try take(
          .step, from: host, observations: &observations, finalObservations: &finalObservations,
          rewards: &rewards, outcomes: &outcomes)
        try settle(
          host, atEnd, observations: &observations, finalObservations: finalObservations.span,
          rewards: rewards.span, outcomes: outcomes.span)
        steps += host.requested.count
      } catch {
        try recover(host, from: error, in: "step")
      }
    }
    simulator.activity.add(
      steps: steps, adapterSeconds: adapterSeconds + monotonicSeconds() - start - waited,
      simulatorSeconds: waited)
    try replaceLostEpisodes(observations: &observations, rewards: &rewards, outcomes: &outcomes)
  }

  /// What follows from the results of a host's lanes.
  private func settle(
    _ host: SimulatorHost, _ atEnd: EpisodeEnd, observations: inout MutableSpan<Float>,
    finalObservations: Span<Float>, rewards: Span<Double>, outcomes: Span<Outcome>
  ) throws(HostProblem) {
    let size = layout.observationSize
    for requested in host.requested {
      let lane = Int(requested)
      lanes[lane].step += 1
      guard rewards[lane].isFinite else {
        throw .error(
          .nonFiniteReward(
            environment: name, lane: firstLane + lane, episode: lanes[lane].episode,
            step: lanes[lane].step, value: rewards[lane]))
      }
      if outcomes[lane].isEnd {
        try requireFinite(lane, finalObservations)
        if atEnd == .startNext {
          lanes[lane].beginNext(seed: seed, lane: firstLane + lane)
        } else {
          lanes[lane].isActive = false
          for element in lane * size..<(lane + 1) * size {
            observations[element] = finalObservations[element]
          }
        }
      } else if let stepLimit, lanes[lane].step >= stepLimit {
        throw .fault(
          .violation(
            ProtocolViolation(
              message: "step", field: "truncated",
              environment: lane - host.lanes.lowerBound,
              expected: "true after max_episode_steps (\(stepLimit)) steps", received: "false")))
      }
      if lanes[lane].isActive { try requireFinite(lane, observations.span) }
    }
  }

  /// Begins the episodes of lanes that lost theirs, and reports it.
  private func replaceLostEpisodes(
    observations: inout MutableSpan<Float>, rewards: inout MutableSpan<Double>,
    outcomes: inout MutableSpan<Outcome>
  ) throws(EnvironmentError) {
    guard lanes.contains(where: \.isLost) else { return }
    // A crash in the middle of this makes further lanes lose theirs.
    while let first = lanes.firstIndex(where: \.isLost) {
      var lost: [Int] = []
      for lane in first..<count where lanes[lane].isLost {
        lanes[lane].isLost = false
        lost.append(lane)
        rewards[lane] = 0
        outcomes[lane] = .lost
      }
      simulator.activity.add(lostEpisodes: lost.count)
      try begin(lost, observations: &observations)
    }
  }

  // MARK: Replies

  private func take(
    _ kind: RequestKind, from host: SimulatorHost, observations: inout MutableSpan<Float>
  ) throws(HostProblem) {
    try observations.withUnsafeMutableBufferPointer { observations throws(HostProblem) in
      guard let observations = observations.baseAddress else { return }
      try take(kind, from: host, observations: observations, step: nil)
    }
  }

  private func take(
    _ kind: RequestKind, from host: SimulatorHost, observations: inout MutableSpan<Float>,
    finalObservations: inout MutableSpan<Float>, rewards: inout MutableSpan<Double>,
    outcomes: inout MutableSpan<Outcome>
  ) throws(HostProblem) {
    // The pointers stay inside these closures. `finishStep` has checked the sizes, and the decoder
    // writes rows of requested lanes alone.
    try observations.withUnsafeMutableBufferPointer { observations throws(HostProblem) in
      try finalObservations.withUnsafeMutableBufferPointer { finals throws(HostProblem) in
        try rewards.withUnsafeMutableBufferPointer { rewards throws(HostProblem) in
          try outcomes.withUnsafeMutableBufferPointer { outcomes throws(HostProblem) in
            guard let observations = observations.baseAddress, let finals = finals.baseAddress,
              let rewards = rewards.baseAddress, let outcomes = outcomes.baseAddress
            else { return }
            try take(
              kind, from: host, observations: observations,
              step: ReplyDestination.Step(
                finalObservations: finals, rewards: rewards, outcomes: outcomes))
          }
        }
      }
    }
  }

  private func take(
    _ kind: RequestKind, from host: SimulatorHost, observations: UnsafeMutablePointer<Float>,
    step: ReplyDestination.Step?
  ) throws(HostProblem) {
    guard let connection = host.connection, let masks = masks.baseAddress else { return }
    do throws(SimulatorFault) {
      try connection.takeReply { bytes throws(SimulatorFault) in
        do throws(ReplyProblem) {
          try host.requested.withUnsafeBufferPointer { lanes throws(ReplyProblem) in
            let destination = ReplyDestination(
              lanes: lanes, observations: observations, masks: masks, step: step)
            if connection.isBinary {
              try decoder.decode(frame: bytes, kind: kind, id: host.requestID, into: destination)
            } else {
              try decoder.decode(json: bytes, kind: kind, id: host.requestID, into: destination)
            }
          }
        } catch {
          throw SimulatorFault(error)
        }
      }
    } catch {
      throw .fault(error)
    }
  }

  private func requireFinite(_ lane: Int, _ rows: Span<Float>) throws(HostProblem) {
    let size = layout.observationSize
    let row = rows.extracting(lane * size..<(lane + 1) * size)
    guard !row.areAllFinite, let element = row.indices.first(where: { !row[$0].isFinite }) else {
      return
    }
    throw .error(
      .nonFiniteObservation(
        environment: name, lane: firstLane + lane, episode: lanes[lane].episode,
        step: lanes[lane].step, element: element, value: Double(row[element])))
  }

  /// Says which actions the current observations allow.
  public func writeActionMasks(_ masks: inout MutableSpan<Float>) throws(EnvironmentError) {
    guard let width = actionSpace.maskSize else {
      throw .wrongActionKind(
        environment: name, actionSpace: actionSpace, received: "a question for action masks")
    }
    try requireCount(masks.count, count * width, of: "action masks")
    for index in masks.indices { masks[index] = layout.maskSize > 0 ? self.masks[index] : 1 }
  }
}

/// What can go wrong with one host: its process, or what it says about an environment.
enum HostProblem: Error {
  case fault(SimulatorFault)
  case error(EnvironmentError)
}

/// Where a lane is: which of its episodes, how far into it, and what begins the next.
struct PipedLane: Codable, Hashable, Sendable {
  /// Number of the current episode; −1 before the first.
  var episode = -1
  /// Steps taken in it.
  var step = 0
  var isActive = false
  /// Whether the current episode is gone with its process and the next one has not begun.
  var isLost = false
  /// Of the current episode.
  var seed: UInt64 = 0
  /// Of the one after it; kept, because every step sends it.
  var nextSeed: UInt64 = 0

  /// - Parameters:
  ///   - runSeed: the run's.
  ///   - lane: its global index.
  mutating func beginNext(seed runSeed: UInt64, lane: Int) {
    episode += 1
    step = 0
    isActive = true
    seed = Self.seed(runSeed, lane, episode)
    nextSeed = Self.seed(runSeed, lane, episode + 1)
  }

  /// The seed of an episode is drawn from the stream that a built-in environment would be given whole:
  /// 53 bits of it, so that a JSON number holds it exactly in every language.
  static func seed(_ runSeed: UInt64, _ lane: Int, _ episode: Int) -> UInt64 {
    var stream = RandomStream(
      seed: runSeed, purpose: "environment", lane: UInt64(lane), episode: UInt64(episode))
    return stream.next() >> 11
  }
}
