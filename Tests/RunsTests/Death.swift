import Runs
import Synchronization

/// Counts operations and, from a chosen one on, refuses all: a process that was killed there.
final class Death: Sendable {
  private let state: Mutex<(count: Int, log: [String])> = Mutex((0, []))
  private let last: Int

  init(after operations: Int = .max) {
    last = operations
  }

  /// What was done, as the verb and the file's name.
  var log: [String] { state.withLock { $0.log } }
  var count: Int { state.withLock { $0.count } }

  var fileSystem: FileSystem {
    FileSystem { [self] (operation, path) throws(FileError) in
      let isDead = state.withLock { state in
        guard state.count < last else { return true }
        state.count += 1
        state.log.append(operation + " " + (path.split(separator: "/").last.map(String.init) ?? ""))
        return false
      }
      if isDead { throw FileError(operation: operation, path: path, code: 4) }
    }
  }
}
