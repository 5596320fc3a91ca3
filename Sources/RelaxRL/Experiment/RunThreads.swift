import Foundation
import Synchronization

/// Threads on which runs train, several at the same time.
final class RunThreads: Sendable {
  private let working: Mutex<Int>

  private init(count: Int) { working = Mutex(count) }

  /// Lets threads work until they have nothing left to do.
  ///
  /// - Parameters:
  ///   - count: of threads.
  ///   - work: what each of them does.
  ///   - wait: called now and then, on the caller's thread, as long as one of them works.
  static func run(
    _ count: Int, _ work: @escaping @Sendable () -> Void, whileWaiting wait: () -> Void
  ) {
    let threads = RunThreads(count: count)
    for number in 0..<count {
      let thread = Thread {
        work()
        threads.working.withLock { $0 -= 1 }
      }
      thread.name = "run \(number)"
      // As much as the main thread has, on which runs train otherwise.
      thread.stackSize = 8 << 20
      thread.start()
    }
    while threads.working.withLock({ $0 > 0 }) {
      wait()
      usleep(5_000)
    }
  }
}
