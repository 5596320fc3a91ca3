import Runs

/// Why a run cannot begin, go on or be read.
package enum VAERunError: Error, Hashable, CustomStringConvertible {
  /// Something has that name already.
  case exists(String)
  /// The folder holds a run, but none of this program.
  case notAVAE(String, reason: String)
  /// The folder holds a run whose files have another form.
  case otherVersion(String, reason: String)
  /// The new total lies behind what is done.
  case tooFewSteps(Int, done: Int, String)
  /// A setting differs from that of the run in the folder.
  case otherSetting(String, difference: String)
  /// There are not enough images.
  case batchTooLarge(Int, images: Int)
  /// The images have changed.
  case otherImages(String, found: String, expected: String)
  /// A step failed.
  case stopped(String, step: Int, String)

  /// Whether the command was wrong, rather than something on the way.
  package var isUsage: Bool {
    switch self {
    case .exists, .notAVAE, .otherVersion, .tooFewSteps, .otherSetting, .batchTooLarge: true
    case .otherImages, .stopped: false
    }
  }

  /// What is wrong and what would be right.
  package var description: String {
    switch self {
    case .exists(let path): Self.taken(path)
    case .notAVAE(let path, let reason):
      "\(path)/config.yaml is not that of a variational autoencoder: \(reason)"
    case .otherVersion(let path, let reason):
      "\(path) was written by another version of this program, and this one cannot go on with it. "
        + reason
    case .tooFewSteps(let steps, let done, let path):
      "--steps is the new total and must be at least \(done), which \(path) has done already, but "
        + "is \(steps)."
    case .otherSetting(let path, let difference):
      "\(path) holds a run with other settings: \(difference). Choose another --out, or the "
        + "settings of that run."
    case .batchTooLarge(let batch, let images):
      "--batch must be at most \(images), the number of training images, but is \(batch)."
    case .otherImages(let path, let found, let expected):
      "The images differ from those the run in \(path) began with (SHA-256 \(found.prefix(12))… "
        + "against \(expected.prefix(12))…). Put the data set's files back as they were."
    case .stopped(let reason, let step, let path):
      "\(reason) Training stopped after step \(step). Going on from \(path) would meet the same; "
        + "begin another run, for instance with a smaller --learning-rate."
    }
  }

  /// What to do about a name that is taken depends on what has it.
  private static func taken(_ path: String) -> String {
    if !FileSystem.uninterrupted.isFolder(path) {
      "\(path) is a file; --out must name a folder that does not exist yet."
    } else if FileSystem.uninterrupted.exists("\(path)/config.yaml") {
      "\(path) exists already. Choose another --out, or go on with that run: "
        + "relax-lab vae-resume \(path)"
    } else {
      "\(path) exists already and holds no run; --out must name a folder that does not exist yet."
    }
  }
}
