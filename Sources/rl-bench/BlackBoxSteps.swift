import BlackBoxOptimization
import BlackBoxes
import GSL

/// Training steps on a quadratic function of 100 bits, four evaluations each, as `relax-lab blackbox` makes them.
final class BlackBoxSteps {
  static let (variables, samples) = (100, 4)
  private static let settings = BlackBoxSettings(rate: 0.01, falls: false, second: 0.01)

  private let training: BlackBoxTraining

  init(_ estimator: BlackBoxEstimator) throws {
    var stream = RandomStream(seed: 1, purpose: "benchmark-black-box")
    let function = QuadraticPseudoBoolean(
      variables: Self.variables, interaction: 0.3, from: &stream)
    training = try BlackBoxTraining(
      estimator,
      BlackBoxShape(
        variables: Self.variables, contextSize: 0, contexts: 1, samples: Self.samples,
        entropyWeight: 0.15))
    training.start(.fixed(function), Self.settings, seed: 1)
  }

  func step() throws { try training.update(Self.settings, progress: 0) }
}
