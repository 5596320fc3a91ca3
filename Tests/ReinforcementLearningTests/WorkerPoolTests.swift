import Foundation
import Synchronization
import Testing

@testable import ReinforcementLearning

/// Threads that work in turns, thousands of times, without losing a task or hanging.
@Suite(.timeLimit(.minutes(20)))
struct WorkerPoolTests {
  /// A number per worker.
  private final class Counters: Sendable {
    private final class Counter: Sendable {
      let value = Atomic<Int>(0)
    }

    private let counters: [Counter]
    init(_ count: Int) { counters = (0..<count).map { _ in Counter() } }
    func add(_ worker: Int) { counters[worker].value.add(1, ordering: .relaxed) }
    var all: [Int] { counters.map { $0.value.load(ordering: .relaxed) } }
  }

  @Test(arguments: [1, 2, 3, 8])
  func `every worker runs once per turn, 5,000 times`(count: Int) {
    let counters = Counters(count)
    let pool = WorkerPool(count: count) { counters.add($0) }
    for turn in 1...5_000 {
      pool.run()
      // The barrier: nobody is late, nobody ahead.
      if turn % 97 == 0 { #expect(counters.all == Array(repeating: turn, count: count)) }
    }
    pool.stop()
    #expect(counters.all == Array(repeating: 5_000, count: count))
  }

  @Test func `workers that have gone to sleep wake up, and so does a sleeping caller`() {
    let counters = Counters(3)
    let pool = WorkerPool(count: 3) { worker in
      // One is slow enough for the others, the caller among them, to stop spinning.
      if worker == counters.all[0] % 3 { Thread.sleep(forTimeInterval: 0.004) }
      counters.add(worker)
    }
    for turn in 1...40 {
      if turn % 4 == 0 { Thread.sleep(forTimeInterval: 0.01) }
      pool.run()
      #expect(counters.all == [turn, turn, turn])
    }
    pool.stop()
  }

  @Test func `pools are started and stopped again and again`() {
    for turn in 0..<200 {
      let counters = Counters(4)
      let pool = WorkerPool(count: 4) { counters.add($0) }
      for _ in 0..<turn % 3 { pool.run() }
      #expect(counters.all == Array(repeating: turn % 3, count: 4))
      pool.stop()
    }
  }
}
