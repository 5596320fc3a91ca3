import GSL
import ReinforcementLearning

/// How many of its rows each shard gives to each minibatch of an epoch.
///
/// Shards deal out their rows in turn, each in proportion to what it has, so that a minibatch has exactly its
/// size over all shards and nobody else's rows need to be known. It depends on sizes alone, never on threads.
struct MinibatchPlan: Hashable {
  /// M.
  let count: Int
  /// By shard and minibatch: where its share begins in the shard's shuffled rows, and where the last one ends.
  private let bounds: [[Int]]

  /// A plan.
  ///
  /// - Parameters:
  ///   - rows: of each shard, at least 1.
  ///   - size: rows of a minibatch over all shards; the last one has what is left.
  init(rows: [Int], size: Int) {
    insist(
      size >= 1 && !rows.isEmpty && rows.allSatisfy { $0 >= 1 },
      "Minibatches of \(size) cannot be made of \(rows) rows.")
    let total = rows.reduce(0, +)
    count = 1 + (total - 1) / size
    var dealt = Array(repeating: 0, count: rows.count)
    var bounds = rows.map { _ in [0] }
    for number in 0..<total {
      // Whose next row comes earliest: row k of a shard of R rows lies at (2 k + 1) / 2 R.
      var next = 0
      for shard in rows.indices.dropFirst()
      where (2 * dealt[shard] + 1) * rows[next] < (2 * dealt[next] + 1) * rows[shard] {
        next = shard
      }
      dealt[next] += 1
      if (number + 1) % size == 0 || number + 1 == total {
        for shard in rows.indices { bounds[shard].append(dealt[shard]) }
      }
    }
    self.bounds = bounds
  }

  /// Which of a shard's shuffled rows belong to a minibatch.
  func share(ofShard shard: Int, in minibatch: Int) -> Range<Int> {
    bounds[shard][minibatch]..<bounds[shard][minibatch + 1]
  }

  /// The most rows that a shard gives to a minibatch.
  func largestShare(ofShard shard: Int) -> Int {
    (0..<count).reduce(1) { max($0, share(ofShard: shard, in: $1).count) }
  }
}
