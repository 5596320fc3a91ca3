/// What a step did to its episode.
public enum Outcome: UInt8, Sendable, Codable, Hashable, BitwiseCopyable {
  /// The episode goes on.
  case ongoing = 0
  /// The task itself ended the episode: nothing of value follows.
  case terminated = 1
  /// The step limit cut the episode off: its final observation still has a future worth estimating.
  case truncated = 2

  /// Whether the episode is over.
  @inlinable
  public var isEnd: Bool { self != .ongoing }
}

/// What a lane does when its episode ends.
public enum EpisodeEnd: Sendable, Hashable, Codable {
  /// The next episode starts within the same step: the lane's observation is already the new one's
  /// first, and the final observation goes to a row of its own.
  case startNext
  /// The lane idles until it is told to start, so that every episode begun is also finished: the
  /// Monte Carlo mode, in which short episodes are not over-represented.
  case wait
}
