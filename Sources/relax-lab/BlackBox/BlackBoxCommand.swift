import ArgumentParser
import BlackBoxOptimization
import Foundation
import GSL
import Runs

/// `relax-lab blackbox`: many bits at once, chosen by a policy that must stay stochastic.
struct BlackBoxCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "blackbox",
    abstract: "Maximize E f + τ H over policies of many independent bits, estimators side by side.",
    discussion: """
      Each seed has an instance of its own, the same for every estimator. Regret is J* − J, exactly: \
      J = E f + τ H of the policy, and J* the best that exact ascent found. Ratios are of means over the \
      seeds, with 95 % intervals by the paired bootstrap. Settings are those that were tuned for the \
      task on seeds from 1000; --tune searches again, with as many trials for every estimator. The copy \
      task has one symbol after the other in place of bits, new sequences in every update, no entropy, \
      and as its regret 1 less the mean reward of what was written.

      Tasks: \(BlackBoxTask.allCases.map { "\($0.rawValue) (\($0.title))" }.joined(separator: ", ")).
      Estimators: \(BlackBoxEstimator.allCases.map(\.rawValue).joined(separator: ", ")).
      """)

  @Option(help: "The task.")
  var task = "quadratic"

  @Option(parsing: .unconditional, help: "κ, how much pairs of bits count against single ones.")
  var interaction: Double?

  @Option(help: "D, the number of bits; for copy the length of a sequence.")
  var variables: Int?

  @Option(parsing: .unconditional, help: "τ, the weight of the entropy.")
  var entropy: Double?

  @Option(help: "Updates of the policy.")
  var updates: Int?

  @Option(help: "K, evaluations of f in an update, for each observation if there are any.")
  var samples: Int?

  @Option(help: "Observations in an update, for tasks that have any.")
  var contexts: Int?

  @Option(help: "Names of estimators, separated by commas.")
  var estimators = "relax,rloo,average,surrogate"

  @Option(
    help: "The estimator that others are compared with; the first that is no RELAX if missing.")
  var against: String?

  @Option(help: "Seeds of the instances, such as 1-20 or 1,2,5-8.")
  var seeds = "1-20"

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "A setting in place of the tuned one: rate, falling (0 or 1) or second.",
      valueName: "estimator.key=value"))
  var assignments: [String] = []

  @Option(help: "Gradients behind each variance at half of the training; 0 leaves it out.")
  var draws = 0

  @Option(help: "Write the regret of every update as CSV, and a figure, to this folder.")
  var out: String?

  @Flag(help: "Search for settings instead of comparing; use seeds from 1000.")
  var tune = false

  @Flag(help: "Print the results as one line of JSON at the end.")
  var json = false

  func validate() throws { _ = try request() }

  func run() throws {
    let request = try request()
    if tune { return try search(request) }
    let folder = try out.map(FigureFolder.make)
    let comparison = request.comparison
    let instances = comparison.instances()
    var results: [BlackBoxResult] = []
    for (estimator, settings) in request.estimators {
      do {
        results.append(
          BlackBoxResult(
            estimator: estimator, settings: settings,
            runs: try comparison.runs(of: estimator, settings, on: instances)))
      } catch { throw StoppedEstimator(estimator: estimator, cause: error) }
    }
    guard let reference = results.first(where: { $0.estimator == request.reference }) else {
      return
    }
    let report = BlackBoxReport(
      comparison: comparison, results: results, reference: reference,
      optima: Dictionary(instances.map { ("\($0.seed)", $0.optimum) }) { first, _ in first })
    StandardStreams.output(report.text)
    if let folder {
      let figures = BlackBoxFigures(comparison: comparison, results: results)
      StandardStreams.output(try figures.write(to: folder) + "\n")
    }
    if json { StandardStreams.output(try report.json() + "\n") }
  }

  private func search(_ request: BlackBoxRequest) throws {
    let tuning = BlackBoxTuning(
      comparison: request.comparison, instances: request.comparison.instances())
    var rows: [String] = []
    for (estimator, _) in request.estimators {
      let best = try tuning.best(of: estimator) { settings, regret in
        StandardStreams.output(
          "\(estimator.rawValue): \(BlackBoxReport.text(settings, estimator)): "
            + String(format: "%.4f\n", regret))
      }
      rows.append(
        "        .\(estimator): BlackBoxSettings(rate: \(best.rate), falls: \(best.falls), "
          + "second: \(best.second)),")
    }
    let sizes = request.comparison.sizes
    StandardStreams.output(
      """
          TunedSettings(
            task: .\(request.comparison.task.rawValue),
            sizes: BlackBoxSizes(
              interaction: \(sizes.interaction), variables: \(sizes.variables), entropy: \(sizes.entropy),
              updates: \(sizes.updates), samples: \(sizes.samples), contexts: \(sizes.contexts)),
            settings: [
      \(rows.joined(separator: "\n"))
            ]),

      """)
  }
}

/// What ended the work of an estimator.
private struct StoppedEstimator: Error, CustomStringConvertible {
  let estimator: BlackBoxEstimator
  let cause: any Error

  var description: String { "The estimator \(estimator.rawValue) stopped. \(cause)" }
}
