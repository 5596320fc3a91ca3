import Foundation
import GSL
import Runs

/// A table of cells, each some settings over some seeds, beside what was published.
package struct CellTable {
  /// One finished run.
  struct Run {
    let configuration: VAEConfiguration
    let summary: VAESummary

    /// Whether it has the images and the latents of the published runs.
    var isLikePublished: Bool {
      PublishedTable.applies(to: summary, latents: configuration.latents)
    }

    /// What was published of its cell.
    var published: (training: Double?, validation: Double?) {
      guard isLikePublished else { return (nil, nil) }
      let estimator = configuration.estimation.estimator
      return (
        PublishedTable.training(configuration.dataset, configuration.model, estimator),
        PublishedTable.validation(configuration.dataset, configuration.model, estimator)
      )
    }
  }

  /// A run that cannot reach its last step.
  private struct Failure {
    let configuration: VAEConfiguration
    let reason: String
  }

  private(set) var runs: [Run] = []
  private var failures: [Failure] = []

  /// A table without runs.
  package init() {}

  /// Adds a run if the steps that it has made were ended with a summary.
  package mutating func add(_ record: VAERunRecord) {
    guard let summary = record.summary else { return }
    var configuration = record.configuration
    configuration.steps = summary.steps
    runs.append(Run(configuration: configuration, summary: summary))
  }

  /// Adds a run that cannot reach its last step, which is named below the table.
  package mutating func addFailure(_ configuration: VAEConfiguration, reason: String) {
    failures.append(Failure(configuration: configuration, reason: reason))
  }

  /// The table in Markdown: means over the seeds with 95 % intervals, and paired differences.
  package var markdown: String {
    var lines = [
      "Bounds in nats per image; mean and 95 % interval over the seeds. The training and the "
        + "validation ELBO are the highest of each run.", "",
    ]
    if !runs.isEmpty {
      lines += markdownTable(columns.map { column in [column.title] + cells.map(column.text) })
    }
    let differences = pairedDifferences
    if !differences.isEmpty {
      lines += ["", "Relaxed REBAR minus REBAR, highest training ELBO, seed by seed:", ""]
      lines += differences
    }
    if runs.contains(where: { $0.published != (nil, nil) }) {
      lines += ["", "Published runs have 2,000,000 steps and another binarization."]
    }
    if !runs.allSatisfy(\.isLikePublished) {
      lines += [
        "",
        "Published numbers stand only beside 200 latents and the published split: MNIST 50,000 / "
          + "10,000 / 10,000 and Omniglot 23,000 / 1,345 / 8,070 images of 784 pixels.",
      ]
    }
    if !failures.isEmpty {
      lines += ["", "Runs that failed and are not in the table:", ""]
      lines += failures.map {
        "* \($0.configuration.model.rawValue), \($0.configuration.estimation.estimator.title), seed "
          + "\($0.configuration.seed): \($0.reason)"
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Runs that differ in their seeds alone, and perhaps in where their data lie.
  private struct Cell {
    let settings: VAEConfiguration
    var runs: [Run]
  }

  private var cells: [Cell] {
    runs.reduce(into: []) { cells, run in
      var settings = run.configuration
      (settings.seed, settings.data) = (0, nil)
      if let place = cells.firstIndex(where: { $0.settings == settings }) {
        cells[place].runs.append(run)
      } else {
        cells.append(Cell(settings: settings, runs: [run]))
      }
    }
  }

  private var columns: [(title: String, text: (Cell) -> String)] {
    func mean(_ value: @escaping (Run) -> Double?) -> (Cell) -> String {
      { Self.text($0.runs.compactMap(value)) }
    }
    func published(_ value: @escaping (Run) -> Double?) -> (Cell) -> String {
      { $0.runs.first.flatMap(value).map { String(format: "%.2f", $0) } ?? "" }
    }
    var columns: [(title: String, text: (Cell) -> String)] = [
      ("data", { $0.settings.dataset.rawValue }),
      ("model", { $0.settings.model.rawValue }),
      ("estimator", { $0.settings.estimation.estimator.title }),
      ("scope", { $0.settings.estimation.scope.rawValue }),
      ("evaluations of f", { $0.runs.first.map { "\($0.summary.evaluationsPerStep)" } ?? "" }),
      ("steps", { NumberText.grouped($0.settings.steps) }),
      ("seeds", { "\($0.runs.count)" }),
      ("training ELBO, 1 sample", mean(\.summary.bestTrainELBO)),
      ("published", published(\.published.training)),
      ("validation ELBO, 1 sample", mean(\.summary.bestValidationELBO)),
    ]
    let samples = Set(runs.map(\.summary.boundSamples)).subtracting([0]).sorted()
    if !samples.isEmpty {
      let bound = "validation bound, \(samples.map { "\($0)" }.joined(separator: " or ")) samples"
      columns += [
        ("\(bound), where the validation ELBO is highest", mean(\.summary.validationBoundAtBest)),
        ("\(bound), at the end", mean(\.summary.validationBoundAtEnd)),
      ]
    }
    return columns + [
      ("published, 100 samples", published(\.published.validation)),
      ("steps/s", { Self.grouped($0.runs.map(\.summary.stepsPerSecond)) }),
    ]
  }

  private var pairedDifferences: [String] {
    let rows = cells.filter { $0.settings.estimation.estimator == .relaxedREBAR }
      .compactMap { relaxed -> [String]? in
        var settings = relaxed.settings
        settings.estimation.estimator = .rebar
        guard let other = cells.first(where: { $0.settings == settings }) else { return nil }
        let differences = relaxed.runs.compactMap { run -> Double? in
          let partner = other.runs.first { $0.configuration.seed == run.configuration.seed }
          return partner.map { run.summary.bestTrainELBO - $0.summary.bestTrainELBO }
        }
        guard !differences.isEmpty else { return nil }
        return [
          settings.dataset.rawValue, settings.model.rawValue, NumberText.grouped(settings.steps),
          "\(differences.count)", Self.text(differences),
        ]
      }
    guard let first = rows.first else { return [] }
    let titles = ["data", "model", "steps", "seeds", "difference"]
    return markdownTable(first.indices.map { column in [titles[column]] + rows.map { $0[column] } })
  }

  /// The lines of a table from its columns, each with its title first.
  private func markdownTable(_ columns: [[String]]) -> [String] {
    func line(_ texts: [String]) -> String { "| " + texts.joined(separator: " | ") + " |" }
    let rows = (columns.first ?? []).indices.map { row in line(columns.map { $0[row] }) }
    return rows.prefix(1) + [line(columns.map { _ in "---" })] + rows.dropFirst()
  }

  private static func text(_ values: [Double]) -> String {
    guard let first = values.first else { return "" }
    guard values.count > 1, let interval = try? ConfidenceInterval(ofMean: values) else {
      return String(format: "%.2f", first)
    }
    return String(format: "%.2f (%.2f to %.2f)", interval.mean, interval.lower, interval.upper)
  }

  private static func grouped(_ rates: [Double]) -> String {
    NumberText.grouped(Int((rates.reduce(0, +) / Double(max(1, rates.count))).rounded()))
  }
}
