/// What a step did to its episode.
public enum Outcome: UInt8, Sendable, Codable, Hashable, BitwiseCopyable {
  /// The episode goes on.
  case ongoing = 0
  /// The task itself ended the episode: nothing of value follows.
  case terminated = 1
  /// The step limit cut the episode off: its final observation still has a future worth estimating.
  case truncated = 2
  /// The simulator failed and the episode is gone: nobody knows how it would have gone on.
  ///
  /// Whatever was gathered of it is to be dropped, and nothing may be put in its place: a reward of 0
  /// or a critic's estimate would be made up. The lane already shows the first observation of its next
  /// episode, also under `EpisodeEnd.wait`, so that an agent that plays a fixed number of episodes
  /// still gets them. An estimate over the episodes that remain is one of the expectation given that
  /// the simulator does not fail: as good as that of the task where failures do not depend on what the
  /// agent does, and of nothing else where they do.
  case lost = 3

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
