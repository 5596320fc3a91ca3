import BlackBoxOptimization
import Foundation

/// What `--tune` found for a task of certain sizes, on seeds from 1000.
struct TunedSettings: Sendable {
  let task: BlackBoxTask
  let sizes: BlackBoxSizes
  let settings: [BlackBoxEstimator: BlackBoxSettings]

  /// What was tuned for the sizes that are nearest to the given ones.
  static func settings(
    of estimator: BlackBoxEstimator, for task: BlackBoxTask, _ sizes: BlackBoxSizes
  ) -> BlackBoxSettings {
    let known = all.filter { $0.task == task && $0.settings[estimator] != nil }
    let nearest = known.min { $0.distance(to: sizes) < $1.distance(to: sizes) }
    return nearest?.settings[estimator] ?? usual(estimator)
  }

  /// Where a search begins, and what is used where none was made.
  static func usual(_ estimator: BlackBoxEstimator) -> BlackBoxSettings {
    let second: Double =
      switch estimator.secondSetting {
      case .controlRate: 0.01
      case .decay: 0.9
      case .memory: 0.99
      case nil: 0
      }
    return BlackBoxSettings(rate: 0.08, falls: false, second: second)
  }

  private func distance(to other: BlackBoxSizes) -> Double {
    func gap(_ one: Int, _ other: Int) -> Double { abs(log(Double(one) / Double(other))) }
    return 10 * abs(sizes.entropy - other.entropy) + abs(sizes.interaction - other.interaction)
      + gap(sizes.variables, other.variables) + gap(sizes.samples, other.samples)
      + 0.5 * gap(sizes.updates, other.updates) + 0.5 * gap(sizes.contexts, other.contexts)
  }
}
