/// Why a run cannot begin, go on or be read.
package enum VAERunError: Error, CustomStringConvertible {
  /// Something has that name already.
  case exists(String)
  /// The folder holds a run, but none of this program.
  case notAVAE(String, reason: String)
  /// The new total lies behind what is done.
  case tooFewSteps(Int, done: Int, String)
  /// There are not enough images.
  case batchTooLarge(Int, images: Int)
  /// A step failed.
  case stopped(String, step: Int, String)

  /// What is wrong and what would be right.
  package var description: String {
    switch self {
    case .exists(let path):
      "\(path) exists already. Choose another --out, or go on with that run: "
        + "relax-lab vae-resume \(path)"
    case .notAVAE(let path, let reason):
      "\(path)/config.yaml is not that of a variational autoencoder: \(reason)"
    case .tooFewSteps(let steps, let done, let path):
      "--steps is the new total and must be at least \(done), which \(path) has done already, but "
        + "is \(steps)."
    case .batchTooLarge(let batch, let images):
      "--batch must be at most \(images), the number of training images, but is \(batch)."
    case .stopped(let reason, let step, let path):
      "\(reason) Training stopped after step \(step); the last good checkpoint is in "
        + "\(path)/checkpoints, from which `relax-lab vae-resume \(path)` goes on."
    }
  }
}
