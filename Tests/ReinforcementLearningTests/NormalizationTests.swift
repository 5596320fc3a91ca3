import Foundation
import GSL
import ReinforcementLearning
import Testing

struct NormalizationTests {
  private func rows(_ count: Int, seed: UInt64) -> [Float] {
    var draws = RandomStream(seed: seed, purpose: "rows")
    return (0..<count).flatMap { _ in
      [Float(100 + 3 * draws.gaussian()), Float(0.01 * draws.exponential()), 7]
    }
  }

  private func moments(_ rows: [Float]) -> ElementMoments {
    var moments = ElementMoments(size: 3)
    moments.add(rows: rows.span)
    return moments
  }

  @Test func `moments are those of two passes, in one piece or merged`() {
    let rows = rows(1000, seed: 1)
    let whole = moments(rows)
    var merged = moments(Array(rows[..<900]))
    merged.merge(moments(Array(rows[900...])))
    merged.merge(ElementMoments(size: 3))
    for element in 0..<3 {
      let values = (0..<1000).map { Double(rows[3 * $0 + element]) }
      let mean = values.reduce(0, +) / 1000
      let variance = values.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / 1000
      for moments in [whole, merged] {
        #expect(moments.count == 1000)
        #expect(abs(moments.mean[element] - mean) < 1e-11 * 100)
        #expect(abs(moments.variance(element) - variance) < 1e-11 * 100)
      }
    }
  }

  @Test func `skipped rows leave no trace`() {
    let rows = rows(10, seed: 2)
    var all = ElementMoments(size: 3)
    all.add(rows: rows.span, skipping: { $0 >= 4 })
    #expect(all == moments(Array(rows[..<12])))
  }

  @Test func `observations get mean 0 and variance 1 and are clipped`() {
    var rows = rows(1000, seed: 3)
    var normalizer = ObservationNormalizer(size: 3, clip: 3)
    var untouched = Array(rows[..<3])
    var untouchedSpan = untouched.mutableSpan
    normalizer.normalize(&untouchedSpan)
    #expect(untouched == [3, rows[1], 3])
    normalizer.update(with: moments(rows))
    var span = rows.mutableSpan
    normalizer.normalize(&span)
    let after = moments(rows)
    #expect(abs(after.mean[0]) < 0.02 && abs(after.variance(0) - 1) < 0.05)
    #expect(after.mean[2] == 0 && after.variance(2) == 0)
    #expect(rows.allSatisfy { abs($0) <= 3 })
    #expect(rows.contains(3))
  }

  @Test func `normalization follows VecNormalize's formula and survives a checkpoint`() throws {
    var normalizer = ObservationNormalizer(size: 3)
    let rows = rows(50, seed: 4)
    normalizer.update(with: moments(rows))
    var row = Array(rows[..<3])
    var span = row.mutableSpan
    normalizer.normalize(&span)
    for element in 0..<3 {
      let plain =
        (Double(rows[element]) - normalizer.moments.mean[element])
        / (normalizer.moments.variance(element) + 1e-8).squareRoot()
      #expect(abs(Double(row[element]) - min(max(plain, -10), 10)) < 1e-4)
    }
    let data = try JSONEncoder().encode(normalizer)
    #expect(try JSONDecoder().decode(ObservationNormalizer.self, from: data) == normalizer)
  }

  @Test func `rewards are divided by the deviation of the discounted return`() {
    var tracker = DiscountedReturnTracker(count: 2, discount: 0.5)
    let steps: [([Double], [Outcome])] = [
      ([1, 2], [.ongoing, .terminated]), ([1, 4], [.truncated, .ongoing]),
      ([8, 0], [.ongoing, .ongoing]),
    ]
    for (rewards, outcomes) in steps {
      tracker.record(rewards: rewards.span, outcomes: outcomes.span)
    }
    // By hand: lane 0 has returns 1, 1.5 and (anew) 8, lane 1 has 2 and (anew) 4 and 2.
    let returns = [1, 1.5, 8, 2, 4, 2]
    let mean = returns.reduce(0, +) / 6
    let variance = returns.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / 6
    var normalizer = RewardNormalizer()
    #expect(normalizer.scale == 1)
    normalizer.update(with: tracker.takeMoments())
    #expect(abs(normalizer.scale - 1 / (variance + 1e-8).squareRoot()) < 1e-12)
    #expect(tracker.moments.count == 0)
    var normalized = [Float](repeating: 0, count: 3)
    var span = normalized.mutableSpan
    let rewards = [1.0, -2, 1e9]
    normalizer.normalize(rewards.span, into: &span)
    #expect(abs(Double(normalized[0]) - normalizer.scale) < 1e-6)
    #expect(abs(Double(normalized[1]) + 2 * normalizer.scale) < 1e-6)
    #expect(normalized[2] == 10)
  }
}
