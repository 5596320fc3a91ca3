import BlackBoxOptimization
import Formats
import Foundation
import GSL
import Runs

/// The tables of a comparison.
struct BlackBoxReport {
  let comparison: BlackBoxComparison
  let results: [BlackBoxResult]
  let reference: BlackBoxResult
  /// J* by seed.
  let optima: [String: Double]

  /// For people.
  var text: String {
    var lines = [
      column("estimator", 20) + "mean regret        last 5 %           "
        + "over \(reference.estimator.title): mean    last 5 %            gain in J"
        + "               wins        variance             settings"
    ]
    for result in results {
      var line = column(result.estimator.title, 20)
      line += column(estimate(result.meanRegrets), 19) + column(estimate(result.lastRegrets), 19)
      if result.estimator == reference.estimator {
        line += column("", 77)
      } else {
        let mean = PairedRegrets(result.meanRegrets, over: reference.meanRegrets)
        let last = PairedRegrets(result.lastRegrets, over: reference.lastRegrets)
        line += column(interval(mean.ratio, 2), 20) + column(interval(last.ratio, 2), 20)
        line += column(interval(mean.gain, 3), 25)
        line += column("\(mean.wins) of \(comparison.seeds.count)", 12)
      }
      line += column(result.varianceRatio.map { interval($0, 3) } ?? "", 21)
      lines.append(line + Self.text(result.settings, result.estimator))
    }
    let deviations = results.compactMap { result in
      result.runs.compactMap { $0.frozen?.deviation }.max()
    }
    if let largest = deviations.max() {
      lines.append(
        "Variance: at half of the training, over that of \(comparison.sizes.samples > 1 ? "RLOO" : "REINFORCE") "
          + "at the same policy. Along the exact gradient, no mean is off by more than "
          + String(format: "%.1f", largest) + " standard errors.")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  static func text(_ settings: BlackBoxSettings, _ estimator: BlackBoxEstimator) -> String {
    var text = "rate \(settings.rate)\(settings.falls ? " falling" : "")"
    if let second = estimator.secondSetting { text += ", \(second.rawValue) \(settings.second)" }
    return text
  }

  private func estimate(_ values: [Double]) -> String {
    guard let interval = try? ConfidenceInterval(ofMean: values) else {
      return String(format: "%.4f", values.first ?? .nan)
    }
    return String(format: "%.4f ± %.4f", interval.mean, interval.mean - interval.lower)
  }

  private func interval(_ interval: BootstrapInterval, _ decimals: Int) -> String {
    // Two seeds, drawn again and again, say nothing of others.
    guard comparison.seeds.count > 2 else {
      return String(format: "%.*f", decimals, interval.estimate)
    }
    return String(
      format: "%.*f [%.*f, %.*f]", decimals, interval.estimate, decimals, interval.lower, decimals,
      interval.upper)
  }

  private func column(_ text: String, _ width: Int) -> String {
    text.padding(toLength: max(width, text.count + 1), withPad: " ", startingAt: 0)
  }

  /// For programs, on one line.
  func json() throws -> String { try JSONText.line(BlackBoxJSON(self)) }
}

/// What `--json` prints.
struct BlackBoxJSON: Encodable {
  struct Interval: Encodable {
    let estimate, lower, upper: Double

    init(_ interval: BootstrapInterval) {
      (estimate, lower, upper) = (interval.estimate, interval.lower, interval.upper)
    }
  }

  struct Against: Encodable {
    let mean_regret_ratio, last_regret_ratio, mean_regret_gain, last_regret_gain: Interval
    let wins, last_wins: Int
  }

  struct Estimator: Encodable {
    /// By seed.
    let mean_regret, last_regret: [String: Double]
    let rate: Double
    let falling: Bool
    let second_setting: Double?
    let variance_ratio: Interval?
    let bias_in_standard_errors: Double?
    let against: Against?
  }

  let task: String
  let interaction, entropy: Double
  let variables, updates, samples, contexts: Int
  let seeds: [UInt64]
  let against: String
  /// By seed.
  let optimum: [String: Double]
  let estimators: [String: Estimator]

  init(_ report: BlackBoxReport) {
    let comparison = report.comparison
    task = comparison.task.rawValue
    (interaction, entropy) = (comparison.sizes.interaction, comparison.sizes.entropy)
    (variables, updates) = (comparison.sizes.variables, comparison.sizes.updates)
    (samples, contexts) = (comparison.sizes.samples, comparison.sizes.contexts)
    seeds = comparison.seeds
    against = report.reference.estimator.rawValue
    optimum = report.optima
    func bySeed(_ values: [Double]) -> [String: Double] {
      Dictionary(zip(comparison.seeds.map { "\($0)" }, values)) { first, _ in first }
    }
    estimators = Dictionary(
      report.results.map { result in
        let isReference = result.estimator == report.reference.estimator
        let mean = PairedRegrets(result.meanRegrets, over: report.reference.meanRegrets)
        let last = PairedRegrets(result.lastRegrets, over: report.reference.lastRegrets)
        return (
          result.estimator.rawValue,
          Estimator(
            mean_regret: bySeed(result.meanRegrets), last_regret: bySeed(result.lastRegrets),
            rate: result.settings.rate, falling: result.settings.falls,
            second_setting: result.estimator.secondSetting == nil ? nil : result.settings.second,
            variance_ratio: result.varianceRatio.map { Interval($0) },
            bias_in_standard_errors: result.runs.compactMap { $0.frozen?.deviation }.max(),
            against: isReference
              ? nil
              : Against(
                mean_regret_ratio: Interval(mean.ratio), last_regret_ratio: Interval(last.ratio),
                mean_regret_gain: Interval(mean.gain), last_regret_gain: Interval(last.gain),
                wins: mean.wins, last_wins: last.wins))
        )
      }
    ) { first, _ in first }
  }
}
