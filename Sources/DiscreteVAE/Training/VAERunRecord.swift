import Formats
import Foundation
import Runs

/// A run's folder as it stands, read without opening it for writing.
package struct VAERunRecord {
  /// The folder.
  package let path: String
  /// The settings with which the run began, all in their ranges.
  package let configuration: VAEConfiguration
  /// The total that the run aims at.
  package let totalSteps: Int
  /// Steps at the last checkpoint.
  package let step: Int
  /// The digest of the images that it is trained on.
  package let imagesSHA256: String
  /// How it ended; nil where the steps so far have no end, or not yet.
  package let summary: VAESummary?

  /// Reads a folder.
  ///
  /// - Throws: what is missing or cannot be used, such as ``VAERunError/notAVAE(_:reason:)``.
  package init(_ path: String) throws {
    self.path = path
    configuration = try Self.configuration(of: path)
    let contents = try CheckpointStore(runFolder: path).loadNewest().checkpoint.safetensors
    let (state, images) = try VAECheckpoint.read(contents, path: path)
    totalSteps = state.steps
    step = try VAECheckpoint.step(of: contents)
    imagesSHA256 = images
    let summary = try Self.summary(of: path)
    self.summary = summary?.steps == step ? summary : nil
  }

  /// Whether nothing is left to do up to a total of steps, or up to the run's own.
  package func isFinished(at steps: Int? = nil) -> Bool {
    summary != nil && step == steps ?? totalSteps
  }

  /// Refuses images that are not those the run began with.
  package func require(_ images: DatasetImages) throws(VAERunError) {
    guard images.sha256 == imagesSHA256 else {
      throw .otherImages(path, found: images.sha256, expected: imagesSHA256)
    }
  }

  private static func configuration(of path: String) throws -> VAEConfiguration {
    let text = try RunFolder.configuration(of: path)
    let configuration: VAEConfiguration
    do {
      configuration = try JSONDecoder().decode(VAEConfiguration.self, from: Data(text.utf8))
    } catch {
      throw VAERunError.notAVAE(path, reason: "\(error)")
    }
    if let fault = configuration.fault { throw VAERunError.notAVAE(path, reason: fault) }
    return configuration
  }

  private static func summary(of path: String) throws -> VAESummary? {
    let file = "\(path)/summary.json"
    guard FileSystem.uninterrupted.exists(file) else { return nil }
    let bytes = try FileSystem.uninterrupted.read(file)
    do {
      return try JSONDecoder().decode(VAESummary.self, from: Data(bytes))
    } catch {
      throw VAERunError.otherVersion(path, reason: "summary.json cannot be read: \(error)")
    }
  }
}
