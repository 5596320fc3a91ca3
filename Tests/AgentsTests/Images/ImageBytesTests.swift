import GSL
import Networks
import ReinforcementLearning
import Testing

@testable import Agents

/// Observations that are bytes stay so, in memory and in checkpoints.
@Suite struct `Pictures stay bytes` {
  private func file<A: Agent>(_ loop: TrainingLoop<A>) throws -> SafetensorsFile {
    var file = SafetensorsFile()
    try loop.save(to: &file)
    return file
  }

  private func expectBytes(_ file: SafetensorsFile, _ name: String, rows: Int) throws {
    let tensor = try #require(file[name], "\(file.tensors.map(\.name))")
    #expect(tensor.dtype == .uint8 && tensor.shape == [rows, 60], "\(name)")
    let bytes = try tensor.values(as: UInt8.self)
    // A dot and a paddle in each.
    for row in 0..<rows {
      #expect(bytes[row * 60..<(row + 1) * 60].filter { $0 == 255 }.count == 2)
    }
  }

  @Test(arguments: [ReturnEstimate.nStep, .monteCarlo])
  func `in a rollout that is saved half way`(returns: ReturnEstimate) throws {
    let loop = try CatchTask.actorCritic {
      $0.returns = returns
      $0.rolloutSteps = 9
    }
    // Three steps of the eight lanes.
    loop.stepBound = 24
    #expect(throws: RolloutPause.self) { try loop.update(of: 1_000) }
    let saved = try file(loop)
    try expectBytes(saved, "shard.0.observations", rows: 8)
    try expectBytes(saved, "shard.0.rollout.observation", rows: 24)
  }

  @Test func `in ppo's rollout`() throws {
    let loop = try CatchTask.ppo()
    loop.stepBound = 24
    #expect(throws: RolloutPause.self) { try loop.update(of: 1_000) }
    try expectBytes(try file(loop), "shard.0.rollout.observation", rows: 24)
  }

  @Test func `in a replay memory and its batches`() throws {
    let loop = try CatchTask.dqn()
    for _ in 0..<60 { try loop.update(of: 1_000) }
    let saved = try file(loop)
    let stored = try #require(saved["shard.0.replay.observations"])
    try expectBytes(saved, "shard.0.replay.observations", rows: stored.shape[0])
    let batch = loop.agent.shards[0].learner.batch
    #expect(batch.states.element == .uint8 && batch.nextStates.element == .uint8)
  }

  @Test(arguments: [true, false])
  func `and are what V learns from on whole episodes`(isShared: Bool) throws {
    let loop = try CatchTask.actorCritic {
      $0.returns = .monteCarlo
      $0.episodesPerUpdate = 25
      $0.optimizer = .adam
      $0.network = .small(shared: isShared)
    }
    let (agent, shard) = (loop.agent, loop.agent.shards[0])
    _ = try shard.collect(clock: 0)
    /// The length of the gradient of V's loss on these episodes, which vanishes where V fits them.
    func slope() -> Double {
      shard.writeGradient(0)
      return shard.gradients(of: 0)[1].values.reduce(0) { $0 + Double($1) * Double($1) }
        .squareRoot()
    }
    let start = slope()
    let others = agent.networks.filter { $0.name != "value" }.map(\.parameters.values)
    try agent.fitCritics(onEpisodes: 0..<200, updates: 1_000, rate: 0.01, seed: 1)
    #expect(slope() < start / 10)
    #expect(agent.networks.filter { $0.name != "value" }.map(\.parameters.values) == others)
  }

  /// Numbers from an environment that could give bytes: what a simulator in another process does.
  @Test func `also where an environment gives them as numbers`() throws {
    func loop(_ asNumbers: Bool) throws -> TrainingLoop<ActorCritic> {
      var settings = ActorCriticConfiguration()
      (settings.hiddenSizes, settings.network) = ([16], .small(shared: true))
      return TrainingLoop(
        try ActorCritic(settings, seed: 5) {
          let batch = try EnvironmentBatch<Catch>(count: $0, seed: 5, firstLane: $1)
          return asNumbers ? Numbers(batch) : batch
        })
    }
    let (numbers, bytes) = (try loop(true), try loop(false))
    for _ in 0..<20 {
      try numbers.update(of: 1_000)
      try bytes.update(of: 1_000)
    }
    #expect(numbers.agent.parameters[0].values == bytes.agent.parameters[0].values)
    numbers.stepBound = numbers.progress.steps + 24
    #expect(throws: RolloutPause.self) { try numbers.update(of: 1_000) }
    try expectBytes(try file(numbers), "shard.0.rollout.observation", rows: 24)
  }
}

/// The same environments without bytes.
private final class Numbers: VectorEnvironment {
  private let inner: EnvironmentBatch<Catch>

  init(_ inner: EnvironmentBatch<Catch>) { self.inner = inner }

  var name: String { inner.name }
  var count: Int { inner.count }
  var firstLane: Int { inner.firstLane }
  var observationSpace: Space { inner.observationSpace }
  var actionSpace: Space { inner.actionSpace }
  var stepLimit: Int? { inner.stepLimit }
  var rewardThreshold: Double? { inner.rewardThreshold }
  var hasActionMask: Bool { false }

  func reset(observations: inout MutableSpan<Float>) throws(EnvironmentError) {
    try inner.reset(observations: &observations)
  }
  func isWaiting(_ lane: Int) -> Bool { inner.isWaiting(lane) }
  func startWaitingLanes(observations: inout MutableSpan<Float>) throws(EnvironmentError) {
    try inner.startWaitingLanes(observations: &observations)
  }
  func beginStep(actions: Span<Int32>, atEnd: EpisodeEnd) throws(EnvironmentError) {
    try inner.beginStep(actions: actions, atEnd: atEnd)
  }
  func beginStep(actions: Span<Float>, atEnd: EpisodeEnd) throws(EnvironmentError) {
    try inner.beginStep(actions: actions, atEnd: atEnd)
  }
  func finishStep(
    observations: inout MutableSpan<Float>, finalObservations: inout MutableSpan<Float>,
    rewards: inout MutableSpan<Double>, outcomes: inout MutableSpan<Outcome>
  ) throws(EnvironmentError) {
    try inner.finishStep(
      observations: &observations, finalObservations: &finalObservations, rewards: &rewards,
      outcomes: &outcomes)
  }
  func writeActionMasks(_ masks: inout MutableSpan<Float>) throws(EnvironmentError) {
    try inner.writeActionMasks(&masks)
  }
  func snapshot() throws(EnvironmentError) -> [UInt8] { try inner.snapshot() }
  func restore(_ snapshot: [UInt8]) throws(EnvironmentError) { try inner.restore(snapshot) }
}
