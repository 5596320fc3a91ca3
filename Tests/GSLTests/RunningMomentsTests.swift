import Foundation
import GSL
import Testing

@Suite struct `Moments of numbers that arrive one by one` {
  // numpy.mean, numpy.var(ddof=1), its root and the root of a tenth of it
  @Test func `they equal NumPy's`() {
    let moments = RunningMoments(Example.x)
    #expect(moments.count == 10)
    #expect(agree(moments.mean, 1.91))
    #expect(agree(moments.variance, 4.681))
    #expect(agree(moments.standardDeviation, 4.681.squareRoot()))
    #expect(agree(moments.standardError, 0.4681.squareRoot()))
    #expect(moments.minimum == -1.1)
    #expect(moments.maximum == 5.9)
  }

  // 4, 7, 13, 16 have the mean 10 and the variance (36 + 9 + 9 + 36) / 3 = 30.
  @Test func `a large mean costs no digits`() {
    let sample = [4.0, 7, 13, 16].map { 1e9 + $0 }
    let moments = RunningMoments(sample)
    #expect(moments.mean == 1e9 + 10)
    #expect(moments.variance == 30)
    // The control: the difference of two sums loses everything.
    let sum = sample.reduce(0, +)
    let squares = sample.reduce(0) { $0 + $1 * $1 }
    #expect(abs((squares - sum * sum / 4) / 3 - 30) > 1)
  }

  @Test(arguments: 0...10)
  func `merging two parts gives the whole`(split: Int) {
    var merged = RunningMoments(Example.x[..<split])
    merged.merge(RunningMoments(Example.x[split...]))
    let whole = RunningMoments(Example.x)
    #expect(merged.count == whole.count)
    #expect(agree(merged.mean, whole.mean))
    #expect(agree(merged.variance, whole.variance))
    #expect(merged.minimum == whole.minimum)
    #expect(merged.maximum == whole.maximum)
  }

  @Test func `merging keeps the digits of far-apart parts`() {
    var merged = RunningMoments([1e9 + 4, 1e9 + 7])
    merged.merge(RunningMoments([1e9 + 13, 1e9 + 16]))
    #expect(merged.variance == 30)
  }

  @Test func `what is undefined is not a number or nil`() {
    var moments = RunningMoments()
    #expect(moments.count == 0)
    #expect(moments.mean.isNaN)
    #expect(moments.minimum == nil)
    #expect(moments.maximum == nil)
    moments.add(-3)
    #expect(moments.mean == -3)
    #expect(moments.variance.isNaN)
    #expect(moments.standardError.isNaN)
    #expect(moments.minimum == -3)
    #expect(moments.maximum == -3)
  }

  @Test(arguments: [[], [2.5], Example.x])
  func `encoding and decoding changes nothing`(sample: [Double]) throws {
    var moments = RunningMoments(sample)
    let encoded = try JSONEncoder().encode(moments)
    var restored = try JSONDecoder().decode(RunningMoments.self, from: encoded)
    #expect(restored == moments)
    restored.add(0.1)
    moments.add(0.1)
    #expect(restored == moments)
  }
}
