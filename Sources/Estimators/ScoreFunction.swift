import Differentiation
import Distributions

/// REINFORCE: (f(b) − baseline) ∇ log p(b).
///
/// Williams (1992). Unbiased for any f and any baseline that does not depend on b. One evaluation
/// of f per estimate.
public struct ScoreFunction {
  /// An estimator without settings; the baseline is part of the signal.
  public init() {}

  /// The estimate for values that were drawn.
  ///
  /// - Parameters:
  ///   - distribution: what the values were drawn from.
  ///   - value: b.
  ///   - signal: `[R]`, f(b) minus a baseline; treated as a constant.
  /// - Returns: the estimate, row by row.
  public func estimate(
    _ distribution: some Distribution, value: Tensor, signal: Tensor
  ) -> GradientEstimate {
    let score = scoreFunction(of: distribution, value: value)
    let signal = signal.stopGradient()
    return GradientEstimate(
      parameters: distribution.parameters,
      distributionGradient: score.map { scaledRows($0, by: signal) })
  }
}

extension EstimatorRecipe {
  /// REINFORCE without a baseline, or with one that is part of the signal.
  public static let scoreFunction = EstimatorRecipe(
    "reinforce", settingName: "score-function", title: "REINFORCE", serves: { _ in true },
    evaluations: .fixed(1)
  ) { inputs in
    let value = inputs.sample()
    let signal = inputs.signal(value)
    return BuiltEstimate(
      ScoreFunction().estimate(inputs.distribution, value: value, signal: signal), signal: signal)
  }

  /// REINFORCE with a baseline that was chosen.
  public static let constantBaseline = EstimatorRecipe(
    "reinforce-constant", title: "REINFORCE", detail: "constant baseline", serves: { _ in true },
    control: [.baseline], evaluations: .fixed(1)
  ) { $0.scoreWithBaseline() }

  /// REINFORCE with a running mean of f as its baseline.
  public static let movingAverage = EstimatorRecipe(
    "reinforce-average", title: "REINFORCE", detail: "moving average", serves: { _ in true },
    control: [.baseline], training: .average, evaluations: .fixed(1)
  ) { $0.scoreWithBaseline() }
}

extension EstimatorInputs {
  fileprivate func scoreWithBaseline() -> BuiltEstimate {
    let value = sample()
    let signal = signal(value)
    let baseline = required(baseline, "a baseline")
    return BuiltEstimate(
      ScoreFunction().estimate(distribution, value: value, signal: signal - baseline),
      signal: signal)
  }
}
