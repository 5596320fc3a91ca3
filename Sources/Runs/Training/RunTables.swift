import ReinforcementLearning

/// Writes `episodes.csv`: a row for each episode that counts.
package final class EpisodeTable: TrainingCallback {
  /// The columns.
  package static let columns = ["episode", "start", "lane", "length", "return", "outcome"]
  private let table: TableFile

  /// Writes to a table of these columns.
  package init(_ table: TableFile) { self.table = table }

  /// Adds a row.
  package func episodeEnded(
    _ episode: Episode, number: Int, in training: any OngoingTraining
  ) throws {
    table.append([
      .integer(number), .integer(episode.start.clock), .integer(episode.start.lane),
      .integer(episode.length), .number(episode.totalReward), .text("\(episode.outcome)"),
    ])
  }

  /// Hands the rows on when there are many.
  package func updateEnded(in training: any OngoingTraining) throws {
    try table.flushIfLarge()
  }
}

/// Writes `progress.csv` and the curves below `train/`, every so many steps.
package final class ProgressTable: TrainingCallback {
  private let table: TableFile
  private let charts: TensorBoardWriter
  private let interval: Int
  private var lastStep: Int
  private let clock = ContinuousClock()
  /// When and at which step the last point of the curves was drawn.
  private var lastPoint: (time: ContinuousClock.Instant, step: Int)

  /// The columns for an agent's metrics.
  package static func columns(_ training: any OngoingTraining) -> [String] {
    ["step", "updates", "episodes", "mean_return_100", "solved"] + training.metrics.map(\.name)
  }

  /// Writes to a table of these columns.
  ///
  /// - Parameters:
  ///   - table: `progress.csv`.
  ///   - charts: of TensorBoard.
  ///   - interval: environment steps between two rows.
  ///   - step: at which the session begins.
  package init(_ table: TableFile, _ charts: TensorBoardWriter, every interval: Int, from step: Int)
  {
    self.table = table
    self.charts = charts
    self.interval = interval
    lastStep = step
    lastPoint = (clock.now, step)
  }

  /// Adds a row if it is time to.
  package func updateEnded(in training: any OngoingTraining) throws {
    let progress = training.progress
    defer { lastStep = progress.steps }
    guard progress.steps / interval > lastStep / interval else { return }
    let metrics = training.metrics
    let mean = training.log.meanReturn
    table.append(
      [
        .integer(progress.steps), .integer(progress.updates),
        .integer(training.log.releasedCount), mean.map { .number($0) } ?? .missing,
        .integer(progress.solvedAtStep == nil ? 0 : 1),
      ] + metrics.map { $0.value.map { .number($0) } ?? .missing })
    try table.flushIfLarge()
    var scalars = metrics.compactMap { metric in
      metric.value.map { (tag: "train/\(metric.name)", value: $0) }
    }
    if let mean { scalars.append((tag: "train/mean_return_100", value: mean)) }
    if let length = training.log.meanLength {
      scalars.append((tag: "train/mean_length_100", value: length))
    }
    let now = clock.now
    let seconds = lastPoint.time.duration(to: now) / .seconds(1)
    if seconds > 0 {
      let steps = Double(progress.steps - lastPoint.step)
      scalars.append((tag: "time/steps_per_second", value: steps / seconds))
    }
    lastPoint = (now, progress.steps)
    try charts.write(scalars, step: progress.steps)
  }
}

/// Writes `evaluations.csv` and the curves below `eval/`.
package final class EvaluationTable: TrainingCallback {
  /// The columns.
  package static let columns = [
    "evaluation", "step", "episodes", "mean_return", "deviation", "lowest", "highest",
  ]
  private let table: TableFile
  private let charts: TensorBoardWriter

  /// Writes to a table of these columns.
  package init(_ table: TableFile, _ charts: TensorBoardWriter) {
    self.table = table
    self.charts = charts
  }

  /// Adds a row.
  package func evaluationEnded(
    _ evaluation: Evaluation, in training: any OngoingTraining
  ) throws {
    let returns = evaluation.returns
    let mean = evaluation.meanReturn
    let deviation =
      returns.count > 1
      ? (returns.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(returns.count - 1))
        .squareRoot() : nil
    table.append([
      .integer(evaluation.number), .integer(evaluation.step), .integer(returns.count),
      .number(mean), deviation.map { .number($0) } ?? .missing, .number(returns.min() ?? mean),
      .number(returns.max() ?? mean),
    ])
    try table.flushIfLarge()
    var scalars = [(tag: "eval/mean_return", value: mean)]
    if let deviation { scalars.append((tag: "eval/deviation", value: deviation)) }
    try charts.write(scalars, step: evaluation.step)
  }
}

/// Shows the progress of a training on the console.
package final class ProgressLine: TrainingCallback {
  private let reporter: ProgressReporter

  /// Shows it by a reporter.
  package init(_ reporter: ProgressReporter) { self.reporter = reporter }

  /// Shows where training is, if it is time to.
  package func updateEnded(in training: any OngoingTraining) {
    reporter.update(Self.snapshot(training))
  }

  /// Leaves the last line.
  package func trainingEnded(in training: any OngoingTraining) {
    reporter.finish(Self.snapshot(training))
  }

  private static func snapshot(_ training: any OngoingTraining) -> ProgressSnapshot {
    ProgressSnapshot(
      steps: training.progress.steps, totalSteps: training.totalSteps,
      episodes: training.log.releasedCount, meanReturn: training.log.meanReturn,
      isSolved: training.progress.solvedAtStep != nil)
  }
}
