/// When and where an episode started; the order in which episodes count.
public struct EpisodeStart: Codable, Hashable, Sendable, Comparable, BitwiseCopyable {
  /// Batch steps that every lane had been given before.
  public var clock: Int
  /// Global index of the lane.
  public var lane: Int

  /// Makes a start.
  public init(clock: Int, lane: Int) {
    self.clock = clock
    self.lane = lane
  }

  /// Earlier clocks come first, ties are broken by lane.
  public static func < (left: EpisodeStart, right: EpisodeStart) -> Bool {
    (left.clock, left.lane) < (right.clock, right.lane)
  }
}

/// An episode that has ended.
public struct Episode: Codable, Hashable, Sendable, BitwiseCopyable {
  /// When and where it started.
  public var start: EpisodeStart
  /// Its number among the episodes of its lane.
  public var number: Int
  /// Steps taken.
  public var length: Int
  /// The sum of the raw rewards, undiscounted.
  public var totalReward: Double
  /// How it ended.
  public var outcome: Outcome

  /// Makes an episode.
  public init(
    start: EpisodeStart, number: Int, length: Int, totalReward: Double, outcome: Outcome
  ) {
    self.start = start
    self.number = number
    self.length = length
    self.totalReward = totalReward
    self.outcome = outcome
  }
}
