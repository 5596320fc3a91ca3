import Foundation
import RelaxRL
import Synchronization

/// A folder of its own for one test; it goes when the value goes.
final class TemporaryFolder: Sendable {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.path + "/relaxrl-test-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Everything in the folder by relative path, hidden files included.
  func contents(_ subfolder: String = "") throws -> Set<String> {
    Set(try FileManager.default.subpathsOfDirectory(atPath: path + "/" + subfolder))
  }

  func bytes(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: path + "/" + name)))
  }

  func write(_ bytes: [UInt8], to name: String) throws {
    try Data(bytes).write(to: URL(fileURLWithPath: path + "/" + name))
  }
}

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
