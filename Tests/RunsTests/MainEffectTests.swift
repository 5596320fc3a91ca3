import GSL
import Testing

@testable import Runs

@Suite struct `The effect of a setting` {
  private static let simulations = 300

  /// Scores of 120 configurations in four groups whose means differ, and the share of the variance that
  /// goes with the group.
  private static func sample(
    _ deviation: Double, _ stream: inout RandomStream
  ) -> (scores: [Double], groups: [Int]) {
    let groups = (0..<120).map { $0 % 4 }
    let means = [-1.5, -0.5, 0.5, 1.5]
    return (groups.map { means[$0] + deviation * stream.gaussian() }, groups)
  }

  /// Variance between groups of 1.25.
  private static func share(_ deviation: Double) -> Double {
    1.25 / (1.25 + deviation * deviation)
  }

  @Test(arguments: [0.5, 1.5, 4.0])
  func `is right in the mean, and so is how often its interval holds the truth`(
    deviation: Double
  ) throws {
    var stream = RandomStream(seed: 7, purpose: "main-effect-tests")
    var (errors, covered) = ([Double](), 0)
    for _ in 0..<Self.simulations {
      let (scores, groups) = Self.sample(deviation, &stream)
      let interval = MainEffect.interval(of: scores, in: groups, using: &stream)
      #expect(interval.estimate == MainEffect.share(of: scores, in: groups))
      errors.append(interval.estimate - Self.share(deviation))
      if (interval.lower...interval.upper).contains(Self.share(deviation)) { covered += 1 }
    }
    let error = try Statistics.mean(errors)
    let standardError = (try Statistics.variance(errors) / Double(errors.count)).squareRoot()
    // A ratio of two unbiased estimates has a bias of the order of 1 / n itself.
    #expect(abs(error) < 6.5 * standardError + 0.5 / 120, "\(error) ± \(standardError)")
    // 95 %, less what a bootstrap of 120 values lacks, less 6.5 standard errors of 300 trials.
    #expect(Double(covered) / Double(Self.simulations) > 0.92 - 6.5 * 0.0157, "\(covered)")
  }

  @Test func `of groups that do not differ is none, where the plain ratio finds one`() throws {
    var stream = RandomStream(seed: 8, purpose: "main-effect-tests")
    var (corrected, plain) = ([Double](), [Double]())
    for _ in 0..<Self.simulations {
      let scores = (0..<120).map { _ in stream.gaussian() }
      let groups = (0..<120).map { $0 % 4 }
      corrected.append(MainEffect.share(of: scores, in: groups))
      let means = (0..<4).map { group in
        Aggregate.mean(zip(scores, groups).filter { $0.1 == group }.map { $0.0 })
      }
      let mean = Aggregate.mean(scores)
      let between = groups.reduce(0) { $0 + (means[$1] - mean) * (means[$1] - mean) }
      plain.append(between / scores.reduce(0) { $0 + ($1 - mean) * ($1 - mean) })
    }
    func standardError(_ sample: [Double]) throws -> Double {
      (try Statistics.variance(sample) / Double(sample.count)).squareRoot()
    }
    #expect(abs(try Statistics.mean(corrected)) < 6.5 * (try standardError(corrected)))
    // The control: 3 of 119 degrees of freedom are between groups.
    #expect(try Statistics.mean(plain) > 6.5 * standardError(plain))
  }

  @Test func `that cannot be seen is not a number`() {
    var stream = RandomStream(seed: 9, purpose: "main-effect-tests")
    for (scores, groups) in [
      ([1, 1, 1, 1], [0, 1, 0, 1]), ([1, 2, 3, 4], [0, 0, 0, 0]), ([1, 2], [0, 1]),
    ] as [([Double], [Int])] {
      #expect(MainEffect.share(of: scores, in: groups).isNaN)
      #expect(MainEffect.interval(of: scores, in: groups, using: &stream).lower.isNaN)
    }
  }

  @Test func `by hand`() {
    // Means 2 and 6 around 4: between 16, within 2 + 2, two degrees of freedom left: (16 − 2) / 20.
    #expect(abs(MainEffect.share(of: [1, 3, 5, 7], in: [0, 0, 1, 1]) - 0.7) < 1e-12)
    // A group that nothing is from counts for nothing.
    #expect(abs(MainEffect.share(of: [1, 3, 5, 7], in: [0, 0, 2, 2]) - 0.7) < 1e-12)
  }
}

@Suite struct `Ranks of values` {
  @Test func `share the mean of theirs where values are equal`() {
    #expect(Ranks.of([30, 10, 20, 10]) == [4, 1.5, 3, 1.5])
    #expect(Ranks.of([.infinity, -.infinity, 0, .infinity]) == [3.5, 1, 2, 3.5])
    #expect(Ranks.of([]) == [])
  }

  @Test func `correlate as Spearman has it, in an interval that holds the truth`() throws {
    let rising = try #require(Ranks.correlation([1, 2, 3, 4, 5], [1, 4, 9, 16, 25]))
    #expect([rising.estimate, rising.lower, rising.upper].allSatisfy { abs($0 - 1) < 1e-12 })
    // 1 − 6 Σd² / (n (n² − 1)) with d = 1, 1, 0, 1, 1.
    let swapped = try #require(Ranks.correlation([1, 2, 3, 4, 5], [2, 1, 3, 5, 4]))
    #expect(abs(swapped.estimate - 0.8) < 1e-12)
    #expect(Ranks.correlation([1, 2, 3, 4], [1, 2, 3, 4]) == nil)
    #expect(Ranks.correlation([1, 2, 3, 4, 5], [2, 2, 2, 2, 2]) == nil)

    // Normal pairs of correlation ½ have Spearman's 6/π asin ¼.
    let truth = 0.4826
    var stream = RandomStream(seed: 10, purpose: "rank-tests")
    var covered = 0
    for _ in 0..<300 {
      let first = (0..<100).map { _ in stream.gaussian() }
      let second = first.map { 0.5 * $0 + 0.75.squareRoot() * stream.gaussian() }
      let interval = try #require(Ranks.correlation(first, second))
      if (interval.lower...interval.upper).contains(truth) { covered += 1 }
    }
    #expect(Double(covered) / 300 > 0.95 - 6.5 * 0.0126, "\(covered)")
    #expect(covered < 300)
  }
}
