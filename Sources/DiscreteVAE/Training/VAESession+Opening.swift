import Formats
import Networks
import ReinforcementLearning
import Runs

extension VAESession {
  private static func columns(_ trainer: VAETrainer) -> RunFolder.Columns {
    RunFolder.Columns(
      progress: ["step", "objective", "log_variance"] + trainer.controlScalars.map(\.name),
      episodes: ["step", "epoch", "train_elbo_1_sample", "validation_elbo_1_sample"],
      episodesName: "evaluations")
  }

  /// A new run.
  ///
  /// - Parameters:
  ///   - configuration: valid settings.
  ///   - images: what they ask for, where it is loaded already.
  ///   - path: the folder to make, or nil for a name that is free.
  /// - Returns: the session, its folder made and its first checkpoint written.
  /// - Throws: what is wrong with the data, or what the system refused.
  package static func start(
    _ configuration: VAEConfiguration, on images: DatasetImages? = nil, in path: String?
  ) throws -> VAESession {
    if let path, FileSystem.uninterrupted.exists(path) { throw VAERunError.exists(path) }
    let trainer = try VAETrainer(configuration, try images ?? Self.images(configuration))
    let state = VAESessionState(steps: configuration.steps)
    let text = try JSONText.indented(configuration) + "\n"
    let first = try VAECheckpoint.contents(trainer, state)
    let columns = columns(trainer)
    let folder =
      if let path {
        try RunFolder.create(at: path, configuration: text, columns: columns, checkpoint: first)
      } else {
        try RunFolder.create(
          name: RunFolder.defaultName(
            environment: "vae-\(configuration.dataset.rawValue)-\(configuration.model.rawValue)",
            agent: configuration.estimation.estimator.rawValue, seed: UInt64(configuration.seed)),
          configuration: text, columns: columns, checkpoint: first)
      }
    return try VAESession(configuration, trainer, folder, state, savedStep: 0)
  }

  /// A run that goes on from its last checkpoint.
  ///
  /// - Parameters:
  ///   - path: the run's folder.
  ///   - steps: the new total, or nil for the one it had.
  ///   - images: what its settings ask for, where it is loaded already.
  /// - Returns: the session, as it was when the checkpoint was written.
  /// - Throws: what is wrong with the folder, the checkpoint or the data.
  package static func resume(
    _ path: String, steps: Int? = nil, on images: DatasetImages? = nil
  ) throws -> VAESession {
    let record = try VAERunRecord(path)
    if let steps, steps < record.step {
      throw VAERunError.tooFewSteps(steps, done: record.step, path)
    }
    var configuration = record.configuration
    let images = try images ?? Self.images(configuration)
    try record.require(images)
    let trainer = try VAETrainer(configuration, images)
    let opened = try OpenedRunFolder(path)
    let contents = opened.loaded.checkpoint.safetensors
    var state = try VAECheckpoint.read(contents, path: path).state
    try trainer.restore(from: contents)
    // Whatever can be refused has been: from here on the tables are as long as the checkpoint says.
    let folder = try opened.begin(columns: columns(trainer))
    let isSaved = steps == nil || steps == state.steps
    state.steps = steps ?? state.steps
    configuration.steps = state.steps
    return try VAESession(
      configuration, trainer, folder, state, savedStep: isSaved ? trainer.step : nil)
  }

  /// The images that a configuration asks for.
  package static func images(_ configuration: VAEConfiguration) throws -> DatasetImages {
    let images = try DatasetImages.load(
      configuration.dataset, from: configuration.data, binarization: configuration.binarization,
      seed: UInt64(configuration.dataSeed))
    guard images.train.count >= configuration.batch else {
      throw VAERunError.batchTooLarge(configuration.batch, images: images.train.count)
    }
    return images
  }
}
