import Foundation
import GSL
import Testing

@testable import Runs

/// What rliable 1.2.0 and SciPy 1.17.1 give; scripts/reference/statistics_rliable.py wrote it.
private struct Reference: Decodable {
  struct Interval: Decodable {
    var estimate: Double
    var lower: Double
    var upper: Double
    var draws: [[[Int]]]
    var otherDraws: [[[Int]]]?
    var mannWhitney: [Double]?
  }

  var scores: [[Double]]
  var others: [[Double]]
  var overTasks: [String: Interval]
  var oneTask: [String: Interval]
  var improvement: Interval

  init() throws {
    let url = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "Reference/statistics.json")
    self = try JSONDecoder().decode(Reference.self, from: Data(contentsOf: url))
  }
}

/// Whether all three numbers agree to 1e-9 of their size.
private func agree(_ interval: BootstrapInterval, _ reference: Reference.Interval) -> Bool {
  zip(
    [interval.estimate, interval.lower, interval.upper],
    [reference.estimate, reference.lower, reference.upper]
  ).allSatisfy { abs($0 - $1) <= 1e-9 * max(1, abs($1)) }
}

@Suite struct `Statistics over runs` {
  @Test(arguments: Aggregate.allCases)
  func `aggregates over tasks and their intervals are those of rliable`(
    aggregate: Aggregate
  ) throws {
    let reference = try Reference()
    let expected = try #require(reference.overTasks[aggregate.rawValue])
    let interval = StratifiedBootstrap(draws: expected.draws)
      .interval(of: reference.scores) { aggregate.overTasks($0) }
    #expect(agree(interval, expected))
    // The same draws of other scores are no match.
    let wrong = StratifiedBootstrap(draws: expected.draws)
      .interval(of: reference.others) { aggregate.overTasks($0) }
    #expect(!agree(wrong, expected))
  }

  @Test(arguments: Aggregate.allCases)
  func `aggregates of one task and their intervals are those of NumPy and SciPy`(
    aggregate: Aggregate
  ) throws {
    let reference = try Reference()
    let expected = try #require(reference.oneTask[aggregate.rawValue])
    let interval = StratifiedBootstrap(draws: expected.draws)
      .interval(of: [reference.scores[0]]) { aggregate($0[0]) }
    #expect(agree(interval, expected))
  }

  @Test func `the probability of improvement is that of rliable and SciPy`() throws {
    let reference = try Reference()
    let expected = reference.improvement
    let interval = StratifiedBootstrap(draws: expected.draws).interval(
      of: reference.scores, and: reference.others,
      drawnBy: StratifiedBootstrap(draws: try #require(expected.otherDraws))
    ) { Comparison.probabilityOfImprovement(of: $0, over: $1) }
    #expect(agree(interval, expected))
    for (task, statistic) in try #require(expected.mannWhitney).enumerated() {
      let pairs = reference.scores[task].count * reference.others[task].count
      let probability = Comparison.probabilityOfImprovement(
        of: [reference.scores[task]], over: [reference.others[task]])
      #expect(abs(probability * Double(pairs) - statistic) < 1e-9)
    }
  }

  @Test func `a run that never solved its task is slower than any that did, and no NaN`() {
    let scores = [3, .infinity, 1, 2, .infinity]
    #expect(Aggregate.median(scores) == 3)
    #expect(Aggregate.mean(scores) == .infinity)
    #expect(Aggregate.interquartileMean([1, 2, 3, .infinity]) == 2.5)
    var stream = RandomStream(seed: 1, purpose: "test")
    let bootstrap = StratifiedBootstrap(strata: [5], resamples: 400, using: &stream)
    let interval = bootstrap.interval(of: [scores]) { Aggregate.median($0[0]) }
    #expect(interval.lower >= 1 && interval.lower < 3 && interval.upper == .infinity)
    #expect(
      Comparison.probabilityOfImprovement(of: [[.infinity, 1]], over: [[.infinity, 0]]) == 0.625)
  }

  @Test func `pairs stay pairs in every resample`() {
    let scores = [[1.0, 2, 5, 9, 14], [2, 4, 8, 16, 32]]
    var stream = RandomStream(seed: 2, purpose: "test")
    let bootstrap = StratifiedBootstrap(strata: [5, 5], resamples: 300, using: &stream)
    let others = scores.map { $0.map { 2 * $0 } }
    for statistic in Aggregate.allCases {
      let paired = bootstrap.interval(of: scores, pairedWith: others) {
        Comparison.ratio(statistic, of: $0, over: $1)
      }
      #expect(abs(paired.lower - 0.5) < 1e-12 && abs(paired.upper - 0.5) < 1e-12)
    }
    let broken = bootstrap.interval(of: scores, pairedWith: others.map { $0.reversed() }) {
      Comparison.ratio(.mean, of: $0, over: $1)
    }
    #expect(broken.upper - broken.lower > 0.1)
  }

  /// Coverage of a 95 % percentile interval of a mean of 30 normal numbers is about 0.94; over 400
  /// repetitions 6.5 standard errors are 0.077.
  @Test func `nineteen intervals of twenty hold the truth`() {
    var stream = RandomStream(seed: 3, purpose: "test")
    let hits = (0..<400).count { _ in
      let sample = (0..<30).map { _ in stream.gaussian() }
      let bootstrap = StratifiedBootstrap(strata: [30], resamples: 200, using: &stream)
      let interval = bootstrap.interval(of: [sample]) { Aggregate.mean($0[0]) }
      return interval.lower <= 0 && 0 <= interval.upper
    }
    #expect(abs(Double(hits) / 400 - 0.94) < 0.077)
  }
}
