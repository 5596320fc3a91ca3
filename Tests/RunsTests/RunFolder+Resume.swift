import Runs

extension RunFolder {
  /// Opens a run to go on with it; its tables become as long as the checkpoint says.
  ///
  /// - Parameters:
  ///   - path: the run folder.
  ///   - columns: of the tables, as when the run began.
  ///   - acceptingPrevious: whether to go on from the checkpoint before the last one when that is
  ///     damaged; the damaged one is then set aside.
  /// - Returns: the folder, locked, and the checkpoint to go on from.
  /// - Throws: ``RunFolderError``; the folder is then unchanged.
  static func resume(
    _ path: String, columns: Columns, acceptingPrevious: Bool = false
  ) throws(RunFolderError) -> (folder: RunFolder, loaded: CheckpointStore.Loaded) {
    let opened = try OpenedRunFolder(path, acceptingPrevious: acceptingPrevious)
    return (try opened.begin(columns: columns), opened.loaded)
  }
}
