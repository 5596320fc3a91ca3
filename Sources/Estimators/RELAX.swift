import Differentiation
import Distributions

/// RELAX: (f(b) − c(z̃)) ∇ log p(b) + ∇ c(z) − ∇ c(z̃).
///
/// Grathwohl et al. (2018), equation 8, with b = H(z), z ~ p(z) and z̃ ~ p(z | b). Unbiased for any
/// differentiable c, because E[c(z̃) ∇ log p(b)] = E[∇ c(z) − ∇ c(z̃)]. Derivatives pass through z
/// and through z̃; f(b) and b are constants.
public struct RELAX {
  /// An estimator without settings: the control variate is given with each estimate.
  public init() {}

  /// The estimate for a value that was drawn from z.
  ///
  /// - Parameters:
  ///   - distribution: what b was drawn from.
  ///   - relaxed: z, from the very noise that b came from. Noise drawn anew breaks b = H(z) and
  ///     biases the estimate.
  ///   - conditionalNoise: exponential variates for z̃, independent of those behind z.
  ///   - signal: `[R]`, f(b), possibly minus a baseline; treated as a constant.
  ///   - controlVariate: c of relaxed samples `[K·R, A]`, giving `[K·R]`: z above z̃ in one call.
  public func estimate(
    _ distribution: some ConditionallyReparameterizable, relaxed: Tensor, conditionalNoise: Tensor,
    signal: Tensor, controlVariate: (Tensor) -> Tensor
  ) -> GradientEstimate {
    let rows = relaxed.shape[0]
    let value = distribution.value(ofRelaxed: relaxed).stopGradient()
    let conditional = distribution.conditionalRelaxedSample(given: value, noise: conditionalNoise)
    let c = controlVariate(Tensor.concatenate([relaxed, conditional], axis: 0))
    let (cz, cConditional) = (c.slice(0..<rows), c.slice(rows..<2 * rows))

    let score = scoreFunction(of: distribution, value: value)
    let correction = gradient(
      of: (cz - cConditional).sum(), withRespectTo: distribution.parameters)
    let column = (signal.stopGradient() - cConditional).reshaped([rows, 1])
    return GradientEstimate(
      parameters: distribution.parameters,
      distributionGradient: zip(score, correction).map { column * $0 + $1 })
  }
}
