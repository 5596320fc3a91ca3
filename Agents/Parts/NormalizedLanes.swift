import ReinforcementLearning

/// Makes something for each shard of an agent's lanes that is in this process.
///
/// - Parameters:
///   - count: of lanes in all, at least 1.
///   - size: of them in a shard, at least 1; the last may have fewer.
///   - reduction: which knows where shards are.
///   - make: given how many lanes a shard has, and the index of its first.
/// - Returns: what it made, in the order of the lanes.
/// - Throws: what `make` throws; `RankCountError` where the ranks cannot share so many shards.
package func forEachShard<Part>(
  of count: Int, size: Int, in reduction: any Reduction,
  _ make: (_ count: Int, _ firstLane: Int) throws -> Part
) throws -> [Part] {
  try reduction.shards(of: 1 + (count - 1) / size).map { shard in
    try make(min(size, count - shard * size), shard * size)
  }
}

extension Normalization {
  /// Takes in what the lanes of all shards have met since they were asked last.
  ///
  /// - Parameters:
  ///   - lanes: of each shard.
  ///   - reduction: what gathers them.
  /// - Throws: `StatisticsError` for statistics that are of no use any more.
  func takeMoments(of lanes: [Lanes], through reduction: any Reduction) throws {
    guard isActive else { return }
    let moments = try reduction.gather(lanes.map { $0.takeMoments().numbers })
    try merge(moments.map { Moments(numbers: $0, of: self) })
  }

  /// Begins the first episodes; where there is something to normalize, lanes play at random before that, so
  /// that the first real observation is normalized too.
  ///
  /// - Parameters:
  ///   - lanes: of each shard.
  ///   - seed: the run's.
  ///   - reduction: what gathers their moments.
  /// - Throws: what an environment finds wrong.
  func begin(_ lanes: [Lanes], seed: UInt64, through reduction: any Reduction) throws {
    for lanes in lanes { try lanes.reset() }
    guard isActive else { return }
    for lanes in lanes { try lanes.playAtRandom(seed: seed) }
    try takeMoments(of: lanes, through: reduction)
    for lanes in lanes { try lanes.restart() }
  }
}
