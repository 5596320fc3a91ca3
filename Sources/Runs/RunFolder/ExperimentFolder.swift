import Formats

/// The folder of an experiment: run folders below it, what was asked for and what came of it.
///
/// One process at a time works in it.
package final class ExperimentFolder {
  /// Of the folder's layout and of what its files mean.
  package static let format = 1
  private static let planName = "experiment.json"

  private struct Head: Codable {
    var format: Int
    /// The format of the runs' checkpoints.
    var checkpoints: String
  }

  /// The folder.
  package let path: String
  private let lock: FolderLock
  private let fileSystem = FileSystem.uninterrupted

  /// Opens the folder of an experiment, or makes one.
  ///
  /// - Parameter path: nothing, an empty folder, or the folder of an experiment.
  /// - Throws: `UsageError` for anything else and for another version's; `RunFolderError`.
  package init(_ path: String) throws {
    self.path = path
    let plan = "\(path)/\(Self.planName)"
    if fileSystem.exists(path) {
      guard fileSystem.isFolder(path) else {
        throw UsageError("--out must name a folder, but \(path) is a file.")
      }
      if fileSystem.exists(plan) {
        let head: Head
        do {
          head = try JSONText.value(from: try fileSystem.read(plan))
        } catch {
          throw UsageError(
            "\(plan) cannot be read as what an experiment was begun with. Choose another --out.")
        }
        guard head.format == Self.format else {
          throw UsageError(
            "\(path) holds an experiment of the format \(head.format), and this program makes and reads "
              + "\(Self.format). Choose another --out.")
        }
        guard head.checkpoints == CheckpointFile.format else {
          throw UsageError(
            "\(path) holds runs whose checkpoints are of the format \(head.checkpoints), and this "
              + "program reads \(CheckpointFile.format). Choose another --out.")
        }
      } else if try fileSystem.names(in: path).contains(where: { !$0.hasPrefix(".") }) {
        throw UsageError(
          "\(path) is not empty and not the folder of an experiment: it has no \(Self.planName). "
            + "Choose another --out.")
      }
    } else {
      try fileSystem.createFolders(path)
    }
    lock = try FolderLock(folder: path, calledInMessages: path)
  }

  /// Says what the experiment is; from now on the folder is one.
  ///
  /// - Parameter plan: encodes to an object with the keys `format` and `checkpoints`.
  /// - Throws: what the system refused.
  package func writePlan(_ plan: some Encodable) throws {
    try write(JSONText.indented(plan) + "\n", as: Self.planName)
  }

  /// Replaces a file.
  package func write(_ text: String, as name: String) throws {
    try fileSystem.replaceAtomically("\(path)/\(name)", with: Array(text.utf8))
  }

  /// The names of the folders below one of the experiment's.
  package func folders(in subfolder: String) throws -> [String] {
    let folder = "\(path)/\(subfolder)"
    guard fileSystem.isFolder(folder) else { return [] }
    return try fileSystem.names(in: folder).filter {
      !$0.hasPrefix(".") && fileSystem.isFolder("\(folder)/\($0)")
    }
  }

  /// The summary of a run below the folder; nil where it has none yet.
  ///
  /// - Throws: what is wrong with it.
  package func summary(of run: String) throws -> RunSummary? {
    let file = "\(path)/\(run)/summary.json"
    guard fileSystem.exists(file) else { return nil }
    let bytes = try fileSystem.read(file)
    do {
      return try JSONText.value(from: bytes)
    } catch {
      throw UsageError(
        "\(file) is not the summary of a run: it was edited, or another version wrote it.")
    }
  }

  /// Whether there is anything of that name.
  package func exists(_ name: String) -> Bool { fileSystem.exists("\(path)/\(name)") }
}
