/// A stream of random numbers named by a run's seed, a purpose, a lane and an episode.
///
/// A plain value of 40 bytes: a copy goes on with the same numbers, independently of the original,
/// and nothing is owned or shared. The numbers are those of `Philox`, whose key and upper
/// counter half are the hash of the name and whose lower counter half counts blocks of four 32-bit
/// words. GSL's samplers draw from it too (`RandomStream+Sampling.swift`).
///
/// Encoded it is three unsigned 64-bit integers: `key`, `stream` (the upper counter half) and
/// `position` (32-bit words consumed so far). The block in progress is recomputed when decoding.
public struct RandomStream: Sendable, RandomNumberGenerator {
  @usableFromInline let key: UInt64
  @usableFromInline let stream: UInt64
  /// Number of 32-bit words consumed; the number of the block in progress is a quarter of it.
  @usableFromInline var position: UInt64
  /// The block in progress, valid while `position` is not a multiple of four.
  @usableFromInline package var block: Philox.Block

  /// Makes the stream of this name, at its start.
  ///
  /// Philox itself is the hash: (seed, purpose) is encrypted under the lane, the result under the
  /// episode. So neighbouring seeds give unrelated streams, two seeds never the same one, and other
  /// names collide with probability 2⁻¹²⁸.
  ///
  /// - Parameters:
  ///   - seed: the run's seed.
  ///   - purpose: what the numbers are for.
  ///   - lane: global index of the environment, or of whatever else runs in parallel; never that of
  ///     a thread or shard, or results would depend on their number.
  ///   - episode: number of the lane's episode, where each has a stream of its own.
  public init(seed: UInt64, purpose: StreamPurpose, lane: UInt64 = 0, episode: UInt64 = 0) {
    let name = Philox.Block(low: seed, high: purpose.fingerprint)
    let hash = Philox.block(counter: Philox.block(counter: name, key: lane), key: episode)
    self.init(key: hash.low, stream: hash.high, position: 0)
  }

  /// The stream at a position, counted in 32-bit words.
  package init(key: UInt64, stream: UInt64, position: UInt64) {
    self.key = key
    self.stream = stream
    self.position = position
    block = .init(low: 0, high: 0)
    if position & 3 != 0 { startBlock() }
  }

  /// The next 64 bits: two 32-bit words, the earlier one in the lower half.
  ///
  /// Starts at an even word: one that `nextUInt32` left over is skipped.
  @inlinable
  public mutating func next() -> UInt64 {
    position = (position &+ 1) & ~1
    defer { position &+= 2 }
    guard position & 2 == 0 else { return block.high }
    startBlock()
    return block.low
  }

  /// The next 32 bits: one word of the generator.
  @inlinable
  public mutating func nextUInt32() -> UInt32 {
    if position & 3 == 0 { startBlock() }
    let pair = position & 2 == 0 ? block.low : block.high
    defer { position &+= 1 }
    return UInt32(truncatingIfNeeded: position & 1 == 0 ? pair : pair >> 32)
  }

  /// A uniform number from the open interval (0, 1).
  ///
  /// One of the 2⁵² midpoints (k + ½) 2⁻⁵², all of them exact: the smallest is 2⁻⁵³, the largest
  /// 1 − 2⁻⁵³, so u, 1 − u and their logarithms are finite and never 0.
  @inlinable
  public mutating func uniform() -> Double {
    Self.uniform(next())
  }

  @inlinable @inline(__always)
  static func uniform(_ word: UInt64) -> Double { (Double(word >> 12) + 0.5) * 0x1p-52 }

  /// A uniform number from a closed range.
  ///
  /// The bounds themselves appear by rounding only, and nothing outside ever does.
  ///
  /// - Parameter range: finite bounds whose difference is finite too.
  /// - Returns: a number within the bounds.
  @inlinable
  public mutating func uniform(in range: ClosedRange<Double>) -> Double {
    let width = range.upperBound - range.lowerBound
    insist(
      width.isFinite,
      "A uniform number needs finite bounds, with a finite difference, but the range is \(range).")
    return min(max(range.lowerBound + width * uniform(), range.lowerBound), range.upperBound)
  }

  @inlinable
  mutating func startBlock() {
    block = Philox.block(counter: .init(low: position >> 2, high: stream), key: key)
  }
}

extension RandomStream {
  /// Whether the streams have one name: seed, purpose, lane and episode.
  ///
  /// A stream that was read back must be the one that its reader would make, further on.
  package func hasSameName(as other: RandomStream) -> Bool {
    key == other.key && stream == other.stream
  }
}

extension RandomStream: Hashable {
  /// Whether the two go on with the same numbers for the same reason: name and position are equal.
  public static func == (left: RandomStream, right: RandomStream) -> Bool {
    // The block is left out: at the start of a block it may be the last one or the next.
    left.key == right.key && left.stream == right.stream && left.position == right.position
  }

  /// Hashes name and position.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(key)
    hasher.combine(stream)
    hasher.combine(position)
  }
}

extension RandomStream: Codable {
  private enum CodingKeys: CodingKey {
    case key, stream, position
  }

  /// Restores a stream at the position where it was encoded.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      key: try values.decode(UInt64.self, forKey: .key),
      stream: try values.decode(UInt64.self, forKey: .stream),
      position: try values.decode(UInt64.self, forKey: .position))
  }

  /// Encodes `key`, `stream` and `position`.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(key, forKey: .key)
    try values.encode(stream, forKey: .stream)
    try values.encode(position, forKey: .position)
  }
}
