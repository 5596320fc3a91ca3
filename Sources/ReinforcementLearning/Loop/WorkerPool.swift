import Foundation
import Synchronization

/// Persistent threads that run one task after another, all at the same time, with a barrier.
///
/// The caller's thread is worker 0. A waiting worker spins for a while and then sleeps: waking a
/// thread on another core takes tens of microseconds, which is as long as a small task itself.
final class WorkerPool: Sendable {
  let count: Int
  private let task: @Sendable (Int) -> Void
  private let generation = Atomic<Int>(0)
  private let remaining = Atomic<Int>(0)
  private let isStopping = Atomic<Bool>(false)
  private let condition = NSCondition()
  /// Turns of a spin loop before a worker sleeps: about 50 microseconds.
  private static let spins = 20_000

  /// Starts the threads.
  ///
  /// - Parameters:
  ///   - count: workers in all, the caller's thread included.
  ///   - task: run by every worker with its index, once per call of `run`.
  init(count: Int, task: @escaping @Sendable (Int) -> Void) {
    self.count = count
    self.task = task
    for worker in 1..<max(count, 1) {
      let thread = Thread { [self] in work(worker) }
      thread.name = "worker \(worker)"
      thread.stackSize = 1 << 20
      thread.start()
    }
  }

  /// Runs the task on every worker and waits for all of them.
  func run() {
    guard count > 1 else { return task(0) }
    remaining.store(count - 1, ordering: .relaxed)
    condition.lock()
    generation.add(1, ordering: .releasing)
    condition.broadcast()
    condition.unlock()
    task(0)
    wait { remaining.load(ordering: .acquiring) == 0 }
  }

  /// Ends the threads.
  func stop() {
    isStopping.store(true, ordering: .relaxed)
    condition.lock()
    generation.add(1, ordering: .releasing)
    condition.broadcast()
    condition.unlock()
  }

  private func work(_ worker: Int) {
    var seen = 0
    while true {
      wait { generation.load(ordering: .acquiring) != seen }
      seen += 1
      if isStopping.load(ordering: .relaxed) { return }
      task(worker)
      if remaining.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 {
        condition.lock()
        condition.broadcast()
        condition.unlock()
      }
    }
  }

  private func wait(until isReady: () -> Bool) {
    for _ in 0..<Self.spins {
      if isReady() { return }
    }
    condition.lock()
    while !isReady() { condition.wait() }
    condition.unlock()
  }
}
