import Foundation
import GSL
import Networks

/// How far a run has come; part of every checkpoint.
public struct TrainingProgress: Codable, Hashable, Sendable {
  /// Environment steps taken.
  public var steps = 0
  /// Parameter updates made.
  public var updates = 0
  /// Environment steps when the task counted as solved, or nil.
  public var solvedAtStep: Int?
  /// Episodes released when the task counted as solved, or nil.
  public var solvedAtEpisode: Int?
  /// The highest mean return over 100 training episodes, or nil before there were as many.
  public var bestMeanReturn: Double?

  /// The progress of a run that has not begun.
  public init() {}
}

extension TrainingProgress {
  /// What is wrong with this progress, read back beside a log; nil for nothing.
  func fault(in log: EpisodeLog) -> String? {
    let counts =
      StateFault.count(steps, "the number of steps")
      ?? StateFault.count(updates, "the number of updates")
      ?? StateFault.finite([bestMeanReturn ?? 0], "the best mean return")
    if let counts { return counts }
    guard (solvedAtStep == nil) == (solvedAtEpisode == nil) else {
      return "the task is solved by its steps or by its episodes alone."
    }
    guard (0...steps).contains(solvedAtStep ?? 0),
      (0...log.releasedCount).contains(solvedAtEpisode ?? 0)
    else {
      return "the task was solved after step \(solvedAtStep ?? 0) and episode "
        + "\(solvedAtEpisode ?? 0), which have not come yet."
    }
    return nil
  }
}

/// What one update brought.
public struct UpdateReport: Sendable {
  /// The episodes that now count, in order of their start.
  public var episodes: [Episode]
  /// Whether the mean return over 100 episodes is higher than ever before.
  public var isBest: Bool
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

  /// Environment steps that no rollout goes beyond, or nil.
  ///
  /// For agents that learn from whole episodes where episodes may have no end.
  public var stepBound: Int?
  /// The largest magnitude of a reward since the loop was made or restored.
  public var largestReward: Double {
    crew.shards.reduce(0) { max($0, $1.episodes.largestReward) }
  }

  private let crew: Crew
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
    let threads = min(threads, agent.shards.count)
    let crew = Crew(agent.shards, workers: threads)
    self.crew = crew
    pool = WorkerPool(count: threads) { crew.work($0) }
  }

  deinit { pool.stop() }

  /// Acts, differentiates and updates once.
  ///
  /// - Parameter steps: environment steps of the whole run, for schedules.
  /// - Returns: the episodes that ended and now count.
  /// - Throws: the first shard's error, or what the agent found not to be finite, after which only a
  ///   restore makes the loop usable again. `RolloutPause` between two steps of the environments: the loop
  ///   can be saved then, and the next call goes on with this update.
  @discardableResult
  public func update(of steps: Int) throws -> UpdateReport {
    try act()
    for phase in 0..<agent.phaseCount {
      if phase > 0 { try crew.differentiate(phase: phase, with: pool) }
      crew.reduce(phase: phase)
      try agent.receive(phase: phase)
    }
    progress.steps += crew.takeSteps()
    progress.updates += 1
    try agent.finishUpdate(step: progress.steps, of: steps)
    return try collectEpisodes()
  }

  private func act() throws {
    if let stepBound {
      let limit = max(1, stepBound - progress.steps)
      for shard in crew.shards { shard.rolloutLimit = limit }
    }
    let clock = pause?.clock ?? crew.clock
    do {
      try crew.act(clock: clock, after: pause?.steps, with: pool)
      pause = nil
    } catch let stop as RolloutPause {
      pause = UpdatePause(clock: clock, steps: crew.stepsTaken)
      throw stop
    }
  }

  private func collectEpisodes() throws -> UpdateReport {
    var finished: [Episode] = []
    var earliestOpen: EpisodeStart?
    for shard in crew.shards {
      try shard.episodes.requireFinite()
      finished += shard.episodes.takeFinished()
      if let start = shard.episodes.earliestOpenStart, earliestOpen.map({ start < $0 }) ?? true {
        earliestOpen = start
      }
    }
    guard !finished.isEmpty else { return UpdateReport(episodes: [], isBest: false) }
    let released = log.add(finished, earliestOpen: earliestOpen)
    var isBest = false
    if log.releasedCount >= EpisodeLog.window, let mean = log.meanReturn, !released.isEmpty {
      isBest = progress.bestMeanReturn.map { mean > $0 } ?? true
      if isBest { progress.bestMeanReturn = mean }
      if let rewardThreshold, mean >= rewardThreshold, progress.solvedAtStep == nil {
        progress.solvedAtStep = progress.steps
        progress.solvedAtEpisode = log.releasedCount
      }
    }
    return UpdateReport(episodes: released, isBest: isBest)
  }

  /// Adds all that is needed to go on exactly from here.
  ///
  /// - Throws: `NonFiniteNumber` rather than saving one; what the agent cannot save.
  public func save(to checkpoint: inout SafetensorsFile) throws {
    for shard in crew.shards { try shard.episodes.requireFinite() }
    checkpoint.metadata["loop"] = try encodeState(
      State(progress: progress, log: log, pause: pause))
    try agent.save(to: &checkpoint)
    try checkpoint.requireFinite()
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
        ], in: "loop")
    }
    try refuse([state.log.fault], in: "loop")
    try refuse([state.progress.fault(in: state.log)], in: "loop")
    try checkpoint.requireFinite()
    try agent.restore(from: checkpoint)
    progress = state.progress
    log = state.log
    pause = state.pause
  }
}

private struct State: Codable {
  var progress: TrainingProgress
  var log: EpisodeLog
  /// Missing between updates.
  var pause: UpdatePause?
}

/// How far the acting of an update has come that was paused.
private struct UpdatePause: Codable {
  /// The time at which waiting lanes started, as it was before any shard acted.
  var clock: Int
  /// Of each shard: the steps it took, or nil if it has not come to the end of its rollout.
  var steps: [Int?]
}

// Unchecked: the threads of the pool and the caller never run at the same time but inside
// `pool.run()`, during which each worker touches the shards it owns and their slots alone; the
// pool's barrier orders everything else.
/// The shards, divided among workers, and what they are to do next.
///
/// Not generic, so that an update asks the runtime for no types.
private final class Crew: @unchecked Sendable {
  private enum Task {
    case act(clock: Int)
    case differentiate(phase: Int)
  }

  let shards: [any AgentShard]
  private let workers: Int
  private var task = Task.act(clock: 0)
  private let slots: [Slot]

  /// What a shard's work brought: memory of its own, as workers write at the same time.
  private final class Slot {
    /// Nil until the shard has acted.
    var steps: Int?
    var error: (any Error)?
  }

  init(_ shards: [any AgentShard], workers: Int) {
    self.shards = shards
    self.workers = workers
    slots = shards.map { _ in Slot() }
  }

  /// Lets every shard act and write its first gradient.
  ///
  /// - Parameters:
  ///   - clock: at which waiting lanes start.
  ///   - steps: of each shard what it did before a pause; those that were done do not act again.
  ///   - pool: the threads.
  /// - Throws: the first shard's error, `RolloutPause` only if there is no other.
  func act(clock: Int, after steps: [Int?]?, with pool: WorkerPool) throws {
    for (index, slot) in slots.enumerated() { slot.steps = steps?[index] }
    try perform(.act(clock: clock), with: pool)
  }

  /// Lets every shard write a later gradient.
  func differentiate(phase: Int, with pool: WorkerPool) throws {
    try perform(.differentiate(phase: phase), with: pool)
  }

  private func perform(_ task: Task, with pool: WorkerPool) throws {
    self.task = task
    // An agent that was restored after an error starts afresh.
    for slot in slots { slot.error = nil }
    pool.run()
    var pause: (any Error)?
    for slot in slots {
      guard let error = slot.error else { continue }
      guard error is RolloutPause else { throw error }
      pause = error
    }
    if let pause { throw pause }
  }

  func work(_ worker: Int) {
    for index in worker * shards.count / workers..<(worker + 1) * shards.count / workers {
      do {
        switch task {
        case .act(let clock):
          // Before a pause it may have come to its end already.
          if slots[index].steps == nil {
            slots[index].steps = try shards[index].act(clock: clock)
          }
          try shards[index].writeGradient(phase: 0)
        case .differentiate(let phase):
          try shards[index].writeGradient(phase: phase)
        }
      } catch {
        slots[index].error = error
      }
    }
  }

  func reduce(phase: Int) {
    guard shards.count > 1 else { return }
    let gradients = shards.map { $0.gradients(phase: phase) }
    for index in gradients[0].indices { sumInTree(gradients.map { $0[index] }) }
  }

  /// The latest clock among the shards.
  var clock: Int { shards.reduce(0) { max($0, $1.episodes.clock) } }

  /// What each shard did in the update under way, nil for those that have not come to their end.
  var stepsTaken: [Int?] { slots.map(\.steps) }

  func takeSteps() -> Int { slots.reduce(0) { $0 + ($1.steps ?? 0) } }
}
