import Foundation
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

  private let crew: Crew
  private let pool: WorkerPool

  /// A loop over an agent's shards.
  ///
  /// - Parameters:
  ///   - agent: what learns; its shards are what the threads share out.
  ///   - threads: at least 1; more than there are shards are of no use and are not started.
  ///   - rewardThreshold: the mean return over 100 training episodes that counts as solved.
  public init(_ agent: A, threads: Int = 1, rewardThreshold: Double? = nil) {
    precondition(threads >= 1, "A training loop needs at least 1 thread but got \(threads).")
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
  /// - Throws: the first shard's error, or what the agent found not to be finite. Parameters are then
  ///   those before the update, and only a restore makes the loop usable again.
  @discardableResult
  public func update(of steps: Int) throws -> UpdateReport {
    try crew.perform(.act(clock: crew.clock), with: pool)
    for phase in 0..<agent.phaseCount {
      if phase > 0 { try crew.perform(.differentiate(phase: phase), with: pool) }
      crew.reduce(phase: phase)
      try agent.receive(phase: phase)
    }
    progress.steps += crew.takeSteps()
    progress.updates += 1
    try agent.finishUpdate(step: progress.steps, of: steps)
    return collectEpisodes()
  }

  private func collectEpisodes() -> UpdateReport {
    var finished: [Episode] = []
    var earliestOpen: EpisodeStart?
    for shard in crew.shards {
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
  public func save(to checkpoint: inout SafetensorsFile) throws {
    checkpoint.metadata["loop"] = try encodeState(State(progress: progress, log: log))
    try agent.save(to: &checkpoint)
  }

  /// Takes over what `save` wrote.
  public func restore(from checkpoint: SafetensorsFile) throws {
    let state: State = try decodeState(checkpoint.metadata["loop"], named: "loop")
    try agent.restore(from: checkpoint)
    progress = state.progress
    log = state.log
  }
}

private struct State: Codable {
  var progress: TrainingProgress
  var log: EpisodeLog
}

// Unchecked: the threads of the pool and the caller never run at the same time but inside
// `pool.run()`, during which each worker touches the shards it owns and their slots alone; the
// pool's barrier orders everything else.
/// The shards, divided among workers, and what they are to do next.
///
/// Not generic, so that an update asks the runtime for no types.
private final class Crew: @unchecked Sendable {
  enum Task {
    case act(clock: Int)
    case differentiate(phase: Int)
  }

  let shards: [any AgentShard]
  private let workers: Int
  private var task = Task.act(clock: 0)
  private let slots: [Slot]

  /// What a shard's work brought: memory of its own, as workers write at the same time.
  private final class Slot {
    var steps = 0
    var error: (any Error)?
  }

  init(_ shards: [any AgentShard], workers: Int) {
    self.shards = shards
    self.workers = workers
    slots = shards.map { _ in Slot() }
  }

  func perform(_ task: Task, with pool: WorkerPool) throws {
    self.task = task
    // An agent that was restored after an error starts afresh.
    for slot in slots { slot.error = nil }
    pool.run()
    for slot in slots { if let error = slot.error { throw error } }
  }

  func work(_ worker: Int) {
    for index in worker * shards.count / workers..<(worker + 1) * shards.count / workers {
      do {
        switch task {
        case .act(let clock):
          slots[index].steps = try shards[index].act(clock: clock)
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

  func takeSteps() -> Int { slots.reduce(0) { $0 + $1.steps } }
}
