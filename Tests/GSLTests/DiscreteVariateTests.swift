import GSL
import Testing

@Suite struct `Variates of discrete distributions` {
  private static let weights = [0.5, 0, 3, 1.5, 0.05, 4.95]

  private func counts(of count: Int, draws: Int, _ draw: () -> Int) -> [Int] {
    (0..<draws).reduce(into: [Int](repeating: 0, count: count)) { counts, _ in counts[draw()] += 1 }
  }

  /// Drops the impossible outcome, whose expected count of 0 has no place in a chi-square.
  private func test(_ counts: [Int], weights: [Double]) throws -> Double {
    let possible = weights.indices.filter { weights[$0] > 0 }
    let scale = Double(counts.reduce(0, +)) / weights.reduce(0, +)
    return try chiSquare(
      possible.map { counts[$0] }, expected: possible.map { weights[$0] * scale })
  }

  @Test func `one draw at a time follows the weights`() throws {
    var stream = RandomStream(seed: 21, purpose: "discrete")
    let counts = counts(of: 6, draws: 50_000) { stream.discrete(weights: Self.weights) }
    #expect(counts[1] == 0)
    #expect(try test(counts, weights: Self.weights) > significance)
    #expect(try test(counts, weights: [0.5, 0, 2.8, 1.7, 0.05, 4.95]) < significance)
  }

  @Test func `a prepared distribution follows the weights`() throws {
    var stream = RandomStream(seed: 22, purpose: "discrete")
    let distribution = try DiscreteDistribution(weights: Self.weights)
    let counts = counts(of: 6, draws: 50_000) { distribution.sample(from: &stream) }
    #expect(counts[1] == 0)
    #expect(try test(counts, weights: Self.weights) > significance)
    #expect(try test(counts, weights: [0.5, 0, 2.8, 1.7, 0.05, 4.95]) < significance)
    for (outcome, weight) in Self.weights.enumerated() {
      #expect(abs(distribution.probability(of: outcome) - weight / 10) < 1e-12)
    }
  }

  @Test func `a lone possible outcome is always drawn`() throws {
    var stream = RandomStream(seed: 23, purpose: "discrete")
    let distribution = try DiscreteDistribution(weights: [0, 0, 2])
    for _ in 0..<100 {
      #expect(stream.discrete(weights: [0, 1e-300, 0]) == 1)
      #expect(distribution.sample(from: &stream) == 2)
    }
  }

  @Test func `weights that make no distribution are refused by name`() {
    #expect(throws: GSLError.sampleTooSmall(count: 0, minimum: 1)) {
      try DiscreteDistribution(weights: [])
    }
    #expect(throws: GSLError.outOfRange(name: "weight", value: -1, allowed: "[0, ∞)")) {
      try DiscreteDistribution(weights: [2, -1])
    }
    #expect(throws: GSLError.outOfRange(name: "sum of the weights", value: 0, allowed: "(0, ∞)")) {
      try DiscreteDistribution(weights: [0, 0])
    }
    #expect(throws: GSLError.notFinite(value: .infinity, index: 1)) {
      try DiscreteDistribution(weights: [0, .infinity])
    }
  }

  @Test(arguments: [0.001, 0.3, 0.5, 0.97])
  func `a Bernoulli variate is true as often as it should be`(probability: Double) throws {
    var stream = RandomStream(seed: 24, purpose: "bernoulli")
    let count = 50_000
    let successes = (0..<count).count { _ in stream.bernoulli(probability: probability) }
    func test(_ probability: Double) throws -> Double {
      try chiSquare(
        [successes, count - successes],
        expected: [probability * Double(count), (1 - probability) * Double(count)])
    }
    #expect(try test(probability) > significance)
    // The control: three times the odds.
    #expect(try test(3 * probability / (1 + 2 * probability)) < significance)
  }

  @Test func `a Bernoulli variate is never true at 0 and always at 1`() {
    var stream = RandomStream(seed: 25, purpose: "bernoulli")
    let never = (0..<1000).count { _ in stream.bernoulli(probability: 0) }
    let always = (0..<1000).count { _ in stream.bernoulli(probability: 1) }
    #expect(never == 0)
    #expect(always == 1000)
  }

  @Test(arguments: [1, 2, 7, 100])
  func `all indices below a bound are equally likely`(bound: Int) throws {
    var stream = RandomStream(seed: 26, purpose: "index")
    let counts = counts(of: bound, draws: 50_000) { stream.index(below: bound) }
    guard bound > 1 else {
      #expect(counts == [50_000])
      return
    }
    #expect(try chiSquareOfEquallyLikely(counts) > significance)
  }

  @Test func `a huge bound has no bias, which a remainder would have`() throws {
    let bound = 3 << 61
    var stream = RandomStream(seed: 27, purpose: "index")
    let thirds = counts(of: 3, draws: 20_000) { stream.index(below: bound) / (1 << 61) }
    #expect(try chiSquareOfEquallyLikely(thirds) > significance)
    let remainders = counts(of: 3, draws: 20_000) {
      Int(stream.next() % UInt64(bound)) / (1 << 61)
    }
    #expect(try chiSquareOfEquallyLikely(remainders) < significance)
  }

  @Test func `all orders of four elements are equally likely`() throws {
    var stream = RandomStream(seed: 28, purpose: "shuffle")
    var fair: [[Int]: Int] = [:]
    var naive: [[Int]: Int] = [:]
    for _ in 0..<24_000 {
      var elements = [0, 1, 2, 3]
      stream.shuffle(&elements)
      fair[elements, default: 0] += 1
      // The control: swapping every element with any other is a famous mistake.
      var others = [0, 1, 2, 3]
      for index in others.indices { others.swapAt(index, stream.index(below: 4)) }
      naive[others, default: 0] += 1
    }
    #expect(fair.count == 24)
    #expect(try chiSquareOfEquallyLikely(Array(fair.values)) > significance)
    #expect(try chiSquareOfEquallyLikely(Array(naive.values)) < significance)
  }

  @Test func `shuffling nothing or one element does nothing`() {
    var stream = RandomStream(seed: 29, purpose: "shuffle")
    let before = stream
    var none: [Int] = []
    var one = ["only"]
    stream.shuffle(&none)
    stream.shuffle(&one)
    #expect(none.isEmpty)
    #expect(one == ["only"])
    #expect(stream == before)
  }
}
