import GSL
import Networks
import ReinforcementLearning

/// The lanes of DDPG, what they have seen, and the batches drawn from it.
///
/// There is one shard only: DDPG makes an update after every step or so, and all lanes together take
/// less time for a step than one update does. So a second thread would have nothing to do.
///
/// Shapes: N lanes, D observation, C components of an action.
public final class DDPGShard: AgentShard {
  /// What a checkpoint keeps besides tensors.
  private struct State: Codable {
    var stepsTaken: Int
    var updatesDone: Int
    var exploration: ExplorationNoise
    var warmUp: [RandomStream]
    var replay: RandomStream
    var tracker: EpisodeTracker
    /// Of a turn of the loop that was stopped on its way; missing between turns.
    var stepsOfTurn: Int?
  }

  /// Steps of all lanes together.
  private(set) var stepsTaken = 0
  /// Steps of each lane in this turn of the loop, nil between turns.
  private var stepsOfTurn: Int?
  /// Steps after which a turn of the loop pauses.
  public var rolloutLimit: Int?
  /// Gradient updates.
  private(set) var updatesDone = 0
  /// Whether the gradients in the networks' buffers are of this turn of the loop.
  private(set) var hasGradient = false
  /// The shard's episodes.
  public var episodes: EpisodeTracker
  let learner: DDPGLearner

  private let configuration: DDPGConfiguration
  private let environment: any VectorEnvironment
  private let box: BoxActions
  private let actor: DeterministicActor
  private var memory: EnvironmentMemory
  private var buffer: ReplayBuffer
  private var exploration: ExplorationNoise
  private var warmUpStreams: [RandomStream]
  private var replayStream: RandomStream
  /// `[N, C]` within ±1, as the networks know them.
  private var actions: [Float]
  /// `[N, C]` as the environment knows them.
  private var scaledActions: [Float]
  /// `[N, D]`, what was acted on.
  private var observations: [Float]

  init(
    _ environment: any VectorEnvironment, _ configuration: DDPGConfiguration,
    _ networks: DDPGNetworks, _ box: BoxActions, seed: UInt64
  ) throws {
    let n = environment.count
    self.environment = environment
    self.configuration = configuration
    self.box = box
    actor = try DeterministicActor(networks, rows: n)
    learner = try DDPGLearner(
      networks, batchSize: configuration.batchSize, discount: configuration.discount)
    memory = EnvironmentMemory(for: environment)
    buffer = ReplayBuffer(
      capacity: configuration.bufferSize, observationSize: environment.observationSize,
      actionSize: box.size)
    episodes = EpisodeTracker(firstLane: environment.firstLane, count: n)
    exploration = ExplorationNoise(
      configuration, seed: seed, firstLane: environment.firstLane, lanes: n,
      components: box.size)
    warmUpStreams = (0..<n).map {
      RandomStream(seed: seed, purpose: "warm-up", lane: UInt64(environment.firstLane + $0))
    }
    replayStream = RandomStream(seed: seed, purpose: "replay")
    actions = Array(repeating: 0, count: n * box.size)
    scaledActions = actions
    observations = memory.observations
    try memory.reset(environment)
  }

  /// Takes steps, or none when updates are still due for those already taken: a turn of the training
  /// loop is at most one gradient update.
  public func act(clock: Int) throws -> Int {
    if stepsOfTurn == nil && updatesDue > 0 { return 0 }
    for done in (stepsOfTurn ?? 0)..<configuration.trainEvery {
      try RolloutPause.ifAsked(after: done, of: environment.count, limit: rolloutLimit)
      try step()
      stepsOfTurn = done + 1
    }
    stepsOfTurn = nil
    return configuration.trainEvery * environment.count
  }

  /// Gradient updates that the steps taken so far ask for and that are not yet made.
  private var updatesDue: Int {
    // Steps in which every simulator failed leave nothing to learn from.
    if buffer.count == 0 { return 0 }
    return updatesAsked(after: stepsTaken) - updatesDone
  }

  /// Gradient updates that a number of steps asks for in all.
  private func updatesAsked(after steps: Int) -> Int {
    let learned = max(0, steps - configuration.learningStarts)
    return Int(Double(learned) * configuration.updatesPerStep)
  }

  private func step() throws {
    let (n, d, c) = (environment.count, environment.observationSize, box.size)
    // Element by element: an assignment would share the memory, and the next write copy it.
    for index in observations.indices { observations[index] = memory.observations[index] }
    chooseActions()
    box.write(actions, to: &scaledActions)
    try memory.step(environment, actions: scaledActions, atEnd: .startNext)
    episodes.record(memory, atEnd: .startNext)
    for lane in 0..<n {
      let (state, action) = (lane * d..<(lane + 1) * d, lane * c..<(lane + 1) * c)
      let outcome = memory.outcomes[lane]
      if outcome == .lost {
        // What followed the action is not known. The transitions before it happened, and stay.
        exploration.restart(lane: lane)
        continue
      }
      let reward = Float(memory.rewards[lane])
      guard reward.isFinite else {
        throw RewardError.tooLarge(
          environment: environment.name, lane: environment.firstLane + lane,
          reward: memory.rewards[lane])
      }
      let next = outcome.isEnd ? memory.finalObservations[state] : memory.observations[state]
      try buffer.append(
        observation: observations[state], action: actions[action],
        reward: reward, isTerminated: outcome == .terminated, next: next)
      if outcome.isEnd { exploration.restart(lane: lane) }
    }
    stepsTaken += n
  }

  private func chooseActions() {
    if stepsTaken < configuration.learningStarts && configuration.warmUp == .uniform {
      for index in actions.indices {
        actions[index] = Float(warmUpStreams[index / box.size].uniform(in: -1...1))
      }
      return
    }
    _ = actor.observations.update(fromContentsOf: observations)
    actor.run()
    for index in actions.indices { actions[index] = actor.actions[index] }
    exploration.add(to: &actions)
    for index in actions.indices { actions[index] = min(max(actions[index], -1), 1) }
  }

  /// Draws a batch and differentiates on it, once there is enough to learn from.
  public func writeGradient(phase: Int) {
    hasGradient = updatesDue > 0
    guard hasGradient else { return }
    buffer.sample(configuration.batchSize, from: &replayStream, into: learner.batch)
    learner.run()
  }

  /// Counts the update that the gradient was for.
  func finishUpdate() {
    updatesDone += 1
    hasGradient = false
  }

  /// None: there is one shard, and the networks' own buffers hold its gradients.
  public func gradients(phase: Int) -> [UnsafeMutableBufferPointer<Float>] { [] }

  func save(to checkpoint: inout SafetensorsFile) throws {
    let state = State(
      stepsTaken: stepsTaken, updatesDone: updatesDone, exploration: exploration,
      warmUp: warmUpStreams, replay: replayStream, tracker: episodes, stepsOfTurn: stepsOfTurn)
    checkpoint.metadata["shard.0"] = try encodeState(state)
    checkpoint.append("shard.0.observations", SafetensorsTensor(memory.observations))
    checkpoint.append("shard.0.environments", SafetensorsTensor(try environment.snapshot()))
    buffer.save(to: &checkpoint, name: "shard.0.replay")
  }

  func restore(from checkpoint: SafetensorsFile) throws {
    let state: State = try decodeState(checkpoint.metadata["shard.0"], named: "shard.0")
    guard let rows = checkpoint["shard.0.observations"],
      let snapshot = checkpoint["shard.0.environments"]
    else { throw CheckpointContentError.missing("shard.0.environments") }
    let restored = try rows.finiteRows(of: "shard.0", count: observations.count)
    if let steps = state.stepsOfTurn, !(0..<configuration.trainEvery).contains(steps) {
      throw CheckpointContentError.unreadable(
        "shard.0", reason: "a turn has \(configuration.trainEvery) steps, not \(steps) and more.")
    }
    try buffer.restore(from: checkpoint, name: "shard.0.replay")
    try environment.restore(try snapshot.values(as: UInt8.self))
    try refuse(
      [
        StateFault.count(state.stepsTaken, "the number of steps"),
        StateFault.count(state.updatesDone, "the number of updates"),
        state.exploration.fault(replacing: exploration),
        state.warmUp.fault(replacing: warmUpStreams),
        [state.replay].fault(replacing: [replayStream]),
        state.tracker.fault(replacing: episodes, isWaiting: environment.isWaiting),
        buffer.count <= state.stepsTaken
          ? nil : "it remembers \(buffer.count) transitions of \(state.stepsTaken) steps.",
      ], in: "shard.0")
    try refuse(
      [
        state.updatesDone <= updatesAsked(after: state.stepsTaken)
          ? nil
          : "it has made \(state.updatesDone) updates, more than its settings ask for after "
            + "\(state.stepsTaken) steps.",
        (0..<environment.count).contains(where: environment.isWaiting)
          ? "a lane waits for its next episode." : nil,
      ], in: "shard.0")
    memory.observations = restored
    stepsTaken = state.stepsTaken
    updatesDone = state.updatesDone
    exploration = state.exploration
    warmUpStreams = state.warmUp
    replayStream = state.replay
    episodes = state.tracker
    stepsOfTurn = state.stepsOfTurn
  }
}
