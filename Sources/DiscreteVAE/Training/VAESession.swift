import Foundation
import ReinforcementLearning
import Runs

/// One run from its configuration to its summary: steps, evaluations, checkpoints and tables.
package final class VAESession {
  /// The settings, with the total number of steps as it is now.
  package let configuration: VAEConfiguration
  /// The run's folder.
  package let folder: RunFolder
  /// The model and its optimizers.
  package let trainer: VAETrainer
  let timing: TimingFile
  private(set) var state: VAESessionState
  private let evaluator: VAEEvaluator
  private let tensorBoard: TensorBoardWriter
  /// The step of the checkpoint `last`, as long as that holds the state as it is.
  private var savedStep: Int?

  /// A run in an open folder, whose checkpoint `last` is of `savedStep` if it holds the state as it
  /// is.
  init(
    _ configuration: VAEConfiguration, _ trainer: VAETrainer, _ folder: RunFolder,
    _ state: VAESessionState, savedStep: Int?
  ) throws {
    self.configuration = configuration
    self.trainer = trainer
    self.folder = folder
    self.state = state
    self.savedStep = savedStep
    evaluator = try VAEEvaluator(trainer.model, theta: trainer.theta, samples: 1)
    tensorBoard = try TensorBoardWriter(
      folder: "\(folder.path)/tensorboard", resumedAtStep: trainer.step > 0 ? trainer.step : nil)
    timing = TimingFile(path: "\(folder.path)/timing.csv", upTo: trainer.step)
  }

  /// Trains to the end, or until the user interrupts.
  ///
  /// - Parameters:
  ///   - reporter: hears of the progress.
  ///   - watch: hears of the bounds at the end, which take a while.
  /// - Returns: the summary, also written to the folder; nil after an interruption.
  /// - Throws: what went wrong.
  package func train(
    reporter: ProgressReporter, watchingBounds watch: (BoundProgress) -> Void = { _ in }
  ) throws -> VAESummary? {
    InterruptFlag.begin(.training)
    var details = ""
    if trainer.step == 0 && state.lastEvaluatedStep == nil { _ = try evaluate() }
    while trainer.step < state.steps {
      if InterruptFlag.isRaised {
        try save()
        return nil
      }
      try advance()
      if trainer.step.isMultiple(of: configuration.progressInterval) {
        details = try writeProgress()
      }
      var isHighest = false
      if trainer.step.isMultiple(of: configuration.evaluationInterval) {
        isHighest = try evaluate()
      }
      if isHighest || trainer.step.isMultiple(of: configuration.checkpointInterval) {
        try save(isBest: isHighest)
      }
      reporter.update(snapshot(details))
    }
    if savedStep != trainer.step { try save() }
    // Behind the checkpoint: these rows go when the run goes on.
    if !trainer.step.isMultiple(of: configuration.progressInterval) {
      details = try writeProgress()
    }
    reporter.finish(snapshot(details))
    let last = try evaluatedBounds()
    if !trainer.step.isMultiple(of: configuration.evaluationInterval) { try write(last) }
    try flush()
    guard let summary = try summary(last, watchingBounds: watch) else { return nil }
    try folder.writeSummary(summary)
    return summary
  }

  /// Makes steps up to the next thing to do, at most 50.
  private func advance() throws {
    // The clock is read for a block of steps: a reading costs little, but so does a small step.
    let began = ContinuousClock.now
    let next = min(state.steps, nextEvent(after: trainer.step), trainer.step + 50)
    do {
      while trainer.step < next { try trainer.update() }
    } catch {
      // What led to the failure is worth reading; resuming drops what the checkpoint does not know.
      try? flush()
      throw VAERunError.stopped("\(error)", step: trainer.step, folder.path)
    }
    timing.add(began.duration(to: .now))
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
    timing.mark(step: trainer.step)
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
    return [("objective", metrics.objective), ("ln variance", metrics.logVariance)]
      .compactMap { name, value in value.map { name + String(format: " %.2f", $0) } }
      .joined(separator: "  ")
  }

  /// Evaluates at an interval.
  ///
  /// - Returns: whether the validation bound is the highest so far.
  private func evaluate() throws -> Bool {
    let bounds = try evaluatedBounds()
    try write(bounds)
    savedStep = nil
    state.lastEvaluatedStep = trainer.step
    guard trainer.step > 0 else { return false }
    state.highestTrain = highest(state.highestTrain, bounds.train)
    let before = state.highestValidation
    state.highestValidation = highest(before, bounds.validation)
    return state.highestValidation != before
  }

  /// The higher one of a bound now and the highest before, which wins where they are equal.
  func highest(_ before: VAESessionState.Peak?, _ bound: Double) -> VAESessionState.Peak {
    if let before, !(bound > before.bound) { return before }
    return VAESessionState.Peak(step: trainer.step, bound: bound)
  }

  private func write(_ bounds: (train: Double, validation: Double)) throws {
    timing.mark(step: trainer.step)
    folder.episodes.append([
      .integer(trainer.step), .number(epochs), .number(bounds.train), .number(bounds.validation),
    ])
    try tensorBoard.write(
      [
        (tag: "evaluation/train_elbo_1_sample", value: bounds.train),
        (tag: "evaluation/validation_elbo_1_sample", value: bounds.validation),
      ], step: trainer.step)
    try tensorBoard.flush()
  }

  private func evaluatedBounds() throws -> (train: Double, validation: Double) {
    let train = bound(of: trainer.images.train, limit: configuration.trainEvaluationImages)
    let validation = bound(of: trainer.images.validation)
    guard train.isFinite && validation.isFinite else {
      throw VAERunError.stopped(
        "The training bound is \(train) and the validation bound \(validation), where finite "
          + "numbers belong.", step: trainer.step, folder.path)
    }
    return (train, validation)
  }

  /// The bound of one sample as the parameters are now.
  func bound(of images: BinaryImages, limit: Int = .max) -> Double {
    evaluator.meanBound(of: images, limit: limit, seed: UInt64(configuration.seed))
  }

  /// Epochs so far.
  var epochs: Double {
    Double(trainer.step * configuration.batch) / Double(trainer.images.train.count)
  }

  private func save(isBest: Bool = false) throws {
    timing.mark(step: trainer.step)
    try timing.flush()
    try folder.save(try VAECheckpoint.contents(trainer, state), isBest: isBest)
    savedStep = trainer.step
  }

  /// Hands every row of the tables to the system.
  private func flush() throws {
    try timing.flush()
    try folder.progress.flush()
    try folder.episodes.flush()
    try tensorBoard.flush()
  }
}
