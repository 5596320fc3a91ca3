import Glibc

/// An operation on a file that the system refused.
package struct FileError: Error, Hashable, CustomStringConvertible {
  /// What was tried, as a verb: `open`, `write`, `rename`.
  package let operation: String
  /// The file or folder.
  package let path: String
  /// The system's error number.
  package let code: Int32

  /// Describes a refused operation.
  package init(operation: String, path: String, code: Int32) {
    self.operation = operation
    self.path = path
    self.code = code
  }

  /// Whether there is no such file.
  package var isMissingFile: Bool { code == ENOENT }

  /// What was tried on which file, and the system's reason.
  package var description: String {
    let reason =
      switch code {
      case Self.notAPlainFile: "it is no plain file, but a pipe, a device or the like"
      case ELOOP: "it is a link, through which nothing is written"
      default: String(cString: strerror(code))
      }
    return "Could not \(operation) \(path): \(reason)."
  }

  /// Stands for an error that the system has no number for: reading there would wait or never end.
  static let notAPlainFile: Int32 = -1
}
