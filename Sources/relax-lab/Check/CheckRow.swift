import Distributions
import Estimators
import GSL

/// What was measured of one estimator on one problem.
struct CheckRow {
  /// In standard errors of the mean.
  let bias: Double
  /// Summed over the parameters.
  let variance: Double
  /// Time of one gradient, noise and f included.
  let nanoseconds: Double

  private static let rows = 2000

  init(_ problem: CheckProblem, _ method: CheckMethod, draws: Int, seed: UInt64) throws {
    let sampler = GradientSampler(rows: Self.rows)
    let estimate = method.estimate(problem, sampler)
    var stream = RandomStream(seed: seed, purpose: "estimator-check")
    let runs = (draws + Self.rows - 1) / Self.rows
    let clock = ContinuousClock()
    let start = clock.now
    let moments = try sampler.sample(estimate.distributionGradient, runs: runs) { kind, span in
      switch kind {
      case .exponential: stream.fillExponential(&span)
      case .logistic: stream.fillLogistic(&span)
      case .normal: stream.fillGaussian(&span)
      }
    }
    nanoseconds = (clock.now - start) / .nanoseconds(1) / Double(moments.draws)
    bias = moments.deviation(from: try problem.exactGradient())
    variance = moments.variances.reduce(0, +)
  }
}
