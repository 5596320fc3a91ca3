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
/// Shards are spread over threads and ranks; their gradients are added along a fixed tree. So the
/// result has the same bits for any number of them. All ranks make the same updates; callbacks are for the
/// first alone.
public final class TrainingLoop<A: Agent> {
  /// The agent that learns.
  public let agent: A
  /// The mean return over 100 episodes that counts as solved, or nil.
  public let rewardThreshold: Double?
  /// The mean objective over 100 episodes that counts as solved, or nil.
  public let objectiveThreshold: Double?
  /// How far training has come.
  public internal(set) var progress = TrainingProgress()
  /// The episodes that count.
  public internal(set) var log = EpisodeLog()

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
    crew.shards.reduce(largestRewardElsewhere) { max($0, $1.episodes.largestReward) }
  }

  let reduction: any Reduction
  let crew: ShardCrew
  private var largestRewardElsewhere = 0.0
  /// The latest clock among the shards of all ranks; nil where it has to be asked for.
  var clock: Int?
  private let pool: WorkerPool
  /// Updates between two comparisons of the parameters of all ranks.
  private static var comparedUpdates: Int { 100 }
  /// What is done of an update that was paused, else nil.
  var pause: UpdatePause?

  /// A loop over an agent's shards.
  ///
  /// - Parameters:
  ///   - agent: what learns; its shards are what the threads share out.
  ///   - threads: at least 1; more than there are shards are of no use and are not started.
  ///   - rewardThreshold: the mean return over 100 training episodes that counts as solved.
  ///   - objectiveThreshold: the ``meanObjective`` over 100 training episodes that counts as solved.
  public init(
    _ agent: A, threads: Int = 1, rewardThreshold: Double? = nil, objectiveThreshold: Double? = nil
  ) {
    insist(threads >= 1, "A training loop needs at least 1 thread but got \(threads).")
    self.agent = agent
    self.rewardThreshold = rewardThreshold
    self.objectiveThreshold = objectiveThreshold
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
    var position = RunPosition(step: progress.steps, of: steps)
    if pass == .collect {
      position.step += try collect()
      for callback in callbacks { try callback.collectionEnded(in: self) }
      pass = agent.pass(after: .collect)
    } else {
      let own = pause?.steps.map { $0 ?? 0 } ?? []
      position.step += try reduction.gather(own).reduce(0, +)
    }
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
    if reduction.ranks.count > 1 { try agreeOnUpdate() }
    return report
  }

  /// Makes sure that all ranks know of a callback that ends the run, and now and then that they have
  /// the same parameters.
  private func agreeOnUpdate() throws {
    isStopping = try reduction.gather([isStopping]).contains(true)
    if progress.updates % Self.comparedUpdates == 0 { try requireSameParameters() }
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

  /// - Returns: the steps of all shards together.
  private func collect() throws -> Int {
    if let stepBound {
      let limit = max(1, stepBound - progress.steps)
      for shard in crew.shards { shard.rolloutLimit = limit }
    }
    let clock = try pause?.clock ?? latestClock()
    do {
      let rollouts = try crew.collect(clock: clock, after: pause?.steps, with: pool)
      pause = nil
      self.clock = rollouts.reduce(0) { max($0, $1.clock) }
      largestRewardElsewhere = rollouts.reduce(0) { max($0, $1.largestReward) }
      return rollouts.reduce(0) { $0 + $1.steps }
    } catch let stop as RolloutPause {
      pause = UpdatePause(clock: clock, steps: crew.stepsTaken)
      throw stop
    }
  }

  /// Stops between two passes where the agent can be saved there.
  private func pauseIfAsked(before pass: Int) throws {
    guard agent.savesBetweenPasses, pass > 0 else { return }
    do {
      try reduction.agree(on: InterruptFlag.asksToPause ? [RolloutPause.interrupted] : [])
    } catch let stop as RolloutPause {
      pause = UpdatePause(
        clock: clock ?? crew.clock, steps: pause?.steps ?? crew.stepsTaken, passes: pass)
      throw stop
    }
  }

  /// The time at which waiting lanes start.
  private func latestClock() throws -> Int {
    guard reduction.ranks.count > 1 else { return crew.clock }
    return try clock ?? reduction.gather([crew.clock]).reduce(0, max)
  }

  private func collectEpisodes() throws -> UpdateReport {
    let fault = finitenessFault
    // Nobody else has to hear of it that nothing has ended.
    let hasFinished = crew.shards.contains { $0.episodes.hasFinished }
    if reduction.ranks.count == 1, fault == nil, !hasFinished { return UpdateReport(episodes: []) }
    // With a fault nothing is taken: what is wrong stays where a checkpoint looks for it.
    let shards = fault == nil ? crew.shards : []
    let parts = try reduction.gather(
      shards.map { shard in
        // The start of the earliest one under way comes first; it is no episode that has ended.
        [ShardEpisode.underWay(shard.episodes.earliestOpenStart)]
          + shard.episodes.takeFinished().map { ShardEpisode.ended($0) }
      }, after: [fault])
    var finished: [Episode] = []
    var earliestOpen: EpisodeStart?
    for episode in parts.joined() {
      switch episode {
      case .ended(let episode): finished.append(episode)
      case .underWay(let start?): earliestOpen = min(start, earliestOpen ?? start)
      case .underWay(nil): break
      }
    }
    guard !finished.isEmpty else { return UpdateReport(episodes: []) }
    let released = log.add(finished, earliestOpen: earliestOpen)
    if log.releasedCount >= EpisodeLog.window, let mean = log.meanReturn, !released.isEmpty {
      progress.bestMeanReturn = max(mean, progress.bestMeanReturn ?? mean)
      if progress.solvedAtStep == nil, isSolved(with: mean) {
        progress.solvedAtStep = progress.steps
        progress.solvedAtEpisode = log.releasedCount
      }
    }
    return UpdateReport(episodes: released)
  }

  private func isSolved(with meanReturn: Double) -> Bool {
    if let rewardThreshold, meanReturn >= rewardThreshold { return true }
    guard let objectiveThreshold, let meanObjective else { return false }
    return meanObjective >= objectiveThreshold
  }

  /// The mean over the last 100 episodes of what is maximized where that is more than rewards: J = E[Σ r + τ H].
  ///
  /// H is that of the policy in the last update, in each step of an episode. Nil where rewards are all, or before the
  /// first episode has ended.
  public var meanObjective: Double? {
    guard let term = agent.entropyTerm, let entropy = term.mean, let length = log.meanLength,
      let meanReturn = log.meanReturn
    else { return nil }
    return meanReturn + term.coefficient * entropy * length
  }
}

extension TrainingLoop: OngoingTraining {
  /// What the agent says of its last update.
  public var metrics: [(name: String, value: Double?)] { agent.metrics }
}

/// What the loop takes from a shard after an update.
private enum ShardEpisode: BitwiseCopyable {
  /// Where the earliest one under way has started, nil if none is.
  case underWay(EpisodeStart?)
  /// One that has ended.
  case ended(Episode)
}
