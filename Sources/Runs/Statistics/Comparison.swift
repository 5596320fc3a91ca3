import Glibc

/// How two agents on the same tasks and seeds are compared.
package enum Comparison {
  /// The probability that a run of one agent is better than one of another, drawn independently.
  ///
  /// P(X > Y) + ½ P(X = Y), the statistic of Mann and Whitney over the number of pairs, and its mean over
  /// the tasks; Agarwal et al. (2021), section 4.
  ///
  /// - Parameters:
  ///   - scores: `[task][run]`; larger ones are better.
  ///   - others: of as many tasks.
  /// - Returns: a number in [0, 1].
  package static func probabilityOfImprovement(
    of scores: [[Double]], over others: [[Double]]
  ) -> Double {
    let tasks = zip(scores, others).map { scores, others in
      let others = others.sorted()
      var wins = 0.0
      for score in scores {
        let (below, upTo) = (
          others.partitioningIndex { $0 >= score }, others.partitioningIndex { $0 > score }
        )
        wins += Double(below) + 0.5 * Double(upTo - below)
      }
      return wins / Double(scores.count * others.count)
    }
    return Aggregate.mean(tasks)
  }

  /// The ratio of a statistic of one agent to that of another, and its geometric mean over the tasks.
  ///
  /// - Parameters:
  ///   - statistic: of the runs of a task.
  ///   - scores: `[task][run]`, not negative.
  ///   - others: of as many tasks.
  /// - Returns: NaN where a ratio cannot be formed.
  package static func ratio(
    _ statistic: Aggregate, of scores: [[Double]], over others: [[Double]]
  ) -> Double {
    let ratios = zip(scores, others).map { statistic($0) / statistic($1) }
    // The logarithm of a single one would cost it its last digits.
    guard ratios.count > 1 else { return ratios.first ?? .nan }
    return exp(Aggregate.mean(ratios.map { log($0) }))
  }

  /// The difference of a statistic of one agent and that of another in one task.
  ///
  /// - Parameters:
  ///   - statistic: of the runs.
  ///   - scores: the runs of one agent.
  ///   - others: those of the other.
  /// - Returns: NaN where both are infinite.
  package static func difference(
    _ statistic: Aggregate, of scores: [Double], minus others: [Double]
  ) -> Double {
    statistic(scores) - statistic(others)
  }
}

extension [Double] {
  /// The first index, of a sorted array, from which on a condition holds.
  fileprivate func partitioningIndex(_ holds: (Double) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if holds(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
