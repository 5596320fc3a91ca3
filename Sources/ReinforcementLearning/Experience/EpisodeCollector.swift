import GSL
import Networks

/// Collects a fixed number of whole episodes of each of N lanes.
///
/// Each lane plays its episodes and then waits: taking the first ones to finish would over-represent
/// short episodes. A lane whose episode was lost with its simulator plays another one in its place.
public final class EpisodeCollector: Collector {
  /// How far the rollout under way has come.
  private struct Progress: Codable {
    /// Rounds of one episode in every lane that are over.
    var rounds = 0
    /// Lanes whose episode of this round is under way.
    var active: [Int] = []
    /// Steps of the whole rollout.
    var steps = 0
    /// Whether all rounds are over.
    var isComplete = false
  }

  /// The lanes that act.
  public let lanes: Lanes
  /// The steps of the episodes, in the order of time.
  public let experience: Experience
  /// Environment steps of all shards together after which a rollout pauses, or nil.
  public var limit: Int?
  /// Episodes of each lane.
  public let episodes: Int

  private let actor: any Actor
  private let lanesInAll: Int
  /// One step of every lane, those that wait among them.
  private let moment: Experience
  private let laneStep: LaneStep
  /// Nil before the first step of a rollout and after the update that it was for.
  private var progress: Progress?

  /// A collector.
  ///
  /// - Parameters:
  ///   - lanes: that act.
  ///   - actor: what chooses their actions.
  ///   - moment: of N rows, with a column `action`; `observation` and `mask` are filled if they are
  ///     there. The actor gets these rows.
  ///   - experience: a table that grows, whose columns are some of those.
  ///   - episodes: of each lane.
  ///   - lanesInAll: lanes of all shards together.
  public init(
    _ lanes: Lanes, _ actor: any Actor, through moment: Experience, into experience: Experience,
    episodes: Int, lanesInAll: Int
  ) {
    insist(
      moment.capacity == lanes.count,
      "A step of \(lanes.count) lanes has as many rows, not \(moment.capacity).")
    self.lanes = lanes
    self.actor = actor
    self.moment = moment
    self.experience = experience
    self.episodes = episodes
    self.lanesInAll = lanesInAll
    laneStep = LaneStep(lanes, actor, in: moment)
  }

  /// Plays the episodes that are missing.
  public func collect(clock: Int) throws -> Int {
    if InterruptFlag.asksToPause { throw RolloutPause.interrupted }
    if progress?.isComplete ?? true { finishUpdate() }
    var progress = progress ?? Progress()
    defer { self.progress = progress }
    while progress.rounds < episodes {
      if progress.active.isEmpty {
        // The latest, also where a checkpoint says of the others what cannot be.
        try lanes.startWaitingLanes(
          clock: max(progress.rounds == 0 ? clock : 0, lanes.episodes.clock))
        progress.active = Array(0..<lanes.count)
      }
      while !progress.active.isEmpty { try step(&progress) }
      progress.rounds += 1
    }
    progress.isComplete = true
    return experience.count
  }

  private func step(_ progress: inout Progress) throws {
    try RolloutPause.ifAsked(after: progress.steps, of: lanesInAll, limit: limit)
    try laneStep.take(0..<lanes.count, atEnd: .wait)
    experience.write(progress.active, of: moment)
    lanes.record(progress.active, in: experience)
    let outcomes = lanes.outcomes
    actor.finishStep(outcomes.span)
    progress.active.removeAll { outcomes[$0].isEnd && outcomes[$0] != .lost }
    progress.steps += 1
  }

  /// Forgets the experience.
  public func finishUpdate() {
    progress = nil
    experience.removeAll()
  }

  /// Adds the lanes, and a rollout that is not used up yet.
  public func save(to checkpoint: inout SafetensorsFile, name: String) throws {
    try lanes.save(to: &checkpoint, name: name)
    guard let progress else { return }
    checkpoint.metadata["\(name).rollout"] = try encodeState(progress)
    experience.save(to: &checkpoint, name: "\(name).rollout")
  }

  /// Takes over what `save` wrote.
  public func restore(from checkpoint: SafetensorsFile, name: String) throws {
    try lanes.restore(from: checkpoint, name: name, mayWait: true)
    finishUpdate()
    let rollout = "\(name).rollout"
    guard let text = checkpoint.metadata[rollout] else { return }
    let progress: Progress = try decodeState(text, named: rollout)
    try experience.restore(from: checkpoint, name: rollout)
    do {
      try refuse([fault(of: progress)], in: rollout)
    } catch {
      experience.removeAll()
      throw error
    }
    self.progress = progress
  }

  /// Says why a progress that was read back cannot be that of the rows there are; nil if it can.
  private func fault(of progress: Progress) -> String? {
    let active = Set(progress.active)
    let basic =
      StateFault.count(progress.rounds, "the number of rounds")
      ?? StateFault.count(progress.steps, "the number of steps")
    if let basic { return basic }
    // Every step gives a row at least, and the last round is over when no lane plays.
    guard progress.steps <= experience.count, progress.rounds <= episodes,
      progress.isComplete == (progress.rounds == episodes),
      active.count == progress.active.count,
      active.allSatisfy({ (0..<lanes.count).contains($0) }),
      active.isEmpty || progress.rounds < episodes
    else { return "its rounds are not those of \(episodes) episodes of \(lanes.count) lanes." }
    // Nobody would end the episode of a lane that waits.
    let plays = (0..<lanes.count).allSatisfy {
      active.contains($0) != lanes.environment.isWaiting($0)
    }
    return active.isEmpty || plays
      ? nil : "the lanes that play are not those whose episodes are under way."
  }
}
