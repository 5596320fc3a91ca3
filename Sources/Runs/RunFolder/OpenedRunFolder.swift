/// A run folder that this process holds, and in which nothing has been changed yet.
///
/// Going on has two steps, so that whatever can be refused is refused before a table is cut.
package final class OpenedRunFolder {
  /// The folder.
  package let path: String
  /// The checkpoint to go on from.
  package let loaded: CheckpointStore.Loaded
  private let lock: FolderLock
  private let progress: TableExtent
  private let episodes: TableExtent
  /// Nil where the run has no evaluations.
  private let evaluations: TableExtent?
  /// Nil where the run has no log.
  private let log: TableExtent?

  /// Takes the lock and reads the newest checkpoint.
  ///
  /// - Parameters:
  ///   - path: the run folder.
  ///   - acceptingPrevious: whether to go on from the checkpoint before the last one when that is
  ///     damaged.
  /// - Throws: ``RunFolderError``.
  package init(_ path: String, acceptingPrevious: Bool = false) throws(RunFolderError) {
    try RunFolder.check(path)
    self.path = path
    lock = try FolderLock(folder: path, calledInMessages: path)
    do {
      loaded = try CheckpointStore(runFolder: path)
        .loadNewest(acceptingPrevious: acceptingPrevious)
    } catch {
      throw .checkpoint(error)
    }
    let state = loaded.checkpoint.state
    func extent(_ length: String, _ rows: String) throws(RunFolderError) -> TableExtent {
      TableExtent(
        bytes: try Self.count(length, in: state, path),
        rows: state[rows] == nil ? nil : try Self.count(rows, in: state, path))
    }
    progress = try extent(RunFolder.progressLengthKey, RunFolder.progressRowsKey)
    episodes = try extent(RunFolder.episodesLengthKey, RunFolder.episodesRowsKey)
    evaluations =
      state[RunFolder.evaluationsLengthKey] == nil
      ? nil : try extent(RunFolder.evaluationsLengthKey, RunFolder.evaluationsRowsKey)
    log =
      state[RunFolder.logLengthKey] == nil
      ? nil : try extent(RunFolder.logLengthKey, RunFolder.logRowsKey)
  }

  /// Cuts the tables to what the checkpoint counts on, and sets a damaged checkpoint aside.
  ///
  /// - Parameter columns: of the tables, as when the run began.
  /// - Returns: the folder, to be written.
  /// - Throws: ``RunFolderError``; the folder is unchanged where a table is not as it should be.
  package func begin(columns: RunFolder.Columns) throws(RunFolderError) -> RunFolder {
    try progress.require("\(path)/progress.csv")
    try episodes.require("\(path)/\(columns.episodesName).csv")
    if columns.evaluations != nil {
      guard let evaluations else {
        throw .incompleteState(path: path, key: RunFolder.evaluationsLengthKey)
      }
      try evaluations.require("\(path)/evaluations.csv")
    }
    if columns.hasLog {
      guard let log else { throw .incompleteState(path: path, key: RunFolder.logLengthKey) }
      try log.require("\(path)/log.jsonl")
    }
    for name in ["checkpoints", "tensorboard"] {
      let folder = "\(path)/\(name)"
      let fileSystem = FileSystem.uninterrupted
      guard !fileSystem.exists(folder) || fileSystem.isFolderItself(folder) else {
        throw .link(path: folder)
      }
    }
    if case .damaged = loaded.problem {
      do {
        _ = try CheckpointStore(runFolder: path).setAsideLast()
      } catch {
        throw .checkpoint(error)
      }
    }
    if let warning = Arithmetic.warning(loaded.checkpoint) { Console.standardError.line(warning) }
    return try RunFolder(
      path: path, columns: columns,
      lengths: RunFolder.Lengths(
        progress: progress.bytes, episodes: episodes.bytes, evaluations: evaluations?.bytes ?? 0,
        log: log?.bytes ?? 0), lock: lock, fileSystem: .uninterrupted)
  }

  private static func count(
    _ key: String, in state: [String: String], _ path: String
  ) throws(RunFolderError) -> Int {
    guard let count = state[key].flatMap({ Int($0) }), count >= 0 else {
      throw .incompleteState(path: path, key: key)
    }
    return count
  }
}
