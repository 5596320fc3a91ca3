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
