import GSL

/// Follows the episodes of one vector environment: adds up rewards, counts steps.
///
/// A shard has one of its own and feeds it after every step; `EpisodeLog` merges them.
public struct EpisodeTracker: Codable, Hashable, Sendable {
  private struct Lane: Codable, Hashable {
    /// Clock at the start, or nil while the lane waits.
    var startClock: Int?
    var number = 0
    var length = 0
    var totalReward = 0.0
  }

  /// Global index of the first lane.
  public let firstLane: Int
  /// Steps recorded so far, by which starts are ordered.
  public private(set) var clock = 0
  private var lanes: [Lane]
  private var finished: [Episode] = []
  /// The largest magnitude of a reward since the tracker was made or read; not part of its saved form.
  public private(set) var largestReward = 0.0

  private enum CodingKeys: String, CodingKey {
    case firstLane, clock, lanes, finished
  }

  /// Makes a tracker whose lanes all start an episode now.
  public init(firstLane: Int, count: Int) {
    insist(count > 0, "A tracker needs at least 1 lane but got \(count).")
    self.firstLane = firstLane
    lanes = Array(repeating: Lane(startClock: 0), count: count)
  }

  /// Records one step of every lane.
  ///
  /// - Parameters:
  ///   - rewards: `[N]`, raw.
  ///   - outcomes: `[N]`.
  ///   - atEnd: what the step did at the end of an episode.
  public mutating func record(
    rewards: Span<Double>, outcomes: Span<Outcome>, atEnd: EpisodeEnd
  ) {
    insist(
      rewards.count == lanes.count && outcomes.count == lanes.count,
      "A step of \(lanes.count) lanes has \(rewards.count) rewards, \(outcomes.count) outcomes.")
    clock += 1
    for index in lanes.indices {
      guard let startClock = lanes[index].startClock else { continue }
      if outcomes[index] == .lost {
        discardEpisode(ofLane: index)
        continue
      }
      lanes[index].length += 1
      lanes[index].totalReward += rewards[index]
      largestReward = max(largestReward, abs(rewards[index]))
      guard outcomes[index].isEnd else { continue }
      let lane = lanes[index]
      finished.append(
        Episode(
          start: EpisodeStart(clock: startClock, lane: firstLane + index), number: lane.number,
          length: lane.length, totalReward: lane.totalReward, outcome: outcomes[index]))
      lanes[index] = Lane(
        startClock: atEnd == .startNext ? clock : nil, number: lane.number + 1)
    }
  }

  /// Records the step of every lane that the memory holds the results of.
  public mutating func record(_ memory: EnvironmentMemory, atEnd: EpisodeEnd) {
    record(rewards: memory.rewards.span, outcomes: memory.outcomes.span, atEnd: atEnd)
  }

  /// Starts the episodes of the lanes that wait.
  ///
  /// - Parameter clock: the time of the start, not before the tracker's own. Shards that stop early
  ///   in an update have slower clocks; starting them all at the latest keeps the order right.
  public mutating func startWaitingLanes(at clock: Int? = nil) {
    let clock = clock ?? self.clock
    insist(
      clock >= self.clock, "A clock cannot go back from \(self.clock) to \(clock).")
    self.clock = clock
    for index in lanes.indices where lanes[index].startClock == nil {
      lanes[index].startClock = clock
    }
  }

  /// Drops the episodes under way and starts the next ones, as a reset of the environment does.
  public mutating func restart() {
    for index in lanes.indices {
      discardEpisode(ofLane: index)
    }
  }

  /// Drops the episode under way in one lane and starts the next one, as after a crash.
  ///
  /// - Parameter lane: index within the shard.
  public mutating func discardEpisode(ofLane lane: Int) {
    let wasWaiting = lanes[lane].startClock == nil
    lanes[lane] = Lane(startClock: clock, number: lanes[lane].number + (wasWaiting ? 0 : 1))
  }

  /// The earliest start among the episodes under way, or nil if all lanes wait.
  public var earliestOpenStart: EpisodeStart? {
    var earliest: EpisodeStart?
    for index in lanes.indices {
      guard let clock = lanes[index].startClock else { continue }
      let start = EpisodeStart(clock: clock, lane: firstLane + index)
      if earliest.map({ start < $0 }) ?? true { earliest = start }
    }
    return earliest
  }

  /// Checks that the sums of rewards are finite numbers.
  ///
  /// - Throws: ``RewardError/returnOverflows(lane:)`` for the first lane whose sum is not.
  public func requireFinite() throws(RewardError) {
    // Sums of smaller rewards are finite for longer than any run lasts.
    guard largestReward > 1e290 else { return }
    if let lane = lanes.firstIndex(where: { !$0.totalReward.isFinite }) {
      throw .returnOverflows(lane: firstLane + lane)
    }
    if let episode = finished.first(where: { !$0.totalReward.isFinite }) {
      throw .returnOverflows(lane: episode.start.lane)
    }
  }

  /// Whether episodes have ended since the last call of ``takeFinished()``.
  package var hasFinished: Bool { !finished.isEmpty }

  /// Hands over the episodes that have ended since the last call, in order of their end.
  public mutating func takeFinished() -> [Episode] {
    defer { finished.removeAll(keepingCapacity: true) }
    return finished
  }
}

extension EpisodeTracker {
  /// Says why this one, read back, cannot take the place of another; nil if it can.
  ///
  /// - Parameters:
  ///   - fresh: of the same lanes.
  ///   - isWaiting: whether the environment of a lane waits for its next episode.
  /// - Returns: the reason.
  package func fault(
    replacing fresh: EpisodeTracker, isWaiting: (_ lane: Int) -> Bool
  ) -> String? {
    let basic =
      StateFault.equal(firstLane, fresh.firstLane, "the first lane")
      ?? StateFault.equal(lanes.count, fresh.lanes.count, "the number of lanes")
      ?? StateFault.count(clock, "the clock")
      // Those of an update that was paused have not been counted yet.
      ?? finished.lazy.compactMap(\.fault).first
    if let basic { return basic }
    for (index, lane) in lanes.enumerated() {
      if let start = lane.startClock, !(0...clock).contains(start) {
        return "lane \(index) has begun its episode at \(start), but the clock shows \(clock)."
      }
      let waits = lane.startClock == nil
      if waits != isWaiting(index) {
        return "lane \(index) \(waits ? "waits" : "plays"), but its environment does not."
      }
      let fault =
        StateFault.count(lane.number, "an episode's number")
        ?? StateFault.count(lane.length, "an episode's length")
        ?? StateFault.finite([lane.totalReward], "an episode's return")
      if let fault { return fault }
    }
    return nil
  }
}
