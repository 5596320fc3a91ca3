/// Which of an agent's shards each rank has: an aligned subtree of the tree along which sums run.
///
/// A rank adds its subtree up by itself, and what is left of the tree is the same for every number of ranks.
struct RankPartition: Hashable {
  /// The first shard of each rank, in their order.
  let firsts: [Int]
  /// How many shards there are.
  let shardCount: Int

  /// A partition.
  ///
  /// - Parameters:
  ///   - shards: how many, at least 1.
  ///   - ranks: how many, at least 1.
  /// - Throws: `RankCountError` unless ranks are a power of two and each has a shard.
  init(shards: Int, ranks: Int) throws(RankCountError) {
    guard ranks <= shards, ranks & (ranks - 1) == 0 else {
      throw RankCountError(ranks: ranks, shards: shards)
    }
    shardCount = shards
    firsts = Self.firsts(of: 0..<shards, ranks: ranks)
  }

  /// Those of a rank.
  subscript(rank: Int) -> Range<Int> {
    firsts[rank]..<(rank + 1 < firsts.count ? firsts[rank + 1] : shardCount)
  }

  /// The tree's root adds the sums of the largest power of two of shards and of the rest.
  private static func firsts(of shards: Range<Int>, ranks: Int) -> [Int] {
    guard ranks > 1 else { return [shards.lowerBound] }
    var left = 1
    while 2 * left < shards.count { left *= 2 }
    let middle = shards.lowerBound + left
    let ranksOfRest = min(ranks / 2, shards.upperBound - middle)
    return firsts(of: shards.lowerBound..<middle, ranks: ranks - ranksOfRest)
      + firsts(of: middle..<shards.upperBound, ranks: ranksOfRest)
  }

  /// The additions that are left once each rank has added up its own, in their order.
  ///
  /// - Returns: the rank that receives a sum, and the one whose sum is added.
  var additions: [(total: Int, addend: Int)] {
    var additions: [(total: Int, addend: Int)] = []
    var stride = 1
    while stride < shardCount {
      for (addend, first) in firsts.enumerated() where first % (2 * stride) == stride {
        guard let total = firsts.firstIndex(of: first - stride) else { continue }
        additions.append((total, addend))
      }
      stride *= 2
    }
    return additions
  }
}

/// So many ranks cannot share an agent's shards.
public struct RankCountError: Error, Hashable, CustomStringConvertible {
  /// How many ranks there are.
  public let ranks: Int
  /// How many shards there are.
  public let shards: Int

  /// What is wrong, the value received and what would be right.
  public var description: String {
    guard shards > 1 else {
      return "All environments of this run are in one shard, which one process has, but there are "
        + "\(ranks) ranks. More shards come with more --envs than envs_per_shard, or with a smaller one."
    }
    var right = ["1"]
    for power in 1..<Int.bitWidth - 1 where 1 << power <= shards { right.append("\(1 << power)") }
    return "The environments of this run are in \(shards) shards, which "
      + "\(right.dropLast().joined(separator: ", ")) or \(right[right.count - 1]) ranks can share, but "
      + "there are \(ranks). More shards come with more --envs, or with a smaller envs_per_shard."
  }
}
