import Formats
import ReinforcementLearning

/// What a run writes down besides its tables; part of `config.yaml` where it was asked for.
package struct LogSettings: Codable, Hashable, Sendable, DescribedSettings {
  /// How events are written.
  package enum Format: String, Codable, CaseIterable, Sendable {
    /// A JSON object on each line of `log.jsonl`.
    case jsonl
  }

  /// The only one there is.
  package var log = Format.jsonl

  /// The setting.
  package static let key = "log"
  /// What it means.
  package static let descriptions = ["log": "jsonl: every event of the run as a line of log.jsonl."]

  /// A log.
  package init() {}
}

/// Writes `log.jsonl`: an object for each episode, each row of `progress.csv` and each evaluation.
///
/// There are the same numbers as in the tables and no clock times, so that a run that was stopped and goes on
/// has the same bytes.
package final class RunLog: TrainingCallback {
  private let file: LineFile
  private let interval: Int
  private var lastStep: Int
  /// Keys of the metrics, quoted.
  private let metricKeys: [String]

  /// Writes to a file.
  ///
  /// - Parameters:
  ///   - file: `log.jsonl`.
  ///   - interval: environment steps between two lines of progress.
  ///   - step: at which the session begins.
  ///   - training: whose metrics there are.
  /// - Throws: for a metric whose name is no text.
  package init(
    _ file: LineFile, every interval: Int, from step: Int, _ training: any OngoingTraining
  ) throws {
    self.file = file
    self.interval = interval
    lastStep = step
    metricKeys = try training.metrics.map { try JSONText.line($0.name) }
  }

  /// Adds a line.
  package func episodeEnded(
    _ episode: Episode, number: Int, in training: any OngoingTraining
  ) throws {
    write(
      "episode", training.progress.steps,
      [
        ("\"episode\"", "\(number)"), ("\"start\"", "\(episode.start.clock)"),
        ("\"lane\"", "\(episode.start.lane)"), ("\"length\"", "\(episode.length)"),
        ("\"return\"", Self.number(episode.totalReward)),
        ("\"outcome\"", "\"\(episode.outcome)\""),
      ])
  }

  /// Adds a line if it is time to.
  package func updateEnded(in training: any OngoingTraining) throws {
    let progress = training.progress
    defer { lastStep = progress.steps }
    if progress.steps / interval > lastStep / interval {
      let metrics = zip(metricKeys, training.metrics).map { ($0, Self.number($1.value)) }
      write(
        "progress", progress.steps,
        [
          ("\"updates\"", "\(progress.updates)"),
          ("\"episodes\"", "\(training.log.releasedCount)"),
          ("\"mean_return_100\"", Self.number(training.log.meanReturn)),
          ("\"mean_length_100\"", Self.number(training.log.meanLength)),
          ("\"solved\"", "\(progress.solvedAtStep != nil)"),
        ] + metrics)
      // Whoever follows the file wants to see it.
      try file.flush()
    }
    try file.flushIfLarge()
  }

  /// Adds a line.
  package func evaluationEnded(
    _ evaluation: Evaluation, in training: any OngoingTraining
  ) throws {
    write(
      "evaluation", evaluation.step,
      [
        ("\"evaluation\"", "\(evaluation.number)"),
        ("\"mean_return\"", Self.number(evaluation.meanReturn)),
        ("\"returns\"", "[\(evaluation.returns.map(Self.number).joined(separator: ","))]"),
      ])
  }

  private func write(_ event: String, _ step: Int, _ members: [(key: String, value: String)]) {
    file.append { line in
      line.append(contentsOf: "{\"event\":\"\(event)\",\"step\":\(step)".utf8)
      for (key, value) in members { line.append(contentsOf: ",\(key):\(value)".utf8) }
      line.append(UInt8(ascii: "}"))
    }
  }

  /// A number as JSON, which has none that is not finite.
  private static func number(_ value: Double?) -> String {
    value.map { $0.isFinite ? $0.description : "null" } ?? "null"
  }
}
