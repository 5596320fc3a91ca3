import BlackBoxOptimization

extension TunedSettings {
  /// The table; `relax-lab blackbox --tune` prints a row of it.
  static let all: [TunedSettings] = []
}
