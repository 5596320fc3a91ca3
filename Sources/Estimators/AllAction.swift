import Differentiation
import Distributions

/// The exact control variate for a few classes: (f(b) − c(b)) ∇ log p(b) + Σ_k c(k) ∇ θ_k.
///
/// Unbiased for any c, by enumeration instead of relaxation: no Gumbel variates, no second sample.
/// With c = f it is the exact gradient. Known as the all-action or mean actor-critic gradient
/// (Allen et al., 2017) when the score term is left out. One evaluation of f and one of c for each
/// class per estimate.
public struct AllAction {
  /// An estimator without settings.
  public init() {}

  /// The estimate for a class that was drawn.
  ///
  /// - Parameters:
  ///   - distribution: what the class was drawn from, one variable per row.
  ///   - value: b, one-hot `[R, A]`.
  ///   - signal: `[R]`, f(b), possibly minus a baseline; treated as a constant.
  ///   - controlVariate: c of every class, `[R, A]`.
  /// - Returns: the estimate, row by row.
  public func estimate(
    _ distribution: Categorical, value: Tensor, signal: Tensor, controlVariate: Tensor
  ) -> GradientEstimate {
    precondition(
      distribution.variableCount == 1,
      "AllAction enumerates one variable per row but there are \(distribution.variableCount).")
    let value = value.stopGradient()
    let score = scoreFunction(of: distribution, value: value)
    let residual = signal.stopGradient() - (value * controlVariate).sum(axis: 1)
    // c does not depend on the logits, so this is Σ_k c(k) ∇ θ_k, and still a function of φ.
    let expectation = gradient(
      of: (distribution.logProbabilities.exp() * controlVariate).sum(),
      withRespectTo: distribution.parameters)
    return GradientEstimate(
      parameters: distribution.parameters,
      distributionGradient: [scaledRows(score[0], by: residual) + expectation[0]])
  }
}
