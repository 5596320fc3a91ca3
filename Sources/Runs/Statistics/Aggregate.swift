/// What one number says of many runs.
///
/// Smaller and larger scores alike may be better, and a score may be infinite: a run that never came to
/// an end of its task needed more steps than any that did. A median stays finite while fewer than half
/// of the runs are so, an interquartile mean while fewer than a quarter are.
package enum Aggregate: String, Sendable, CaseIterable, Codable {
  /// The middle value, or the mean of the two middle ones.
  case median
  /// The mean of the middle half: a quarter of the values, rounded down, goes at each end.
  ///
  /// Recommended for few runs by Agarwal et al. (2021), "Deep reinforcement learning at the edge of
  /// the statistical precipice".
  case interquartileMean = "interquartile_mean"
  /// The arithmetic mean.
  case mean

  /// The statistic of the runs of one task.
  ///
  /// - Parameter scores: at least one; none is NaN.
  /// - Returns: the statistic; infinite where the scores that count are.
  package func callAsFunction(_ scores: [Double]) -> Double {
    precondition(!scores.isEmpty, "No runs have no \(rawValue).")
    switch self {
    case .mean: return Self.mean(scores[...])
    case .median:
      let sorted = scores.sorted()
      let half = sorted.count / 2
      return sorted.count % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2
    case .interquartileMean:
      let cut = scores.count / 4
      return Self.mean(scores.sorted()[cut..<scores.count - cut])
    }
  }

  /// The statistic of normalized scores over tasks.
  ///
  /// As Agarwal and others (2021) define it: the mean and the median are those of the tasks' means; the interquartile mean is that of all runs
  /// of all tasks together.
  ///
  /// - Parameter scores: `[task][run]`, at least one task, with at least one run each.
  /// - Returns: the statistic.
  package func overTasks(_ scores: [[Double]]) -> Double {
    switch self {
    case .mean, .median: self(scores.map { Aggregate.mean($0) })
    case .interquartileMean: self(scores.flatMap { $0 })
    }
  }

  private static func mean(_ scores: ArraySlice<Double>) -> Double {
    scores.reduce(0, +) / Double(scores.count)
  }
}
