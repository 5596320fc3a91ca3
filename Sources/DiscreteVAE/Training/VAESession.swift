import Foundation
import Networks
import ReinforcementLearning
import RelaxRL

/// One run from its configuration to its summary: steps, evaluations, checkpoints and tables.
package final class VAESession {
  /// What a checkpoint holds of the session itself.
  private struct State: Codable {
    /// The total that the run now aims at.
    var steps: Int
    var bestTrain: Double?
    var bestValidation: Double?
    var bestValidationStep = 0
  }

  /// The settings, with the total number of steps as it is now.
  package let configuration: VAEConfiguration
  /// The run's folder.
  package let folder: RunFolder
  /// The model and its optimizers.
  package let trainer: VAETrainer
  private var state: State
  private let evaluator: VAEEvaluator
  private let tensorBoard: TensorBoardWriter
  private let timing: TimingFile

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
  ///   - path: the folder to make, or nil for a name that is free.
  /// - Returns: the session, its folder made and its first checkpoint written.
  /// - Throws: what is wrong with the data, or what the system refused.
  package static func start(
    _ configuration: VAEConfiguration, in path: String?
  ) throws -> VAESession {
    if let path, FileSystem.uninterrupted.exists(path) { throw VAERunError.exists(path) }
    let trainer = try VAETrainer(configuration, try images(configuration))
    let state = State(steps: configuration.steps)
    let text = try JSONText.indented(configuration) + "\n"
    let first = try checkpoint(trainer, state)
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
    return try VAESession(configuration, trainer, folder, state)
  }

  /// A run that goes on from its last checkpoint.
  ///
  /// - Parameters:
  ///   - path: the run's folder.
  ///   - steps: the new total, or nil for the one it had.
  /// - Returns: the session, as it was when the checkpoint was written.
  /// - Throws: what is wrong with the folder, the checkpoint or the data.
  package static func resume(_ path: String, steps: Int? = nil) throws -> VAESession {
    var configuration = try configuration(of: path)
    let trainer = try VAETrainer(configuration, try images(configuration))
    let (folder, loaded) = try RunFolder.resume(path, columns: columns(trainer))
    let contents = loaded.checkpoint.safetensors
    var state: State = try decodeState(contents.metadata["session"], named: "session")
    try trainer.restore(from: contents)
    if let steps {
      guard steps >= trainer.step else {
        throw VAERunError.tooFewSteps(steps, done: trainer.step, path)
      }
      state.steps = steps
    }
    configuration.steps = state.steps
    return try VAESession(configuration, trainer, folder, state)
  }

  /// The settings of a run's folder.
  package static func configuration(of path: String) throws -> VAEConfiguration {
    let text = try RunFolder.configuration(of: path)
    do {
      return try JSONDecoder().decode(VAEConfiguration.self, from: Data(text.utf8))
    } catch {
      throw VAERunError.notAVAE(path, reason: "\(error)")
    }
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

  private init(
    _ configuration: VAEConfiguration, _ trainer: VAETrainer, _ folder: RunFolder, _ state: State
  ) throws {
    self.configuration = configuration
    self.trainer = trainer
    self.folder = folder
    self.state = state
    evaluator = try VAEEvaluator(trainer.model, theta: trainer.theta, samples: 1)
    tensorBoard = try TensorBoardWriter(
      folder: "\(folder.path)/tensorboard", resumedAtStep: trainer.step > 0 ? trainer.step : nil)
    timing = try TimingFile(path: "\(folder.path)/timing.csv", upTo: trainer.step)
  }

  /// Trains to the end, or until the user interrupts.
  ///
  /// - Parameter reporter: hears of the progress.
  /// - Returns: the summary, also written to the folder; nil after an interruption.
  /// - Throws: what went wrong, with the last good checkpoint to go on from.
  package func train(reporter: ProgressReporter) throws -> VAESummary? {
    let clock = ContinuousClock()
    let start = clock.now
    let firstStep = trainer.step
    var trainingTime = Duration.zero
    var details = ""
    if trainer.step == 0 { try evaluate() }
    while trainer.step < state.steps {
      if InterruptFlag.isRaised {
        try save()
        return nil
      }
      // The clock is read for a block of steps: a reading costs little, but so does a small step.
      let began = clock.now
      let next = min(state.steps, nextEvent(after: trainer.step), trainer.step + 50)
      do {
        while trainer.step < next { try trainer.update() }
      } catch {
        throw VAERunError.stopped("\(error)", step: trainer.step, folder.path)
      }
      trainingTime += began.duration(to: clock.now)
      if trainer.step.isMultiple(of: configuration.progressInterval) {
        details = try writeProgress()
        timing.append(step: trainer.step, seconds: start.duration(to: clock.now) / .seconds(1))
      }
      if trainer.step.isMultiple(of: configuration.evaluationInterval) { try evaluate() }
      if trainer.step.isMultiple(of: configuration.checkpointInterval) { try save() }
      reporter.update(snapshot(details))
    }
    if !trainer.step.isMultiple(of: configuration.evaluationInterval) { try evaluate() }
    try save()
    reporter.finish(snapshot(details))
    let steps = trainer.step - firstStep
    let summary = try summary(
      seconds: start.duration(to: clock.now) / .seconds(1),
      stepsPerSecond: steps > 0 ? Double(steps) / (trainingTime / .seconds(1)) : 0)
    try folder.writeSummary(summary)
    return summary
  }

  private func nextEvent(after step: Int) -> Int {
    [
      configuration.progressInterval, configuration.evaluationInterval,
      configuration.checkpointInterval,
    ].map { (step / $0 + 1) * $0 }.min() ?? state.steps
  }

  private func snapshot(_ details: String) -> ProgressSnapshot {
    ProgressSnapshot(
      steps: trainer.step, totalSteps: state.steps, episodes: 0, meanReturn: nil, details: details)
  }

  private func writeProgress() throws -> String {
    let metrics = trainer.takeMetrics()
    let scalars = trainer.controlScalars
    folder.progress.append(
      [
        .integer(trainer.step), metrics.objective.map { .number($0) } ?? .missing,
        metrics.logVariance.map { .number($0) } ?? .missing,
      ] + scalars.map { .number($0.value) })
    try folder.progress.flushIfLarge()
    var curves = scalars.map { (tag: "control/\($0.name)", value: $0.value) }
    if let value = metrics.objective { curves.append((tag: "train/objective", value: value)) }
    if let value = metrics.logVariance { curves.append((tag: "train/log_variance", value: value)) }
    try tensorBoard.write(curves, step: trainer.step)
    return String(
      format: "objective %.2f  ln variance %.2f", metrics.objective ?? .nan,
      metrics.logVariance ?? .nan)
  }

  /// Epochs so far.
  private var epochs: Double {
    Double(trainer.step * configuration.batch) / Double(trainer.images.train.count)
  }

  @discardableResult
  private func evaluate() throws -> (train: Double, validation: Double) {
    let (train, validation) = bounds()
    if train > state.bestTrain ?? -.infinity { state.bestTrain = train }
    if validation > state.bestValidation ?? -.infinity {
      state.bestValidation = validation
      state.bestValidationStep = trainer.step
    }
    folder.episodes.append([
      .integer(trainer.step), .number(epochs), .number(train), .number(validation),
    ])
    try tensorBoard.write(
      [
        (tag: "evaluation/train_elbo_1_sample", value: train),
        (tag: "evaluation/validation_elbo_1_sample", value: validation),
      ], step: trainer.step)
    try tensorBoard.flush()
    return (train, validation)
  }

  private func bounds() -> (train: Double, validation: Double) {
    let seed = UInt64(configuration.seed)
    return (
      evaluator.meanBound(
        of: trainer.images.train, limit: configuration.trainEvaluationImages, seed: seed),
      evaluator.meanBound(of: trainer.images.validation, seed: seed)
    )
  }

  private func save() throws {
    try folder.save(try Self.checkpoint(trainer, state))
    try timing.flush()
  }

  private static func checkpoint(_ trainer: VAETrainer, _ state: State) throws -> CheckpointFile {
    var contents = SafetensorsFile()
    try trainer.save(to: &contents)
    contents.metadata["session"] = try encodeState(state)
    return CheckpointFile(state: contents.metadata, tensors: contents.tensors)
  }

  private func summary(seconds: Double, stepsPerSecond: Double) throws -> VAESummary {
    let seed = UInt64(configuration.seed)
    let images = trainer.images
    let (train, validation) = bounds()
    var weighted: (validation: Double, test: Double)?
    if configuration.boundSamples > 0 {
      let evaluator = try VAEEvaluator(
        trainer.model, theta: trainer.theta, samples: configuration.boundSamples)
      weighted = (
        evaluator.meanBound(of: images.validation, seed: seed),
        evaluator.meanBound(of: images.test, seed: seed)
      )
    }
    var digest = SHA256()
    trainer.theta.withBytes { digest.update($0) }
    let estimation = configuration.estimation
    return VAESummary(
      dataset: configuration.dataset, model: configuration.model, estimator: estimation.estimator,
      scope: estimation.scope, seed: configuration.seed, steps: trainer.step, epochs: epochs,
      evaluationsPerStep: estimation.evaluations(layers: configuration.model.layerCount),
      seconds: seconds, stepsPerSecond: stepsPerSecond, trainELBO: train,
      validationELBO: validation, testELBO: evaluator.meanBound(of: images.test, seed: seed),
      bestTrainELBO: state.bestTrain ?? train,
      bestValidationELBO: state.bestValidation ?? validation,
      bestValidationStep: state.bestValidationStep, boundSamples: configuration.boundSamples,
      validationImportanceWeightedBound: weighted?.validation,
      testImportanceWeightedBound: weighted?.test, logVariance: trainer.logVariance,
      parametersSHA256: digest.hexDigest(), runDir: folder.path)
  }
}
