import Formats
import Glibc

/// What a training run leaves on the disk: configuration, checkpoints, tables and a summary.
///
/// The folder appears under its name with everything that is needed to go on, and only one process
/// at a time writes it.
package final class RunFolder {
  /// The columns of a run's two tables.
  package struct Columns: Sendable, Hashable {
    /// Of `progress.csv`, one row for each report.
    package var progress: [String]
    /// Of `episodes.csv`, one row for each episode.
    package var episodes: [String]
    /// What the second table is called where a run has no episodes but other events.
    package var episodesName: String
    /// Of `evaluations.csv`, one row for each evaluation; nil where there are none.
    package var evaluations: [String]?
    /// Whether there is a `log.jsonl`, one line for each event.
    package var hasLog: Bool

    /// Names the columns.
    package init(
      progress: [String], episodes: [String], episodesName: String = "episodes",
      evaluations: [String]? = nil, hasLog: Bool = false
    ) {
      self.progress = progress
      self.episodes = episodes
      self.episodesName = episodesName
      self.evaluations = evaluations
      self.hasLog = hasLog
    }
  }

  /// How much there is of each file that grows.
  struct Lengths {
    var progress = 0
    var episodes = 0
    var evaluations = 0
    var log = 0
  }

  /// The folder.
  package let path: String
  /// The table `progress.csv`.
  package let progress: TableFile
  /// The table `episodes.csv`, or what the columns call it.
  package let episodes: TableFile
  /// The table `evaluations.csv`, where a run has one.
  package let evaluations: TableFile?
  /// The file `log.jsonl`, where a run has one.
  package let log: LineFile?
  /// The checkpoints.
  package let checkpoints: CheckpointStore
  private let lock: FolderLock
  private let fileSystem: FileSystem

  static let configurationName = "config.yaml"
  static let progressLengthKey = "progress_csv_bytes"
  static let episodesLengthKey = "episodes_csv_bytes"

  static let progressRowsKey = "progress_csv_rows"
  static let episodesRowsKey = "episodes_csv_rows"
  static let evaluationsLengthKey = "evaluations_csv_bytes"
  static let evaluationsRowsKey = "evaluations_csv_rows"
  static let logLengthKey = "log_jsonl_bytes"
  static let logRowsKey = "log_jsonl_rows"

  init(
    path: String, columns: Columns, lengths: Lengths, lock: FolderLock, fileSystem: FileSystem
  ) throws(RunFolderError) {
    self.path = path
    self.lock = lock
    self.fileSystem = fileSystem
    checkpoints = CheckpointStore(runFolder: path, fileSystem: fileSystem)
    progress = try TableFile(
      path: "\(path)/progress.csv", columns: columns.progress, length: lengths.progress,
      fileSystem: fileSystem)
    episodes = try TableFile(
      path: "\(path)/\(columns.episodesName).csv", columns: columns.episodes,
      length: lengths.episodes,
      fileSystem: fileSystem)
    if let columns = columns.evaluations {
      evaluations = try TableFile(
        path: "\(path)/evaluations.csv", columns: columns, length: lengths.evaluations,
        fileSystem: fileSystem)
    } else {
      evaluations = nil
    }
    log =
      columns.hasLog
      ? try LineFile(path: "\(path)/log.jsonl", length: lengths.log, fileSystem: fileSystem) : nil
  }

  /// Makes a run folder of a given name.
  ///
  /// - Parameters:
  ///   - path: must not exist; folders above it are made.
  ///   - configuration: the text of `config.yaml`.
  ///   - columns: of the tables.
  ///   - checkpoint: from which the run can begin.
  /// - Returns: the folder, locked for this process.
  /// - Throws: ``RunFolderError/exists(path:)``, or what the system refused; nothing has then
  ///   appeared under the name.
  package static func create(
    at path: String, configuration: String, columns: Columns, checkpoint: CheckpointFile
  ) throws(RunFolderError) -> RunFolder {
    try create(
      names: [path], configuration: configuration, columns: columns, checkpoint: checkpoint,
      fileSystem: .uninterrupted)
  }

  /// Makes a run folder whose name says what runs, with a number where that name is taken.
  ///
  /// - Parameters:
  ///   - parent: the folder that holds all runs.
  ///   - name: see ``defaultName(environment:agent:seed:)``.
  ///   - configuration: the text of `config.yaml`.
  ///   - columns: of the tables.
  ///   - checkpoint: from which the run can begin.
  /// - Returns: the folder, locked for this process.
  /// - Throws: ``RunFolderError`` with what the system refused.
  package static func create(
    in parent: String = "runs", name: String, configuration: String, columns: Columns,
    checkpoint: CheckpointFile
  ) throws(RunFolderError) -> RunFolder {
    let first = "\(parent)/\(name)"
    let names = [first] as [String]
    let numbered = (2...Int.max).lazy.map { "\(first)-\($0)" }
    do {
      return try create(
        names: names, configuration: configuration, columns: columns, checkpoint: checkpoint,
        fileSystem: .uninterrupted)
    } catch .exists {
      return try create(
        names: numbered, configuration: configuration, columns: columns, checkpoint: checkpoint,
        fileSystem: .uninterrupted)
    }
  }

  /// The name of a run that was given none: `cartpole-relax-a2c-seed1`.
  ///
  /// Everything but letters, digits, points and dashes becomes a dash, so a command line can serve
  /// as the environment's name.
  package static func defaultName(environment: String, agent: String, seed: UInt64) -> String {
    let name = "\(environment)-\(agent)-seed\(seed)".lowercased().map { character in
      character.isASCII && (character.isLetter || character.isNumber || character == ".")
        ? character : "-"
    }
    let words = String(name).split(separator: "-").joined(separator: "-")
    return words.first == "." ? "run-\(words)" : words
  }

  /// The text of a run's `config.yaml`, also while another process writes the run.
  ///
  /// - Throws: ``RunFolderError/notARun(path:missing:)`` when that is no run folder.
  package static func configuration(of path: String) throws(RunFolderError) -> String {
    try check(path)
    let file = "\(path)/\(configurationName)"
    let bytes: [UInt8]
    do { bytes = try FileSystem.uninterrupted.read(file) } catch { throw .file(error) }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw .file(FileError(operation: "read", path: file, code: EILSEQ))
    }
    return text
  }

  /// Replaces `config.yaml`; readers find the old text or the new.
  package func writeConfiguration(_ text: String) throws(RunFolderError) {
    do {
      try fileSystem.replaceAtomically("\(path)/\(Self.configurationName)", with: Array(text.utf8))
    } catch {
      throw .file(error)
    }
  }

  /// Writes a checkpoint that counts on every row so far.
  ///
  /// - Parameters:
  ///   - checkpoint: the contents, to which the lengths of the tables are added.
  ///   - isBest: whether it also becomes the best one.
  /// - Throws: ``RunFolderError`` with what the system refused.
  package func save(_ checkpoint: CheckpointFile, isBest: Bool = false) throws(RunFolderError) {
    var complete = checkpoint
    complete.state[Self.progressLengthKey] = String(try progress.flush(durably: true))
    complete.state[Self.episodesLengthKey] = String(try episodes.flush(durably: true))
    complete.state[Self.progressRowsKey] = String(progress.extent.rows ?? 0)
    complete.state[Self.episodesRowsKey] = String(episodes.extent.rows ?? 0)
    if let evaluations {
      complete.state[Self.evaluationsLengthKey] = String(try evaluations.flush(durably: true))
      complete.state[Self.evaluationsRowsKey] = String(evaluations.extent.rows ?? 0)
    }
    if let log {
      complete.state[Self.logLengthKey] = String(try log.flush(durably: true))
      complete.state[Self.logRowsKey] = String(log.extent.rows ?? 0)
    }
    do {
      try checkpoints.write(complete, isBest: isBest)
    } catch {
      throw .checkpoint(error)
    }
  }

  /// Replaces `summary.json`.
  ///
  /// - Parameter summary: encodes to an object; its keys are written in alphabetical order.
  /// - Throws: ``FileError``, or `EncodingError` for a number that is not finite.
  package func writeSummary(_ summary: some Encodable) throws {
    try fileSystem.replaceAtomically(
      "\(path)/summary.json", with: Array((JSONText.indented(summary) + "\n").utf8))
  }

  /// Makes sure that a path is that of a run folder.
  package static func check(_ path: String) throws(RunFolderError) {
    let fileSystem = FileSystem.uninterrupted
    guard fileSystem.isFolder(path) else {
      throw .notARun(path: path, missing: "such folder")
    }
    for part in [configurationName, "checkpoints"] where !fileSystem.exists("\(path)/\(part)") {
      throw .notARun(path: path, missing: part)
    }
  }

  /// Builds the folder under a hidden name and gives it the first of the names that is free.
  package static func create(
    names: some Sequence<String>, configuration: String, columns: Columns,
    checkpoint: CheckpointFile, fileSystem: FileSystem
  ) throws(RunFolderError) -> RunFolder {
    var iterator = names.makeIterator()
    guard var name = iterator.next() else { preconditionFailure("A run needs a name.") }
    let draft = RunFolderDraft(besides: name, fileSystem: fileSystem)
    while fileSystem.exists(name) {
      guard let next = iterator.next() else { throw .exists(path: name) }
      name = next
    }
    let lock = try draft.build(
      configuration: configuration, checkpoint: checkpoint,
      hasEvaluations: columns.evaluations != nil, hasLog: columns.hasLog)
    while try !draft.take(name) {
      guard let next = iterator.next() else {
        draft.discard()
        throw .exists(path: name)
      }
      name = next
    }
    return try RunFolder(
      path: name, columns: columns, lengths: Lengths(), lock: lock, fileSystem: fileSystem)
  }
}
