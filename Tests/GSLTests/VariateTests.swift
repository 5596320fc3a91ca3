import Foundation
import GSL
import Testing

/// A distribution, how to draw from it and its distribution function from a textbook.
struct Variate: Sendable, CustomTestStringConvertible {
  let name: String
  let draw: @Sendable (inout RandomStream) -> Double
  let distribution: @Sendable (Double) throws -> Double

  var testDescription: String { name }

  func sample(_ count: Int, seed: UInt64) -> [Double] {
    var stream = RandomStream(seed: seed, purpose: "variates")
    return (0..<count).map { _ in draw(&stream) }
  }

  static let all: [Variate] = [
    .init(name: "uniform", draw: { $0.uniform() }, distribution: { min(max($0, 0), 1) }),
    .init(
      name: "uniform in a range", draw: { $0.uniform(in: -2...3) },
      distribution: { min(max(($0 + 2) / 5, 0), 1) }),
    .init(
      name: "gaussian", draw: { $0.gaussian() },
      distribution: { 0.5 * erfc(-$0 / 2.0.squareRoot()) }),
    .init(name: "exponential", draw: { $0.exponential() }, distribution: { 1 - exp(-$0) }),
    .init(name: "gumbel", draw: { $0.gumbel() }, distribution: { exp(-exp(-$0)) }),
    .init(name: "logistic", draw: { $0.logistic() }, distribution: { 1 / (1 + exp(-$0)) }),
  ]
}

@Suite struct `Variates of continuous distributions` {
  static let count = 50_000

  @Test(arguments: Variate.all, [11, 12] as [UInt64])
  func `they follow their distribution`(variate: Variate, seed: UInt64) throws {
    let sample = variate.sample(Self.count, seed: seed)
    #expect(try kolmogorovSmirnov(sample, against: variate.distribution) > significance)
  }

  @Test(arguments: Variate.all)
  func `a scale wrong by a tenth is found`(variate: Variate) throws {
    let sample = variate.sample(Self.count, seed: 11).map { 1.1 * $0 }
    #expect(try kolmogorovSmirnov(sample, against: variate.distribution) < significance)
  }

  /// Counts below −3.5, −2.5, −1, 0, 1, 2.5, 3.5 and above: the ziggurat draws what lies beyond
  /// 3.44 in another way, which the Kolmogorov distance would hardly see.
  private func tailCounts(_ sample: [Double]) -> [Int] {
    sample.reduce(into: [Int](repeating: 0, count: 8)) { counts, value in
      counts[Self.edges.firstIndex { value < $0 } ?? 7] += 1
    }
  }

  private static let edges = [-3.5, -2.5, -1, 0, 1, 2.5, 3.5]

  private static func expectedTailCounts(_ count: Int) throws -> [Double] {
    let tails = try [1] + edges.map { try TailProbability.normal(above: $0) } + [0]
    return zip(tails, tails.dropFirst()).map { Double(count) * ($0 - $1) }
  }

  @Test func `gaussian tails hold as many numbers as they should`() throws {
    let sample = Variate.all[2].sample(200_000, seed: 13)
    let expected = try Self.expectedTailCounts(200_000)
    #expect(try chiSquare(tailCounts(sample), expected: expected) > significance)
    let clipped = sample.map { min(max($0, -3.44), 3.44) }
    #expect(try chiSquare(tailCounts(clipped), expected: expected) < significance)
  }

  @Test func `successive numbers are independent`() throws {
    var stream = RandomStream(seed: 14, purpose: "pairs")
    var counts = [Int](repeating: 0, count: 256)
    var repeating = counts
    for _ in 0..<50_000 {
      let first = Int(stream.uniform() * 16)
      let second = Int(stream.uniform() * 16)
      counts[16 * first + second] += 1
      // The control: one pair in twenty repeats its number.
      repeating[16 * first + (stream.bernoulli(probability: 0.05) ? first : second)] += 1
    }
    #expect(try chiSquareOfEquallyLikely(counts) > significance)
    #expect(try chiSquareOfEquallyLikely(repeating) < significance)
  }
}

@Suite struct `Variates at the ends of the open interval` {
  /// A stream whose next 64 bits are the given ones.
  private func stream(bits: UInt64) -> RandomStream {
    var stream = RandomStream(key: 1, stream: 1, position: 2)
    stream.block.high = bits
    return stream
  }

  @Test func `uniform numbers are never 0 or 1`() {
    var lowest = stream(bits: 0)
    var highest = stream(bits: .max)
    #expect(lowest.uniform() == 0x1p-53)
    #expect(highest.uniform() == 1 - 0x1p-53)
  }

  @Test(arguments: [0, .max] as [UInt64])
  func `logarithms stay finite, also when rounded`(bits: UInt64) {
    let draws: [(inout RandomStream) -> Double] = [
      { $0.exponential() }, { $0.logistic() }, { $0.gumbel() },
    ]
    for draw in draws {
      var extreme = stream(bits: bits)
      let value = draw(&extreme)
      #expect(value.isFinite)
      #expect(Float(value).isFinite)
    }
  }

  @Test func `the smallest exponential number is above 0 in single precision too`() {
    var smallest = stream(bits: .max)
    var storage: [Float] = [0]
    var span = storage.mutableSpan
    smallest.fillExponential(&span)
    #expect(storage[0] > 0)
    #expect(storage[0].isNormal)
    // The control: a uniform rounded before its logarithm gives 0.
    let roundedFirst = -log(Float(1 - 0x1p-53))
    #expect(roundedFirst == 0)
  }

  @Test func `a range of one point gives that point and other bounds are not left`() {
    var stream = RandomStream(seed: 1, purpose: "range")
    #expect(stream.uniform(in: 2.5...2.5) == 2.5)
    let range = 1.0...1.0.nextUp
    let within = (0..<1000).map { _ in stream.uniform(in: range) }
    #expect(within.allSatisfy(range.contains))
  }
}
