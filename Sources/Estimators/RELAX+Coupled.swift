import Differentiation
import Distributions

extension RELAX {
  /// The estimate with coupled noise, z̃ = z: (f(b) − c(z)) ∇ log p(b) + (∂z/∂θ − ∂z̃/∂θ)ᵀ ∂c/∂z.
  ///
  /// The same numbers as `estimate` with `coupledNoise(ofRelaxed:)`, for half of the work: since z̃
  /// equals z in value, c and its derivative are computed once, and where c depends on the
  /// distribution's parameters by itself, what that adds at z and at z̃ cancels. One evaluation of f
  /// and one of c per estimate.
  ///
  /// - Parameters:
  ///   - distribution: what b was drawn from.
  ///   - relaxed: z, from the very noise that b came from.
  ///   - signal: `[R]`, f(b), possibly minus a baseline; treated as a constant.
  ///   - controlVariate: c of relaxed samples `[R, A]`, giving `[R]`. It must be continuous.
  /// - Returns: the estimate, row by row.
  public func coupledEstimate(
    _ distribution: some ConditionallyReparameterizable, relaxed: Tensor, signal: Tensor,
    controlVariate: (Tensor) -> Tensor
  ) -> GradientEstimate {
    let value = distribution.value(ofRelaxed: relaxed).stopGradient()
    let conditional = distribution.conditionalRelaxedSample(
      given: value, noise: distribution.coupledNoise(ofRelaxed: relaxed))
    // c is differentiated by its argument alone, so that the derivative is there once.
    let point = relaxed.stopGradient()
    let c = controlVariate(point)
    let slope = gradient(of: c.sum(), withRespectTo: [point])[0]
    let correction = pullback(
      of: [(relaxed, cotangent: slope), (conditional, cotangent: -slope)],
      to: distribution.parameters)
    let score = scoreFunction(of: distribution, value: value)
    let residual = signal.stopGradient() - c
    return GradientEstimate(
      parameters: distribution.parameters,
      distributionGradient: zip(score, correction).map { scaledRows($0, by: residual) + $1 })
  }
}
