import Differentiation
import Distributions

/// (f(b) − c(b)) ∇ log p(b) + ∇ E c(b), where the expectation of c has a closed form.
///
/// Unbiased for any such c, and without the noise that ``LAX`` brings in by differentiating c at the one sample.
/// ``AllAction`` is this for a c of few values. One evaluation of f and one of c per estimate.
public struct ClosedFormControlVariate {
  /// An estimator without settings.
  public init() {}

  /// The estimate for values that were drawn.
  ///
  /// - Parameters:
  ///   - distribution: what the values were drawn from.
  ///   - value: b.
  ///   - signal: `[R]`, f(b), possibly minus a baseline; treated as a constant.
  ///   - controlVariate: `[R]`, c(b). Derivatives by the parameters do not pass through it.
  ///   - expectation: `[R]`, E c(b), a function of the distribution's parameters.
  /// - Returns: the estimate, row by row.
  public func estimate(
    _ distribution: some Distribution, value: Tensor, signal: Tensor, controlVariate: Tensor,
    expectation: Tensor
  ) -> GradientEstimate {
    let score = scoreFunction(of: distribution, value: value)
    let slope = gradient(of: expectation.sum(), withRespectTo: distribution.parameters)
    let residual = signal.stopGradient() - controlVariate
    return GradientEstimate(
      parameters: distribution.parameters,
      distributionGradient: zip(score, slope).map { scaledRows($0, by: residual) + $1 })
  }
}
