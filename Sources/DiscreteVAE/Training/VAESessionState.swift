import Formats
import Networks
import ReinforcementLearning
import Runs

/// What a checkpoint holds of a run beside its trainer.
///
/// The rows that close a run between two intervals are no part of it, so that a run which is made
/// longer later has the bytes of one that was long from the start.
struct VAESessionState: Codable, Hashable {
  /// The highest bound of some kind, and the step of its evaluation.
  struct Peak: Codable, Hashable {
    var step: Int
    var bound: Double
  }

  /// The total that the run now aims at.
  var steps: Int
  /// The newest step that has a row among the evaluations; nil before the first.
  var lastEvaluatedStep: Int?
  /// Among the evaluations at the interval; the untrained model is none.
  var highestTrain: Peak?
  /// The same of the validation images, where the checkpoint `best` is from.
  var highestValidation: Peak?
}

/// The texts that a session adds to a checkpoint's metadata.
enum VAECheckpoint {
  private static let sessionKey = "session"
  private static let imagesKey = "images_sha256"

  /// Everything that a run needs to go on.
  static func contents(
    _ trainer: VAETrainer, _ state: VAESessionState
  ) throws -> CheckpointFile {
    var contents = SafetensorsFile()
    try trainer.save(to: &contents)
    contents.metadata[sessionKey] = try encodeState(state)
    contents.metadata[imagesKey] = trainer.images.sha256
    contents.metadata[Arithmetic.key] = Arithmetic.current
    return CheckpointFile(state: contents.metadata, tensors: contents.tensors)
  }

  /// The session's part of a checkpoint.
  ///
  /// - Parameters:
  ///   - contents: the checkpoint.
  ///   - path: the run's folder, for the message.
  /// - Returns: the state, and the digest of the images.
  /// - Throws: ``VAERunError/otherVersion(_:reason:)`` when a part is missing or of another kind.
  static func read(
    _ contents: SafetensorsFile, path: String
  ) throws(VAERunError) -> (state: VAESessionState, images: String) {
    guard let images = contents.metadata[imagesKey] else {
      throw .otherVersion(path, reason: "The checkpoint does not say \"\(imagesKey)\".")
    }
    do {
      return (try decodeState(contents.metadata[sessionKey], named: sessionKey), images)
    } catch {
      throw .otherVersion(path, reason: "\(error)")
    }
  }

  /// How many steps the trainer of a checkpoint has made.
  static func step(of contents: SafetensorsFile) throws -> Int {
    struct Trainer: Decodable { let step: Int }
    let trainer: Trainer = try decodeState(contents.metadata["trainer"], named: "trainer")
    return trainer.step
  }
}
