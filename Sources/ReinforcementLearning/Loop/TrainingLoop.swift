import Foundation
import GSL
import Networks

/// What one update brought.
public struct UpdateReport: Sendable {
  /// The episodes that now count, in order of their start.
  public var episodes: [Episode]
}

/// An environment gives observations, a policy turns them into a distribution and draws an action
/// from given noise, the environment answers with rewards and an outcome, an estimator turns the
/// rollout into a gradient, an optimizer updates the parameters: this loop, once, for every agent.
///
/// Shards are spread over threads; their gradients are added along a fixed tree. So the result has
/// the same bits for any number of threads.
public final class TrainingLoop<A: Agent> {
  /// The agent that learns.
  public let agent: A
  /// The mean return over 100 episodes that counts as solved, or nil.
  public let rewardThreshold: Double?
  /// How far training has come.
  public private(set) var progress = TrainingProgress()
  /// The episodes that count.
  public private(set) var log = EpisodeLog()

  /// What is told how training goes, in this order.
  public var callbacks: [any TrainingCallback] = []
  /// Environment steps of the whole run, as the last update was told.
  public package(set) var totalSteps = 0
  /// Whether a callback has asked for the end of the run.
  public private(set) var isStopping = false

  /// Environment steps that no rollout goes beyond, or nil.
  ///
  /// For agents that learn from whole episodes where episodes may have no end.
  public var stepBound: Int?
  /// The largest magnitude of a reward since the loop was made or restored.
  public var largestReward: Double {
    crew.shards.reduce(0) { max($0, $1.episodes.largestReward) }
  }

  private let crew: ShardCrew
  private let reduction: any Reduction
  private let pool: WorkerPool
  /// What is done of an update that was paused, else nil.
  private var pause: UpdatePause?

  /// A loop over an agent's shards.
  ///
  /// - Parameters:
  ///   - agent: what learns; its shards are what the threads share out.
  ///   - threads: at least 1; more than there are shards are of no use and are not started.
  ///   - rewardThreshold: the mean return over 100 training episodes that counts as solved.
  public init(_ agent: A, threads: Int = 1, rewardThreshold: Double? = nil) {
    insist(threads >= 1, "A training loop needs at least 1 thread but got \(threads).")
    self.agent = agent
    self.rewardThreshold = rewardThreshold
    reduction = agent.reduction
    let threads = min(threads, agent.shards.count)
    let crew = ShardCrew(agent.shards, workers: threads, reduction: reduction)
    self.crew = crew
    pool = WorkerPool(count: threads) { crew.work($0) }
  }

  deinit { pool.stop() }

  /// Makes one update: a rollout and the passes that belong to it.
  ///
  /// - Parameter steps: environment steps of the whole run, for schedules.
  /// - Returns: the episodes that ended and now count.
  /// - Throws: the first shard's error, a callback's, or what the agent found not to be finite, after which only a
  ///   restore makes the loop usable again. `RolloutPause` between two steps of the environments, or
  ///   between two passes where the agent allows it: the loop can be saved then, and the next call goes
  ///   on with this update.
  @discardableResult
  public func update(of steps: Int) throws -> UpdateReport {
    totalSteps = steps
    var pass = pause?.pass ?? .collect
    if pass == .collect {
      try collect()
      for callback in callbacks { try callback.collectionEnded(in: self) }
      pass = agent.pass(after: .collect)
    }
    let position = RunPosition(
      step: progress.steps + (try reduceSteps(pause?.steps ?? crew.stepsTaken)), of: steps)
    while case .gradient(let number) = pass {
      try pauseIfAsked(before: number)
      try crew.differentiate(pass: number, with: pool)
      try agent.receive(gradient: number, at: position)
      pass = agent.pass(after: pass)
    }
    pause = nil
    progress.steps = position.step
    progress.updates += 1
    try agent.finishUpdate(at: position)
    let report = try collectEpisodes()
    try tellCallbacks(report)
    return report
  }

  private func tellCallbacks(_ report: UpdateReport) throws {
    let first = log.releasedCount - report.episodes.count + 1
    for callback in callbacks {
      for (index, episode) in report.episodes.enumerated() {
        try callback.episodeEnded(episode, number: first + index, in: self)
      }
      try callback.updateEnded(in: self)
    }
  }

  /// Lets whoever drives the loop know that the run is to end after this update.
  public func stop() { isStopping = true }

  private func collect() throws {
    if let stepBound {
      let limit = max(1, stepBound - progress.steps)
      for shard in crew.shards { shard.rolloutLimit = limit }
    }
    let clock = pause?.clock ?? crew.clock
    do {
      try crew.collect(clock: clock, after: pause?.steps, with: pool)
      pause = nil
    } catch let stop as RolloutPause {
      pause = UpdatePause(clock: clock, steps: crew.stepsTaken)
      throw stop
    }
  }

  /// Stops between two passes where the agent can be saved there.
  private func pauseIfAsked(before pass: Int) throws {
    guard agent.savesBetweenPasses, pass > 0, InterruptFlag.asksToPause else { return }
    pause = UpdatePause(
      clock: crew.clock, steps: pause?.steps ?? crew.stepsTaken, passes: pass)
    throw RolloutPause.interrupted
  }

  /// The steps of all shards together.
  private func reduceSteps(_ steps: [Int?]) throws -> Int {
    try reduction.gather([steps.reduce(0) { $0 + ($1 ?? 0) }]).reduce(0, +)
  }

  private func collectEpisodes() throws -> UpdateReport {
    for shard in crew.shards { try shard.episodes.requireFinite() }
    let parts = try reduction.gather(
      crew.shards.map {
        ShardEpisodes(
          finished: $0.episodes.takeFinished(), earliestOpen: $0.episodes.earliestOpenStart)
      })
    let finished = parts.flatMap(\.finished)
    let earliestOpen = parts.lazy.compactMap(\.earliestOpen).min()
    guard !finished.isEmpty else { return UpdateReport(episodes: []) }
    let released = log.add(finished, earliestOpen: earliestOpen)
    if log.releasedCount >= EpisodeLog.window, let mean = log.meanReturn, !released.isEmpty {
      progress.bestMeanReturn = max(mean, progress.bestMeanReturn ?? mean)
      if let rewardThreshold, mean >= rewardThreshold, progress.solvedAtStep == nil {
        progress.solvedAtStep = progress.steps
        progress.solvedAtEpisode = log.releasedCount
      }
    }
    return UpdateReport(episodes: released)
  }

  /// Adds all that is needed to go on exactly from here.
  ///
  /// - Throws: `NonFiniteNumber` rather than saving one; what the agent cannot save.
  public func save(to checkpoint: inout SafetensorsFile) throws {
    for shard in crew.shards { try shard.episodes.requireFinite() }
    checkpoint.metadata["loop"] = try encodeState(
      State(progress: progress, log: log, pause: pause))
    try agent.save(to: &checkpoint)
    for (index, shard) in crew.shards.enumerated() {
      try shard.save(to: &checkpoint, name: "shard.\(index)")
    }
    try checkpoint.requireFinite()
  }

  private func fault(of pause: UpdatePause) -> String? {
    guard let passes = pause.passes else { return nil }
    guard agent.savesBetweenPasses, !pause.steps.contains(nil) else {
      return "its update cannot have been paused between two passes."
    }
    return StateFault.count(passes, "the number of passes", from: 1)
  }

  /// Takes over what `save` wrote.
  public func restore(from checkpoint: SafetensorsFile) throws {
    let state: State = try decodeState(checkpoint.metadata["loop"], named: "loop")
    if let pause = state.pause {
      try refuse(
        [
          StateFault.equal(pause.steps.count, crew.shards.count, "the number of shards"),
          StateFault.count(pause.clock, "the clock"),
          pause.steps.lazy.compactMap { StateFault.count($0 ?? 0, "the number of steps") }.first,
          fault(of: pause),
        ], in: "loop")
    }
    try refuse([state.log.fault], in: "loop")
    try refuse([state.progress.fault(in: state.log)], in: "loop")
    try checkpoint.requireFinite()
    try agent.restore(from: checkpoint)
    for (index, shard) in crew.shards.enumerated() {
      try shard.restore(from: checkpoint, name: "shard.\(index)")
    }
    progress = state.progress
    log = state.log
    pause = state.pause
  }
}

extension TrainingLoop: OngoingTraining {
  /// What the agent says of its last update.
  public var metrics: [(name: String, value: Double?)] { agent.metrics }
}

/// What the loop takes from a shard after an update.
private struct ShardEpisodes: Codable {
  /// Those that have ended.
  var finished: [Episode]
  /// The start of the earliest one under way.
  var earliestOpen: EpisodeStart?
}

private struct State: Codable {
  var progress: TrainingProgress
  var log: EpisodeLog
  /// Missing between updates.
  var pause: UpdatePause?
}

/// How far an update has come that was paused.
private struct UpdatePause: Codable {
  /// The time at which waiting lanes started, as it was before any shard acted.
  var clock: Int
  /// Of each shard: the steps it took, or nil if it has not come to the end of its rollout.
  var steps: [Int?]
  /// Gradient passes that are over; missing while the shards act.
  var passes: Int?

  /// What comes next.
  var pass: Pass { passes.map { .gradient($0) } ?? .collect }
}
