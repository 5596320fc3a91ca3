import ArgumentParser
import Estimators
import Foundation
import GSL
import Runs

/// `relax-lab toy`: the paper's experiment with one Bernoulli variable.
struct ToyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "toy",
    abstract: "Minimize E[(b − t)²] over one Bernoulli variable, with any estimators side by side.",
    discussion: """
      Writes summary.csv, curves.csv (loss, θ and log-variance, mean and 95 % interval over the \
      seeds), runs.csv (every seed), relaxations.csv (what REBAR and RELAX learned, beside the best \
      control variate there is), optimum.csv and temperatures.csv (the best one by quadrature), \
      and figures as SVG and PNG if gnuplot is installed. The estimators are \(ToyEstimator.all.map(\.name).joined(separator: ", ")).
      """)

  @Option(help: "t, which the variable is compared with; between 0 and 1.")
  var target = 0.499

  @Option(help: "Names of estimators, separated by commas, or 'all'.")
  var estimators =
    "exact,reinforce,reinforce-constant,reinforce-average,rloo,disarm,muprop,rebar,relax"

  @Option(help: "How many independent runs of each estimator.")
  var seeds = 10

  @Option(help: "The first seed.")
  var seed: UInt64 = 1

  @Option(help: "Training steps.")
  var steps = 10_000

  @Option(help: "Record every so many steps.")
  var every = 50

  @Flag(
    inversion: .prefixedNo,
    help: "Draw z̃ of REBAR and RELAX from the noise behind z, as in the paper.")
  var coupledNoise = true

  @Option(help: "Folder for the results.")
  var out = "toy-results"

  func validate() throws {
    guard target > 0, target < 1 else {
      throw ValidationError(
        "--target must lie between 0 and 1 but is \(target). The paper uses 0.499 and 0.45.")
    }
    guard seeds >= 2 else {
      throw ValidationError(
        "--seeds must be at least 2, since intervals are over seeds, but is \(seeds).")
    }
    for (name, value) in [("steps", steps), ("every", every)] where value < 1 {
      throw ValidationError("--\(name) must be at least 1 but is \(value).")
    }
    _ = try chosen()
  }

  private func chosen() throws -> [ToyEstimator] {
    if estimators == "all" { return ToyEstimator.all }
    return try estimators.split(separator: ",").map { name in
      guard let estimator = ToyEstimator.all.first(where: { $0.name == name.lowercased() }) else {
        let known = ToyEstimator.all.map(\.name)
        throw ValidationError(
          "There is no estimator '\(name)'; did you mean '\(nearestMatch(to: String(name), among: known) ?? "")'? "
            + "The choices are \(known.joined(separator: ", ")).")
      }
      return estimator
    }
  }

  func run() throws {
    let settings = ToySettings(
      target: target, steps: steps, seeds: (0..<UInt64(seeds)).map { seed &+ $0 }, interval: every,
      isCoupled: coupledNoise)
    let folder = try FigureFolder.make(out)
    var results: [ToyResult] = []
    var relaxations: [ToyTraining] = []
    print("estimator                         median loss    max loss  ln variance   steps/s")
    for estimator in try chosen() {
      let training = try ToyTraining(estimator, settings)
      var records: [ToyRecord] = []
      let duration = try ContinuousClock().measure { records = try training.run() }
      let result = ToyResult(estimator: estimator, records: records)
      results.append(result)
      if estimator.learnsRelaxation { relaxations.append(training) }
      guard let end = try ToySummary(result) else { continue }
      let rate = Double(steps * seeds) / (duration / .seconds(1))
      print(
        estimator.title.padding(toLength: 34, withPad: " ", startingAt: 0)
          + String(
            format: "%10.6f  %10.6f  %11.2f  %8.0f", end.medianLoss, end.losses.max() ?? .nan,
            end.medianLogVariance, rate))
    }
    let summaries = try results.compactMap { try ToySummary($0) }
    compare(summaries)
    let report = ToyReport(folder: folder, settings: settings)
    try report.writeSummary(summaries)
    try report.writeCurves(results)
    try report.writeRuns(results)
    try report.writeRelaxations(relaxations)
    try report.writeOptimum()
    try report.writeTemperatures()
    let figures = ToyFigures(settings: settings, estimators: results.map(\.estimator))
    let drawn = try FigureFolder(folder: folder).draw(figures.all)
    print("The results are in \(folder.path).\(drawn.note)")
  }

  /// Says how RELAX stands against the paper's two rivals, seed by seed.
  private func compare(_ summaries: [ToySummary]) {
    guard let relax = summaries.first(where: { $0.estimator.recipe == .relax }) else { return }
    let rivals: [EstimatorRecipe] = [.scoreFunction, .rebar]
    for rival in summaries where rivals.contains(rival.estimator.recipe) {
      let gap = String(format: "%.1f", rival.medianLogVariance - relax.medianLogVariance)
      print(
        "RELAX ends below \(rival.estimator.title) in \(relax.seedsBelow(rival)) of \(seeds) seeds; "
          + "its median ln variance is lower by \(gap).")
    }
  }
}
