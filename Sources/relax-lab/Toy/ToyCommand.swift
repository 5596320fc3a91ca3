import ArgumentParser
import Foundation
import GSL

/// `relax-lab toy`: the paper's experiment with one Bernoulli variable.
struct ToyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "toy",
    abstract: "Minimize E[(b − t)²] over one Bernoulli variable, with any estimators side by side.",
    discussion: """
      Writes curves.csv (loss, θ and log-variance, mean and 95 % interval over the seeds), runs.csv \
      (every seed), relaxations.csv and optimum.csv, and figures as SVG and PNG if gnuplot is \
      installed. The estimators are \(ToyEstimator.allCases.map(\.rawValue).joined(separator: ", ")).
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
    if estimators == "all" { return ToyEstimator.allCases }
    return try estimators.split(separator: ",").map { name in
      guard let estimator = ToyEstimator(rawValue: name.lowercased()) else {
        let known = ToyEstimator.allCases.map(\.rawValue)
        throw ValidationError(
          "There is no estimator '\(name)'; did you mean '\(closest(to: String(name), in: known))'? "
            + "The choices are \(known.joined(separator: ", ")).")
      }
      return estimator
    }
  }

  func run() throws {
    let settings = ToySettings(
      target: target, steps: steps, seeds: (0..<UInt64(seeds)).map { seed &+ $0 }, interval: every)
    let folder = URL(fileURLWithPath: out, isDirectory: true)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    var results: [(estimator: ToyEstimator, records: [ToyRecord])] = []
    var relaxations: [ToyTraining] = []
    print("estimator                         median loss    max loss  ln variance   steps/s")
    for estimator in try chosen() {
      let training = try ToyTraining(estimator, settings)
      var records: [ToyRecord] = []
      let duration = try ContinuousClock().measure { records = try training.run() }
      results.append((estimator, records))
      if estimator == .rebar || estimator == .relax { relaxations.append(training) }
      if let last = records.last {
        let rate = Double(steps * seeds) / (duration / .seconds(1))
        print(
          estimator.title.padding(toLength: 34, withPad: " ", startingAt: 0)
            + String(
              format: "%10.6f  %10.6f  %11.2f  %8.0f", try Statistics.median(last.losses),
              last.losses.max() ?? .nan, try Statistics.median(last.logVariances), rate))
      }
    }
    let report = ToyReport(folder: folder, settings: settings)
    try report.writeCurves(results)
    try report.writeRuns(results)
    try report.writeRelaxations(relaxations)
    try report.writeOptimum()
    let drawn = report.drawFigures(results.map(\.estimator))
    print("The results are in \(folder.path)\(drawn ? "" : "; install gnuplot for figures").")
  }
}

/// The candidate that takes the fewest changes of a character.
func closest(to word: String, in candidates: [String]) -> String {
  func distance(_ a: [Character], _ b: [Character]) -> Int {
    var row = Array(0...b.count)
    for (i, x) in a.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, y) in b.enumerated() {
        let above = row[j + 1]
        row[j + 1] = min(above + 1, row[j] + 1, diagonal + (x == y ? 0 : 1))
        diagonal = above
      }
    }
    return row[b.count]
  }
  let letters = Array(word.lowercased())
  return candidates.min { distance(letters, Array($0)) < distance(letters, Array($1)) } ?? ""
}
