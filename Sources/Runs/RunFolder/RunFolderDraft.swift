import Glibc

/// A run folder that is being made under a hidden name.
///
/// What a killed process leaves of it is hidden and never used again.
struct RunFolderDraft {
  private let parent: String
  private let path: String
  private let fileSystem: FileSystem

  init(besides name: String, fileSystem: FileSystem) {
    parent = FilePath.parent(of: name)
    let unique = String(UInt64.random(in: 0 ... .max), radix: 36)
    path = "\(parent)/.new-run-\(getpid())-\(unique)"
    self.fileSystem = fileSystem
  }

  /// Writes everything and waits until it is on the disk.
  ///
  /// - Returns: the lock on the folder, which stays when the folder is renamed.
  func build(
    configuration: String, checkpoint: CheckpointFile, hasEvaluations: Bool, hasLog: Bool
  ) throws(RunFolderError) -> FolderLock {
    var first = checkpoint
    first.state[RunFolder.progressLengthKey] = "0"
    first.state[RunFolder.episodesLengthKey] = "0"
    first.state[RunFolder.progressRowsKey] = "0"
    first.state[RunFolder.episodesRowsKey] = "0"
    if hasEvaluations {
      first.state[RunFolder.evaluationsLengthKey] = "0"
      first.state[RunFolder.evaluationsRowsKey] = "0"
    }
    if hasLog {
      first.state[RunFolder.logLengthKey] = "0"
      first.state[RunFolder.logRowsKey] = "0"
    }
    do {
      try fileSystem.createFolders(parent)
      try fileSystem.createFolder(path)
      let lock = try FolderLock(folder: path, calledInMessages: path)
      try fileSystem.writeDurably(
        Array(configuration.utf8), to: "\(path)/\(RunFolder.configurationName)")
      try fileSystem.createFolder("\(path)/checkpoints")
      try CheckpointStore(runFolder: path, fileSystem: fileSystem).write(first)
      try fileSystem.synchronizeFolder(path)
      return lock
    } catch {
      discard()
      switch error {
      case let error as RunFolderError: throw error
      case let error as CheckpointError: throw .checkpoint(error)
      case let error as FileError: throw .file(error)
      default: preconditionFailure("An error of an unknown type: \(error)")
      }
    }
  }

  /// Gives the folder its name.
  ///
  /// Renaming never replaces a folder that holds something, and every run folder does, so of
  /// several processes that want one name a single one gets it.
  ///
  /// - Returns: false when something has that name already.
  func take(_ name: String) throws(RunFolderError) -> Bool {
    if fileSystem.exists(name) { return false }
    do {
      try fileSystem.rename(path, to: name)
      try fileSystem.synchronizeFolder(parent)
      return true
    } catch {
      if [EEXIST, ENOTEMPTY, ENOTDIR, EISDIR].contains(error.code) { return false }
      discard()
      throw .file(error)
    }
  }

  /// Removes what was written so far, as far as that is possible.
  func discard() {
    let files = ["last", "previous", "best"].flatMap {
      ["checkpoints/\($0).safetensors", "checkpoints/.\($0).safetensors.new"]
    }
    for file in files + [RunFolder.configurationName, FolderLock.fileName] {
      try? fileSystem.remove("\(path)/\(file)")
    }
    for folder in ["\(path)/checkpoints", path] {
      guard (try? fileSystem.interruption("remove", folder)) != nil else { return }
      rmdir(folder)
    }
  }
}
