import GSL

/// How much of the variance of a score goes with the group that it is from.
package enum MainEffect {
  private static let resamples = 1000

  /// ε², the share of the variance between groups, without what chance alone would put there.
  ///
  /// (SSB − (K − 1) MSW) / SST for K groups (Kelley 1935): unlike the plain ratio it is about 0 where
  /// the groups do not differ, and may be slightly below.
  ///
  /// - Parameters:
  ///   - scores: finite numbers.
  ///   - groups: of each score, from 0 up.
  /// - Returns: NaN where all scores are equal, where there is one group only, or one score in each.
  package static func share(of scores: [Double], in groups: [Int]) -> Double {
    sums(scores, groups).corrected
  }

  /// The same with a 95 % interval.
  ///
  /// The basic bootstrap: resampled groups differ by what they do in the sample and by chance once more,
  /// so the distance of their ε² from the sample's plain ratio is what the estimate's own may be. The ends
  /// lie in [0, 1], as every share does.
  ///
  /// - Parameters:
  ///   - scores: finite numbers.
  ///   - groups: of each score, from 0 up.
  ///   - stream: the source of randomness.
  /// - Returns: the share; NaN as ``share(of:in:)`` has it.
  package static func interval(
    of scores: [Double], in groups: [Int], using stream: inout RandomStream
  ) -> BootstrapInterval {
    let (estimate, plain) = sums(scores, groups)
    guard !estimate.isNaN else {
      return BootstrapInterval(estimate: .nan, lower: .nan, upper: .nan)
    }
    var errors: [Double] = []
    for _ in 0..<resamples {
      let draw = scores.map { _ in stream.index(below: scores.count) }
      let share = share(of: draw.map { scores[$0] }, in: draw.map { groups[$0] })
      if !share.isNaN { errors.append(share - plain) }
    }
    guard let low = try? Statistics.quantile(0.025, of: errors),
      let high = try? Statistics.quantile(0.975, of: errors)
    else { return BootstrapInterval(estimate: estimate, lower: .nan, upper: .nan) }
    func bounded(_ end: Double) -> Double { min(max(end, 0), 1) }
    return BootstrapInterval(
      estimate: estimate, lower: bounded(estimate - high), upper: bounded(estimate - low))
  }

  /// The corrected share and the plain one.
  private static func sums(
    _ scores: [Double], _ groups: [Int]
  ) -> (corrected: Double, plain: Double) {
    precondition(scores.count == groups.count, "Every score is from a group.")
    let mean = scores.reduce(0, +) / Double(scores.count)
    var counts = [Double](repeating: 0, count: (groups.max() ?? 0) + 1)
    var totals = counts
    for (score, group) in zip(scores, groups) {
      counts[group] += 1
      totals[group] += score - mean
    }
    let total = scores.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    let between = zip(totals, counts).reduce(0) { $1.1 > 0 ? $0 + $1.0 * $1.0 / $1.1 : $0 }
    let present = Double(counts.count { $0 > 0 })
    guard total > 0, present > 1, Double(scores.count) > present else { return (.nan, .nan) }
    let within = (total - between) / (Double(scores.count) - present)
    return ((between - (present - 1) * within) / total, between / total)
  }
}
