/// The counter-based generator Philox 4×32 with ten rounds.
///
/// A block cipher in small: for a fixed key it permutes the 2¹²⁸ counters, so any block of a stream
/// can be computed from its number alone and a stream needs no state but a position. Salmon, Moraes,
/// Dror and Shaw (2011), "Parallel random numbers: as easy as 1, 2, 3", section 3.3 and table 2.
@usableFromInline
package enum Philox {
  /// A 128-bit counter or block; words 0 and 1 are in `low`, 2 and 3 in `high`, the even word of
  /// each pair in the lower half.
  @usableFromInline
  package struct Block: Equatable, Sendable {
    @usableFromInline package var low: UInt64
    @usableFromInline package var high: UInt64

    @inlinable @inline(__always)
    package init(low: UInt64, high: UInt64) {
      self.low = low
      self.high = high
    }
  }

  /// The block that belongs to a counter under a key, whose word 0 is the lower half.
  ///
  /// Scalar on purpose: with both products of a round in one vector a draw took 8.2 ns instead of
  /// 7.8, since a single block is bound by latency.
  @inlinable @inline(__always)
  package static func block(counter: Block, key: UInt64) -> Block {
    var word0 = counter.low & 0xFFFF_FFFF
    var word1 = counter.low >> 32
    var word2 = counter.high & 0xFFFF_FFFF
    var word3 = counter.high >> 32
    var key0 = UInt32(truncatingIfNeeded: key)
    var key1 = UInt32(truncatingIfNeeded: key >> 32)
    for _ in 0..<10 {
      // Both factors are below 2³², so the products fit.
      let product0 = 0xD251_1F53 &* word0
      let product1 = 0xCD9E_8D57 &* word2
      word0 = (product1 >> 32) ^ word1 ^ UInt64(key0)
      word1 = product1 & 0xFFFF_FFFF
      word2 = (product0 >> 32) ^ word3 ^ UInt64(key1)
      word3 = product0 & 0xFFFF_FFFF
      key0 &+= 0x9E37_79B9
      key1 &+= 0xBB67_AE85
    }
    return Block(low: word0 | word1 << 32, high: word2 | word3 << 32)
  }

  /// The blocks of four counters in a row, each as `block` gives it.
  ///
  /// The rounds of one block wait for each other; those of four go on side by side.
  ///
  /// - Parameters:
  ///   - first: the lower half of the first counter.
  ///   - high: the upper half of all four.
  ///   - key: as in `block`.
  /// - Returns: the halves of each block.
  @inline(__always)
  static func fourBlocks(
    first: UInt64, high: UInt64, key: UInt64
  ) -> (low: SIMD4<UInt64>, high: SIMD4<UInt64>) {
    let lower = SIMD4<UInt64>(repeating: 0xFFFF_FFFF)
    let counters = SIMD4(repeating: first) &+ SIMD4(0, 1, 2, 3)
    var word0 = counters & lower
    var word1 = counters &>> 32
    var word2 = SIMD4(repeating: high & 0xFFFF_FFFF)
    var word3 = SIMD4(repeating: high >> 32)
    var key0 = UInt32(truncatingIfNeeded: key)
    var key1 = UInt32(truncatingIfNeeded: key >> 32)
    for _ in 0..<10 {
      let product0 = word0 &* SIMD4(repeating: 0xD251_1F53)
      let product1 = word2 &* SIMD4(repeating: 0xCD9E_8D57)
      word0 = (product1 &>> 32) ^ word1 ^ SIMD4(repeating: UInt64(key0))
      word1 = product1 & lower
      word2 = (product0 &>> 32) ^ word3 ^ SIMD4(repeating: UInt64(key1))
      word3 = product0 & lower
      key0 &+= 0x9E37_79B9
      key1 &+= 0xBB67_AE85
    }
    return (word0 | word1 &<< 32, word2 | word3 &<< 32)
  }
}
