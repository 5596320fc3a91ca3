/// The checkpoints of one run: the last one, the one before it and the best.
///
/// A process can be killed at any instant of ``write(_:isBest:)``: `last` or `previous` is then a
/// whole checkpoint, and so is `best` once there was one.
package struct CheckpointStore: Sendable {
  /// Which of a run's checkpoints.
  package enum Slot: String, Sendable, CaseIterable {
    /// The newest.
    case last
    /// The one before the newest.
    case previous
    /// The one with the highest mean return, without a replay memory: no run goes on from it.
    case best
  }

  /// A checkpoint that was read, and what was wrong with a newer one.
  package struct Loaded: Sendable {
    /// Where it was read from.
    package let slot: Slot
    /// The contents.
    package let checkpoint: CheckpointFile
    /// Why `last` was not used, when it was not.
    package let problem: CheckpointError?
  }

  /// The folder that holds the files.
  package let folder: String
  let fileSystem: FileSystem

  /// The checkpoints of a run.
  ///
  /// - Parameter runFolder: the run's folder, whose subfolder `checkpoints` holds the files.
  package init(runFolder: String) {
    self.init(runFolder: runFolder, fileSystem: .uninterrupted)
  }

  package init(runFolder: String, fileSystem: FileSystem) {
    folder = runFolder + "/checkpoints"
    self.fileSystem = fileSystem
  }

  /// The file of a slot.
  package func path(of slot: Slot) -> String { "\(folder)/\(slot.rawValue).safetensors" }

  /// Writes a new `last`; the old one becomes `previous`.
  ///
  /// The best comes first: a run that was killed between the two makes the same best again after
  /// resuming, but with the other order it would never make it.
  ///
  /// - Parameters:
  ///   - checkpoint: the contents.
  ///   - isBest: whether it also becomes `best`, without what only resuming needs.
  /// - Throws: ``CheckpointError/unusable(_:)``; the checkpoints are then as a kill leaves them.
  package func write(
    _ checkpoint: CheckpointFile, isBest: Bool = false
  ) throws(CheckpointError) {
    do {
      let bytes = checkpoint.serialized()
      let new = FilePath.temporary(for: path(of: .last))
      try fileSystem.writeDurably(bytes, to: new)
      if isBest {
        if let policy = checkpoint.withoutReplay {
          try fileSystem.replaceAtomically(path(of: .best), with: policy.serialized())
        } else {
          try secondName(for: new, .best, bytes: bytes)
        }
      }
      try keepLastAsPrevious()
      try fileSystem.rename(new, to: path(of: .last))
      try fileSystem.synchronizeFolder(folder)
    } catch {
      throw .unusable(error)
    }
  }

  /// Reads one checkpoint and verifies it.
  ///
  /// - Throws: ``CheckpointError``, which offers `previous` when `last` is damaged or missing and
  ///   `previous` is whole.
  package func load(_ slot: Slot) throws(CheckpointError) -> CheckpointFile {
    do {
      return try read(slot)
    } catch {
      guard slot == .last, (try? read(.previous)) != nil else { throw error }
      throw error.offering(path(of: .previous))
    }
  }

  /// Reads the checkpoint from which a run goes on.
  ///
  /// - Parameter acceptingPrevious: whether to go on from `previous` when `last` is damaged. A
  ///   missing `last` beside a whole `previous` is what a kill leaves on file systems without hard
  ///   links, and is always accepted.
  /// - Returns: the checkpoint, and what was wrong with `last` if it is another.
  /// - Throws: ``CheckpointError`` for `last`, offering `previous` when it is whole.
  package func loadNewest(
    acceptingPrevious: Bool = false
  ) throws(CheckpointError) -> Loaded {
    do {
      return Loaded(slot: .last, checkpoint: try read(.last), problem: nil)
    } catch {
      guard let previous = try? read(.previous) else { throw error }
      let problem = error.offering(path(of: .previous))
      if case .missing = error {
        return Loaded(slot: .previous, checkpoint: previous, problem: problem)
      }
      guard acceptingPrevious, case .damaged = error else { throw problem }
      return Loaded(slot: .previous, checkpoint: previous, problem: problem)
    }
  }

  /// Moves a damaged `last` out of the way, so that it will not replace a whole `previous`.
  ///
  /// - Returns: where the damaged file is now.
  package func setAsideLast() throws(CheckpointError) -> String {
    let aside = "\(folder)/damaged.safetensors"
    do {
      try fileSystem.rename(path(of: .last), to: aside)
      try fileSystem.synchronizeFolder(folder)
    } catch {
      throw .unusable(error)
    }
    return aside
  }

  /// Makes `previous` another name of `last`, which keeps its own until the new one replaces it.
  private func keepLastAsPrevious() throws(FileError) {
    guard fileSystem.exists(path(of: .last)) else { return }
    let passing = FilePath.temporary(for: path(of: .previous))
    try fileSystem.remove(passing)
    if try fileSystem.link(path(of: .last), to: passing) {
      try fileSystem.rename(passing, to: path(of: .previous))
      // Renaming does nothing when both names already mean the same file.
      try fileSystem.remove(passing)
    } else {
      try fileSystem.rename(path(of: .last), to: path(of: .previous))
    }
  }

  private func secondName(
    for new: String, _ slot: Slot, bytes: [UInt8]
  ) throws(FileError) {
    let passing = FilePath.temporary(for: path(of: slot))
    try fileSystem.remove(passing)
    if try !fileSystem.link(new, to: passing) {
      try fileSystem.writeDurably(bytes, to: passing)
    }
    try fileSystem.rename(passing, to: path(of: slot))
  }

  private func read(_ slot: Slot) throws(CheckpointError) -> CheckpointFile {
    let file = path(of: slot)
    let bytes: [UInt8]
    do {
      bytes = try fileSystem.read(file)
    } catch {
      throw error.isMissingFile ? .missing(file: file, previous: nil) : .unusable(error)
    }
    return try CheckpointFile(bytes: bytes, file: file)
  }
}

extension CheckpointError {
  /// The same error with a checkpoint that can be used instead.
  fileprivate func offering(_ path: String) -> CheckpointError {
    switch self {
    case .missing(let file, _): .missing(file: file, previous: path)
    case .damaged(let file, let damage, _): .damaged(file: file, damage: damage, previous: path)
    case .unknownFormat, .unusable: self
    }
  }
}
