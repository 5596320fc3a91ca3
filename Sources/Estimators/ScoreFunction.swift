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
