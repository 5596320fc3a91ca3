import Foundation
import GSL
import Testing

@Suite struct `A random stream as a value` {
  @Test func `a copy goes on with the same numbers and leaves the original alone`() {
    var original = RandomStream(seed: 3, purpose: "copy")
    _ = original.gaussian()
    var copy = original
    let fromCopy = (0..<100).map { _ in copy.gaussian() }
    let fromOriginal = (0..<100).map { _ in original.gaussian() }
    #expect(fromCopy == fromOriginal)
    _ = copy.next()
    #expect(copy != original)
  }

  @Test(arguments: 0..<9)
  func `a stream encoded after any number of words goes on exactly`(words: Int) throws {
    var stream = RandomStream(seed: .max, purpose: "codable", lane: 9, episode: .max)
    for _ in 0..<words { _ = stream.nextUInt32() }
    let encoded = try JSONEncoder().encode(stream)
    var restored = try JSONDecoder().decode(RandomStream.self, from: encoded)
    #expect(restored == stream)
    #expect(restored.hashValue == stream.hashValue)
    for _ in 0..<7 { #expect(restored.nextUInt32() == stream.nextUInt32()) }
    for _ in 0..<7 { #expect(restored.gaussian() == stream.gaussian()) }
    #expect(restored == stream)
  }

  @Test func `three integers are all that is encoded`() throws {
    var stream = RandomStream(key: 12, stream: 34, position: 0)
    _ = stream.next()
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let text = String(decoding: try encoder.encode(stream), as: UTF8.self)
    #expect(text == #"{"key":12,"position":2,"stream":34}"#)
  }

  @Test func `a purpose is encoded as its name`() throws {
    let purpose: StreamPurpose = "conditional-noise"
    let encoded = try JSONEncoder().encode([purpose])
    #expect(String(decoding: encoded, as: UTF8.self) == #"["conditional-noise"]"#)
    #expect(try JSONDecoder().decode([StreamPurpose].self, from: encoded) == [purpose])
  }

  @Test func `a stream stays small`() {
    #expect(MemoryLayout<RandomStream>.size == 40)
  }
}

@Suite struct `Streams of different names` {
  static let pairs: [(RandomStream, RandomStream)] = [
    (.init(seed: 1, purpose: "a"), .init(seed: 2, purpose: "a")),
    (.init(seed: 1, purpose: "a"), .init(seed: 1, purpose: "b")),
    (.init(seed: 1, purpose: "a", lane: 0), .init(seed: 1, purpose: "a", lane: 1)),
    (.init(seed: 1, purpose: "a", episode: 0), .init(seed: 1, purpose: "a", episode: 1)),
    (
      .init(seed: 1, purpose: "a", lane: 0, episode: 1),
      .init(seed: 1, purpose: "a", lane: 1, episode: 0)
    ),
    (.init(seed: 1, purpose: "a", lane: 2), .init(seed: 2, purpose: "a", lane: 1)),
  ]

  /// Of n pairs of independent uniforms, r √n is about standard normal.
  private func correlationInDeviations(_ first: RandomStream, _ second: RandomStream) throws
    -> Double
  {
    let count = 20_000
    let samples = [first, second].map { stream in
      var stream = stream
      return (0..<count).map { _ in stream.uniform() }
    }
    return try Statistics.correlation(samples[0], samples[1]) * Double(count).squareRoot()
  }

  @Test(arguments: pairs.indices)
  func `they are uncorrelated`(pair: Int) throws {
    let deviations = try correlationInDeviations(Self.pairs[pair].0, Self.pairs[pair].1)
    #expect(try 2 * TailProbability.normal(above: abs(deviations)) > significance)
  }

  @Test func `the correlation of a stream with itself is found`() throws {
    let deviations = try correlationInDeviations(Self.pairs[0].0, Self.pairs[0].0)
    #expect(try 2 * TailProbability.normal(above: abs(deviations)) < significance)
  }

  @Test func `their first numbers are uniform over neighbouring seeds, lanes and episodes`() throws
  {
    let makers: [(UInt64) -> RandomStream] = [
      { .init(seed: $0, purpose: "first") },
      { .init(seed: 5, purpose: "first", lane: $0) },
      { .init(seed: 5, purpose: "first", episode: $0) },
      { .init(seed: 5, purpose: StreamPurpose(rawValue: "first \($0)")) },
    ]
    for make in makers {
      let sample = (0..<10_000).map { number in
        var stream = make(UInt64(number))
        return stream.uniform()
      }
      #expect(try kolmogorovSmirnov(sample) { $0 } > significance)
    }
  }

  @Test func `no two of many share a key and a counter`() {
    var names: Set<RandomStream> = []
    for seed in 0..<10 as Range<UInt64> {
      for purpose in ["environment", "action", "conditional-noise", "initialization"] {
        for lane in 0..<10 as Range<UInt64> {
          for episode in 0..<10 as Range<UInt64> {
            names.insert(
              .init(seed: seed, purpose: .init(rawValue: purpose), lane: lane, episode: episode))
          }
        }
      }
    }
    #expect(names.count == 4000)
  }
}
