import Formats
import Networks

/// Why a checkpoint cannot be used.
package enum CheckpointError: Error, Hashable, CustomStringConvertible {
  /// The file does not exist.
  case missing(file: String, previous: String?)
  /// The file is not what was written; `previous` is a whole checkpoint that can be used instead.
  case damaged(file: String, damage: Damage, previous: String?)
  /// The file was written in a format that this version does not know.
  case unknownFormat(file: String, found: String)
  /// The file cannot be read or written.
  case unusable(FileError)

  /// What is wrong with the bytes of a checkpoint.
  package enum Damage: Error, Hashable, CustomStringConvertible {
    /// The file is cut off or its structure is broken.
    case structure(SafetensorsError)
    /// The file is sound as safetensors but holds no checksum, so it is none of ours.
    case noChecksum
    /// The bytes do not add up to the checksum.
    case checksum(stored: String, found: String)

    /// What is wrong.
    package var description: String {
      switch self {
      case .structure(let error): "\(error)"
      case .noChecksum: "It has no checksum, so it is not a checkpoint of a run."
      case .checksum(let stored, let found):
        "Its contents have the SHA-256 \(found) but should have \(stored)."
      }
    }
  }

  /// What is wrong with which file, and what can be used instead.
  package var description: String {
    switch self {
    case .missing(let file, let previous):
      "The checkpoint \(file) does not exist." + Self.offer(previous)
    case .damaged(let file, let damage, let previous):
      "The checkpoint \(file) is damaged. \(damage)" + Self.offer(previous)
    case .unknownFormat(let file, let found):
      "The checkpoint \(file) has the format \"\(found)\"; this version reads "
        + "\"\(CheckpointFile.format)\"."
    case .unusable(let error): "\(error)"
    }
  }

  private static func offer(_ previous: String?) -> String {
    previous.map { " The one before it, \($0), is whole and can be used instead." } ?? ""
  }
}
