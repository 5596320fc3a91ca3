import ArgumentParser
import Foundation

/// A table as CSV in the file that an option names.
///
/// It is written first when nothing is known but its header, so that a bad path is told before the work, and
/// then as far as it goes.
struct TableFile {
  /// The lines, the header first.
  var lines: [String]
  /// Where to write; nil where the option is not given.
  private let path: String?
  private let option: String

  /// Begins a table.
  ///
  /// - Parameters:
  ///   - path: where to write; nil for nowhere.
  ///   - option: that has the path.
  ///   - header: the first line.
  /// - Throws: `ValidationError` for a path that cannot be written.
  init(_ path: String?, option: String = "csv", header: String) throws {
    (self.path, self.option, lines) = (path, option, [header])
    try write()
  }

  /// Writes all lines.
  ///
  /// - Throws: `ValidationError` for a path that cannot be written.
  func write() throws {
    guard let path else { return }
    do {
      try (lines.joined(separator: "\n") + "\n").write(
        toFile: path, atomically: true, encoding: .utf8)
    } catch {
      throw ValidationError("--\(option) \(path) cannot be written: \(error.localizedDescription)")
    }
  }
}
