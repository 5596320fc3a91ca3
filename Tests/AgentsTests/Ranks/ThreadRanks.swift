import Foundation
import ReinforcementLearning

/// Ranks that are threads of one process, so that what ranks do can be tested without any MPI.
final class ThreadRanks: @unchecked Sendable {
  // Unchecked: everything is touched under the lock of the condition.
  private let condition = NSCondition()
  private var given: [[UInt8]?]
  private var all: [UInt8] = []
  private var taken = 0

  private init(count: Int) { given = Array(repeating: nil, count: count) }

  /// Runs a piece of work on every rank.
  ///
  /// - Parameters:
  ///   - count: of ranks.
  ///   - work: is given the rank's reduction.
  /// - Returns: what came of it, in the order of the ranks.
  static func run<Product: Sendable>(
    _ count: Int, _ work: @escaping @Sendable (RankedReduction) throws -> Product
  ) -> [Result<Product, any Error>] {
    let ranks = ThreadRanks(count: count)
    let products = Products<Product>(count: count)
    for index in 0..<count {
      let thread = Thread {
        let reduction = RankedReduction(ThreadChannel(ranks, RankGroup(index: index, of: count)))
        var result = Result { try work(reduction) }
        // As a program does whose ranks leave together.
        if !reduction.isOver {
          var problem: (any Error)?
          if case .failure(let error) = result { problem = error }
          do { try reduction.agree(on: [problem]) } catch { result = .failure(error) }
        }
        products.add(result, at: index)
      }
      thread.stackSize = 8 << 20
      thread.start()
    }
    return products.wait()
  }

  /// Lays what all give side by side.
  fileprivate func exchange(_ bytes: [UInt8], rank: Int) -> [UInt8] {
    condition.lock()
    defer { condition.unlock() }
    // The exchange before must be over for all.
    while given[rank] != nil { condition.wait() }
    given[rank] = bytes
    if given.allSatisfy({ $0 != nil }) {
      all = given.flatMap { $0 ?? [] }
      taken = 0
      condition.broadcast()
    }
    while !given.allSatisfy({ $0 != nil }) { condition.wait() }
    let result = all
    taken += 1
    if taken == given.count {
      given = Array(repeating: nil, count: given.count)
      condition.broadcast()
    } else {
      while given[rank] != nil { condition.wait() }
    }
    return result
  }
}

/// What threads have come to.
private final class Products<Product: Sendable>: @unchecked Sendable {
  // Unchecked: everything is touched under the lock of the condition.
  private let condition = NSCondition()
  private var results: [Result<Product, any Error>?]

  init(count: Int) { results = Array(repeating: nil, count: count) }

  func add(_ result: Result<Product, any Error>, at index: Int) {
    condition.lock()
    results[index] = result
    condition.broadcast()
    condition.unlock()
  }

  func wait() -> [Result<Product, any Error>] {
    condition.lock()
    defer { condition.unlock() }
    while results.contains(where: { $0 == nil }) { condition.wait() }
    return results.compactMap { $0 }
  }
}

private final class ThreadChannel: RankChannel {
  let ranks: RankGroup
  let host = "here"
  private let threads: ThreadRanks

  init(_ threads: ThreadRanks, _ ranks: RankGroup) {
    self.threads = threads
    self.ranks = ranks
  }

  func allGather(_ bytes: UnsafeRawBufferPointer, into all: UnsafeMutableRawBufferPointer) {
    all.copyBytes(from: threads.exchange(Array(bytes), rank: ranks.index))
  }

  func broadcast(_ bytes: UnsafeMutableRawBufferPointer) {
    let all = threads.exchange(Array(bytes), rank: ranks.index)
    bytes.copyBytes(from: all.prefix(bytes.count))
  }
}
