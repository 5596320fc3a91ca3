/// Training stopped because something went wrong.
package struct TrainingFailure: Error, CustomStringConvertible {
  /// What went wrong.
  package let reason: String
  /// Environment steps so far.
  package let step: Int
  /// Of the last checkpoint.
  package let savedStep: Int
  /// The run folder.
  package let folder: String
  /// Whether the user had asked to stop, so that this is only how it ended.
  package let isByInterruption: Bool

  /// Says what went wrong, and how far the run had come.
  package init(
    reason: String, step: Int, savedStep: Int, folder: String, isByInterruption: Bool
  ) {
    self.reason = reason
    self.step = step
    self.savedStep = savedStep
    self.folder = folder
    self.isByInterruption = isByInterruption
  }

  /// What is wrong, and how to go on.
  package var description: String {
    "\(reason) Training stopped after step \(step); the last good checkpoint is in "
      + "\(folder)/checkpoints, of step \(savedStep), from which `\(ProgramName.current) resume "
      + "\(ShellWord.quoted(folder))` goes on."
  }
}

/// The last checkpoint cannot be read, but the one before it can.
package struct DamagedCheckpoint: Error, CustomStringConvertible {
  /// What is wrong with it.
  package let problem: CheckpointError
  /// The run folder.
  package let folder: String

  /// Names the damage and the folder.
  package init(problem: CheckpointError, folder: String) {
    self.problem = problem
    self.folder = folder
  }

  /// What is wrong, and how to go on.
  package var description: String {
    "\(problem) To do so: \(ProgramName.current) resume \(ShellWord.quoted(folder)) --use-previous"
  }
}
