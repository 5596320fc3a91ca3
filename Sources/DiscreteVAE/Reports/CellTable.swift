import Foundation
import GSL
import RelaxRL

/// A table of cells, each a data set, a model and an estimator over some seeds, beside what was
/// published.
package struct CellTable {
  /// One finished run.
  package struct Run {
    let configuration: VAEConfiguration
    let summary: VAESummary
  }

  private var runs: [Run] = []

  /// A table without runs.
  package init() {}

  /// Adds the run of a folder if it is finished.
  package mutating func add(folder: String) throws {
    guard let bytes = try? FileSystem.uninterrupted.read("\(folder)/summary.json") else { return }
    runs.append(
      Run(
        configuration: try VAESession.configuration(of: folder),
        summary: try JSONDecoder().decode(VAESummary.self, from: Data(bytes))))
  }

  /// The summary of a folder's run, if it ended.
  package static func summary(of folder: String) -> VAESummary? {
    guard let bytes = try? FileSystem.uninterrupted.read("\(folder)/summary.json") else {
      return nil
    }
    return try? JSONDecoder().decode(VAESummary.self, from: Data(bytes))
  }

  private struct Cell: Hashable {
    let dataset: Dataset
    let model: ModelKind
    let estimator: VAEEstimator
    let scope: ControlScope
    let steps: Int
  }

  private var cells: [(cell: Cell, runs: [Run])] {
    var order: [Cell] = []
    var groups: [Cell: [Run]] = [:]
    for run in runs {
      let cell = Cell(
        dataset: run.configuration.dataset, model: run.configuration.model,
        estimator: run.configuration.estimation.estimator,
        scope: run.configuration.estimation.scope, steps: run.summary.steps)
      if groups[cell] == nil { order.append(cell) }
      groups[cell, default: []].append(run)
    }
    return order.map { ($0, groups[$0] ?? []) }
  }

  /// Every run, one line each.
  package var csv: String {
    var lines = [
      "dataset,model,estimator,scope,seed,steps,highest_train_elbo_1_sample,"
        + "highest_validation_elbo_1_sample,test_elbo_1_sample,validation_importance_weighted_bound,"
        + "test_importance_weighted_bound,bound_samples,published_train,published_validation"
    ]
    for run in runs {
      let (c, s) = (run.configuration, run.summary)
      let estimator = c.estimation.estimator
      let numbers: [Double?] = [
        s.bestTrainELBO, s.bestValidationELBO, s.testELBO, s.validationImportanceWeightedBound,
        s.testImportanceWeightedBound,
      ]
      let published = [
        PublishedTable.training(c.dataset, c.model, estimator),
        PublishedTable.validation(c.dataset, c.model, estimator),
      ]
      lines.append(
        "\(c.dataset.rawValue),\(c.model.rawValue),\(estimator.rawValue),"
          + "\(c.estimation.scope.rawValue),\(c.seed),\(s.steps),"
          + numbers.map { $0.map { "\($0)" } ?? "" }.joined(separator: ",") + ",\(s.boundSamples),"
          + published.map { $0.map { "\($0)" } ?? "" }.joined(separator: ","))
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The table in Markdown: means over the seeds with 95 % intervals, and paired differences.
  package var markdown: String {
    var lines = [
      "Bounds in nats per image, the highest of each run; mean and 95 % interval over the seeds.",
      "Published runs have 2,000,000 steps and another binarization.", "",
      "| data | model | estimator | scope | steps | seeds | training ELBO, 1 sample | published "
        + "| validation ELBO, 1 sample | validation bound, K samples | published, 100 samples |",
      "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for (cell, runs) in cells {
      let published = [
        PublishedTable.training(cell.dataset, cell.model, cell.estimator),
        PublishedTable.validation(cell.dataset, cell.model, cell.estimator),
      ].map { $0.map { String(format: "%.2f", $0) } ?? "" }
      lines.append(
        "| "
          + [
            cell.dataset.rawValue, cell.model.rawValue, cell.estimator.title, cell.scope.rawValue,
            NumberText.grouped(cell.steps), "\(runs.count)",
            Self.text(runs.map(\.summary.bestTrainELBO)), published[0],
            Self.text(runs.map(\.summary.bestValidationELBO)),
            Self.text(runs.compactMap(\.summary.validationImportanceWeightedBound)), published[1],
          ].joined(separator: " | ") + " |")
    }
    let differences = pairedDifferences
    if !differences.isEmpty {
      lines += [
        "", "Relaxed REBAR minus REBAR, training ELBO, seed by seed:", "",
        "| data | model | steps | seeds | difference |", "| --- | --- | --- | --- | --- |",
      ]
      lines += differences
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private var pairedDifferences: [String] {
    let cells = cells
    return cells.filter { $0.cell.estimator == .relaxedREBAR }.compactMap { relaxed in
      let other = cells.first {
        $0.cell.estimator == .rebar && $0.cell.dataset == relaxed.cell.dataset
          && $0.cell.model == relaxed.cell.model && $0.cell.scope == relaxed.cell.scope
          && $0.cell.steps == relaxed.cell.steps
      }
      guard let other else { return nil }
      let differences = relaxed.runs.compactMap { run -> Double? in
        let partner = other.runs.first { $0.configuration.seed == run.configuration.seed }
        return partner.map { run.summary.bestTrainELBO - $0.summary.bestTrainELBO }
      }
      guard !differences.isEmpty else { return nil }
      return "| \(relaxed.cell.dataset.rawValue) | \(relaxed.cell.model.rawValue) | "
        + "\(NumberText.grouped(relaxed.cell.steps)) | \(differences.count) | "
        + "\(Self.text(differences)) |"
    }
  }

  private static func text(_ values: [Double]) -> String {
    guard let first = values.first else { return "" }
    guard values.count > 1, let interval = try? ConfidenceInterval(ofMean: values) else {
      return String(format: "%.2f", first)
    }
    return String(format: "%.2f (%.2f to %.2f)", interval.mean, interval.lower, interval.upper)
  }
}
