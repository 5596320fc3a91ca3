import Networks
import Testing

@testable import ReinforcementLearning

@Suite struct `Shards over ranks` {
  /// Numbers of magnitudes so different that every order of additions has its own bits.
  private func numbers(_ count: Int) -> [Float] {
    (0..<count).map { Float(($0 * 7919) % 101 + 1) * (1 + Float($0 % 5) * 1e-3) / 3 }
  }

  private func treeSum(_ numbers: [Float]) -> Float {
    let sets = numbers.map { number in
      let set = ParameterSet<Float>([ParameterEntry("g", [1])])
      set.fill(number)
      return set
    }
    sumInTree(sets)
    return sets[0].values[0]
  }

  private func sum(_ numbers: [Float], firsts: [Int], additions: [(total: Int, addend: Int)])
    -> Float
  {
    var sums = firsts.indices.map { rank in
      let end = rank + 1 < firsts.count ? firsts[rank + 1] : numbers.count
      return treeSum(Array(numbers[firsts[rank]..<end]))
    }
    for addition in additions { sums[addition.total] += sums[addition.addend] }
    return sums[0]
  }

  @Test func `each rank has some, in order, and the sum has the bits of one process`() throws {
    for shards in 1...70 {
      let numbers = numbers(shards)
      for ranks in [1, 2, 4, 8, 16, 32, 64] where ranks <= shards {
        let partition = try RankPartition(shards: shards, ranks: ranks)
        let owned = (0..<ranks).map { partition[$0] }
        #expect(
          owned.allSatisfy { !$0.isEmpty } && owned.flatMap { Array($0) } == Array(0..<shards))
        let found = sum(numbers, firsts: partition.firsts, additions: partition.additions)
        #expect(found == treeSum(numbers), "\(ranks) ranks, \(shards) shards")
      }
    }
  }

  /// The control: equal parts that are no subtrees.
  @Test func `parts that are no subtrees give other bits`() {
    let others = (3...70).filter { shards in
      let numbers = numbers(shards)
      let halves = [0, (shards + 1) / 2]
      return sum(numbers, firsts: halves, additions: [(0, 1)]) != treeSum(numbers)
    }
    #expect(others.count > 20)
  }

  @Test func `powers of two are spread evenly`() throws {
    for power in 0...6 {
      for ranks in 0...power {
        let partition = try RankPartition(shards: 1 << power, ranks: 1 << ranks)
        #expect((0..<1 << ranks).allSatisfy { partition[$0].count == 1 << (power - ranks) })
      }
    }
  }

  @Test(arguments: [(3, 8), (6, 8), (16, 8), (8, 5), (2, 1)])
  func `another number of ranks is refused with those that would do`(ranks: Int, shards: Int) {
    let error = #expect(throws: RankCountError.self) {
      try RankPartition(shards: shards, ranks: ranks)
    }
    let text = error?.description ?? ""
    #expect(text.contains("there are \(ranks)") && text.contains("--envs"))
    #expect(
      text.contains(shards == 8 ? "1, 2, 4 or 8 ranks" : shards == 5 ? "1, 2 or 4" : "one shard"))
  }
}
