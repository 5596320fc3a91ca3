import Formats
import Glibc

/// The folder of a search for settings: what is searched, every run that is over, and what came of it.
///
/// One process at a time works in it. What it knows of a run is a line of a journal, written when the run
/// is over: a process that is killed loses the runs under way and nothing else.
package final class SearchFolder: Sendable {
  /// Of the folder's layout and of what its files mean.
  package static let format = 1
  private static let planName = "tune.json"
  private static let journalName = "journal.csv"

  private struct Plan: Codable {
    var format: Int
    var search: [String: String]
  }

  /// The folder.
  package let path: String
  /// The lines of the journal that earlier processes have written.
  package let journal: [String]
  private let lock: FolderLock
  private let descriptor: Int32
  private let fileSystem = FileSystem.uninterrupted

  /// Opens the folder of a search, or makes one.
  ///
  /// - Parameters:
  ///   - path: nothing, an empty folder, or the folder of the same search.
  ///   - search: what is searched, by name: everything that has a say in the result.
  /// - Throws: `UsageError` for anything else, with every difference; `RunFolderError`.
  package init(_ path: String, of search: [String: String]) throws {
    self.path = path
    let plan = "\(path)/\(Self.planName)"
    let isNew: Bool
    if fileSystem.exists(path) {
      guard fileSystem.isFolder(path) else {
        throw UsageError("--out must name a folder, but \(path) is a file.")
      }
      isNew = !fileSystem.exists(plan)
      if isNew, try fileSystem.names(in: path).contains(where: { !$0.hasPrefix(".") }) {
        throw UsageError(
          "\(path) is not empty and not the folder of a search: it has no \(Self.planName). "
            + "Choose another --out.")
      }
      if !isNew { try Self.require(search, in: path, try fileSystem.read(plan)) }
    } else {
      isNew = true
      try fileSystem.createFolders(path)
    }
    lock = try FolderLock(folder: path, calledInMessages: path)
    let file = "\(path)/\(Self.journalName)"
    var lines: [String] = []
    if fileSystem.exists(file) {
      let bytes = try fileSystem.read(file)
      let end = bytes.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
      // What was being written when a process was killed is no line.
      if end < bytes.count { try fileSystem.replaceAtomically(file, with: Array(bytes[..<end])) }
      lines = String(decoding: bytes[..<end], as: UTF8.self).split(separator: "\n").map(String.init)
    }
    journal = lines
    if isNew {
      let text = try JSONText.indented(Plan(format: Self.format, search: search)) + "\n"
      try fileSystem.replaceAtomically(plan, with: Array(text.utf8))
    }
    descriptor = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o644)
    guard descriptor >= 0 else { throw RunFolderError.file(FileError("open", file)) }
  }

  deinit { close(descriptor) }

  /// Adds a line to the journal; from any thread.
  ///
  /// - Parameter line: without its end.
  /// - Throws: what the system refused.
  package func append(_ line: String) throws {
    // In one call: lines of several threads do not mix.
    try fileSystem.write(Array((line + "\n").utf8), to: descriptor, "\(path)/\(Self.journalName)")
  }

  /// Replaces a file.
  ///
  /// - Parameters:
  ///   - text: its new contents.
  ///   - name: which.
  /// - Throws: what the system refused.
  package func write(_ text: String, as name: String) throws {
    try fileSystem.replaceAtomically("\(path)/\(name)", with: Array(text.utf8))
  }

  /// Makes sure that the folder's search is this one.
  private static func require(
    _ search: [String: String], in path: String, _ bytes: [UInt8]
  ) throws {
    let plan: Plan
    do {
      plan = try JSONText.value(from: bytes)
    } catch {
      throw UsageError(
        "\(path)/\(planName) cannot be read as what a search was begun with. Choose another --out.")
    }
    guard plan.format == format else {
      throw UsageError(
        "\(path) holds a search of the format \(plan.format), and this program makes and reads "
          + "\(format). Choose another --out.")
    }
    let keys = Set(plan.search.keys).union(search.keys).sorted()
    let differences = keys.filter { plan.search[$0] != search[$0] }.map { key in
      "\(key) is \(plan.search[key] ?? "missing") there and \(search[key] ?? "missing") here"
    }
    guard differences.isEmpty else {
      throw UsageError(
        "\(path) is another search: \(differences.joined(separator: "; ")). Choose another --out, "
          + "or ask for that one.")
    }
  }
}
