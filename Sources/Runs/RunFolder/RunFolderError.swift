/// Why a run folder cannot be made or used.
package enum RunFolderError: Error, Hashable, CustomStringConvertible {
  /// Something has that name already.
  case exists(path: String)
  /// The folder does not exist or lacks what every run folder has.
  case notARun(path: String, missing: String)
  /// Another process writes the folder; its identifier is nil when it could not be read.
  case locked(path: String, process: Int?)
  /// A table has lost rows that the checkpoint counts on.
  case tableTooShort(path: String, expected: Int, found: Int)
  /// A table is long enough, but its rows are not those that the checkpoint counts on.
  case otherRows(path: String, expected: Int, found: Int)
  /// A link stands where a folder of the run belongs.
  case link(path: String)
  /// The checkpoint does not say what a run needs to go on.
  case incompleteState(path: String, key: String)
  /// A checkpoint cannot be used.
  case checkpoint(CheckpointError)
  /// The system refused an operation.
  case file(FileError)

  /// What is wrong and what would be right.
  package var description: String {
    switch self {
    case .exists(let path):
      "\(path) exists already. Choose another --run-dir, or go on with that run: "
        + "\(ProgramName.current) resume \(ShellWord.quoted(path))"
    case .notARun(let path, let missing):
      "\(path) is not a run folder: it has no \(missing)."
    case .locked(let path, let process):
      "\(path) is being written by another process"
        + (process.map { ", number \($0)" } ?? "")
        + ". Wait for it or stop it first: two processes cannot write one run."
    case .tableTooShort(let path, let expected, let found):
      "\(path) has \(found) bytes but the checkpoint was written when it had \(expected). "
        + "Rows are missing; put the file back as it was."
    case .otherRows(let path, let expected, let found):
      "\(path) does not end with a row where the checkpoint says, or has \(found) rows there instead "
        + "of \(expected). Put the file back as it was."
    case .link(let path):
      "\(path) is no folder, but a link or a file; a run writes nothing outside its own folder. "
        + "Put the folder itself there."
    case .incompleteState(let path, let key):
      "The checkpoint in \(path) does not say \"\(key)\", so the run cannot go on from it."
    case .checkpoint(let error): "\(error)"
    case .file(let error): "\(error)"
    }
  }
}
