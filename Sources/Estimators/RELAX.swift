import Differentiation
import Distributions

/// RELAX: (f(b) − c(z̃)) ∇ log p(b) + ∇ c(z) − ∇ c(z̃).
///
/// Grathwohl et al. (2018), equation 8, with b = H(z), z ~ p(z) and z̃ ~ p(z | b). Unbiased for any
/// differentiable c, because E[c(z̃) ∇ log p(b)] = E[∇ c(z) − ∇ c(z̃)]. Derivatives pass through z
/// and through z̃; f(b) and b are constants. One evaluation of f and two of c per estimate.
public struct RELAX {
  /// An estimator without settings: the control variate is given with each estimate.
  public init() {}

  /// The estimate for a value that was drawn from z.
  ///
  /// - Parameters:
  ///   - distribution: what b was drawn from.
  ///   - relaxed: z, from the very noise that b came from. Noise drawn anew breaks b = H(z) and
  ///     biases the estimate.
  ///   - conditionalNoise: variates for z̃, independent of those behind z, or coupled noise.
  ///   - signal: `[R]`, f(b), possibly minus a baseline; treated as a constant.
  ///   - controlVariate: c of relaxed samples `[2·R, A]`, giving `[2·R]`: z above z̃ in one call.
  ///     It must be continuous.
  /// - Returns: the estimate, row by row.
  public func estimate(
    _ distribution: some ConditionallyReparameterizable, relaxed: Tensor, conditionalNoise: Tensor,
    signal: Tensor, controlVariate: (Tensor) -> Tensor
  ) -> GradientEstimate {
    let value = distribution.value(ofRelaxed: relaxed).stopGradient()
    let conditional = distribution.conditionalRelaxedSample(given: value, noise: conditionalNoise)
    let (cz, cConditional) = evaluateTogether(
      relaxed, conditional, rows: signal.shape.count, controlVariate)

    let score = scoreFunction(of: distribution, value: value)
    let correction = gradient(
      of: (cz - cConditional).sum(), withRespectTo: distribution.parameters)
    let residual = signal.stopGradient() - cConditional
    return GradientEstimate(
      parameters: distribution.parameters,
      distributionGradient: zip(score, correction).map { scaledRows($0, by: residual) + $1 })
  }

  /// −c(z̃) ∇ log p(b) + ∇ c(z) − ∇ c(z̃): what the control variate adds, of mean 0 for any c.
  ///
  /// With ``OptimalScale`` it improves any estimator that uses the same b.
  ///
  /// - Parameters: as in `estimate`.
  public func controlTerm(
    _ distribution: some ConditionallyReparameterizable, relaxed: Tensor, conditionalNoise: Tensor,
    controlVariate: (Tensor) -> Tensor
  ) -> GradientEstimate {
    let value = distribution.value(ofRelaxed: relaxed)
    let rows = distribution.logProbability(of: value).shape
    return estimate(
      distribution, relaxed: relaxed, conditionalNoise: conditionalNoise,
      signal: relaxed.graph.constant(0, shape: rows), controlVariate: controlVariate)
  }
}

extension EstimatorRecipe {
  /// A learned c(z) as control variate.
  public static let relax = EstimatorRecipe(
    "relax", title: "RELAX", serves: { $0 is any ConditionallyReparameterizable.Type },
    control: [.function], training: .variance, canCouple: true, evaluations: .fixed(1)
  ) { inputs in
    let z = inputs.relaxedSample()
    let signal = inputs.signal(inputs.value(ofRelaxed: z))
    let c = inputs.required(inputs.function, "a function c(z)")
    return BuiltEstimate(
      RELAX().estimate(
        inputs.relaxable, relaxed: z, conditionalNoise: inputs.conditionalNoise(ofRelaxed: z),
        signal: signal, controlVariate: c), signal: signal, fit: c(z.stopGradient()))
  }
}
