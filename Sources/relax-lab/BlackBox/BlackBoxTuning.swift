import BlackBoxOptimization

/// The search for settings: as many trials for every estimator, on instances that no table is made with.
///
/// First four learning rates, each constant and falling; then four values of the second setting where an
/// estimator has one; then four learning rates around the best one, and four more, closer to it, where there
/// is no second setting.
struct BlackBoxTuning {
  /// The trials of an estimator.
  static let trials = 16
  private static let rates = [0.02, 0.04, 0.08, 0.16]

  let comparison: BlackBoxComparison
  let instances: [BlackBoxComparison.Instance]

  /// The best settings of an estimator.
  ///
  /// - Parameters:
  ///   - estimator: whose.
  ///   - report: told of every trial and its mean regret.
  /// - Returns: the settings with the least mean regret.
  /// - Throws: when f or a gradient is not finite.
  func best(
    of estimator: BlackBoxEstimator, report: (BlackBoxSettings, Double) -> Void
  ) throws -> BlackBoxSettings {
    var known: [BlackBoxSettings: Double] = [:]
    func least() -> BlackBoxSettings {
      known.min { $0.value < $1.value }?.key ?? TunedSettings.usual(estimator)
    }
    func attempt(_ settings: BlackBoxSettings) throws {
      let runs = try comparison.runs(of: estimator, settings, on: instances)
      let regret = runs.reduce(0) { $0 + $1.meanRegret } / Double(runs.count)
      known[settings] = regret
      report(settings, regret)
    }
    func refine(_ factors: [Double]) throws {
      let center = least()
      for factor in factors {
        // To four decimals, as it can be typed.
        let rate = (center.rate * factor * 1e4).rounded() / 1e4
        try attempt(BlackBoxSettings(rate: rate, falls: center.falls, second: center.second))
      }
    }
    let usual = TunedSettings.usual(estimator)
    for falls in [false, true] {
      for rate in Self.rates {
        try attempt(BlackBoxSettings(rate: rate, falls: falls, second: usual.second))
      }
    }
    if let second = estimator.secondSetting {
      let first = least()
      for value in Self.values(of: second) {
        try attempt(BlackBoxSettings(rate: first.rate, falls: first.falls, second: value))
      }
    }
    try refine([0.6, 0.8, 1.25, 1.6])
    if estimator.secondSetting == nil { try refine([0.87, 0.93, 1.07, 1.15]) }
    return least()
  }

  private static func values(of second: BlackBoxEstimator.SecondSetting) -> [Double] {
    switch second {
    case .controlRate: [0.001, 0.003, 0.005, 0.02]
    case .decay: [0.5, 0.8, 0.95, 0.98]
    case .memory: [0.95, 0.97, 0.995, 0.999]
    }
  }
}
