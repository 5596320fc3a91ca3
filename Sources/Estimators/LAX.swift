import Differentiation
import Distributions

/// LAX: (f(b) − c(b)) ∇ log p(b) + ∇ c(b), where the last derivative passes through b's sample.
///
/// Grathwohl et al. (2018), equation 7. Unbiased for any differentiable c, because
/// E[c(b) ∇ log p(b)] = ∇ E[c(b)]. One evaluation of f and one of c per estimate.
///
/// Both terms use the same b: a sample drawn anew inside c doubles the mean of the last term
/// against the first, a mistake of the authors' released code.
public struct LAX {
  /// An estimator without settings: the control variate is given with each estimate.
  public init() {}

  /// The estimate for values that were drawn.
  ///
  /// - Parameters:
  ///   - distribution: what the values were drawn from.
  ///   - noise: the very noise that the evaluated values came from.
  ///   - signal: `[R]`, f(b), possibly minus a baseline; treated as a constant.
  ///   - controlVariate: c of values `[R, D]`, giving `[R]`.
  /// - Returns: the estimate, row by row.
  public func estimate(
    _ distribution: some Reparameterizable, noise: Tensor, signal: Tensor,
    controlVariate: (Tensor) -> Tensor
  ) -> GradientEstimate {
    let value = distribution.sample(noise: noise)
    let c = controlVariate(value)
    let score = scoreFunction(of: distribution, value: value)
    let correction = gradient(of: c.sum(), withRespectTo: distribution.parameters)
    let residual = signal.stopGradient() - c
    return GradientEstimate(
      parameters: distribution.parameters,
      distributionGradient: zip(score, correction).map { scaledRows($0, by: residual) + $1 })
  }

  /// −c(b) ∇ log p(b) + ∇ c(b): what the control variate adds, of mean 0 for any c.
  ///
  /// With ``OptimalScale`` it improves any estimator that uses the same b.
  ///
  /// - Parameters: as in `estimate`.
  public func controlTerm(
    _ distribution: some Reparameterizable, noise: Tensor, controlVariate: (Tensor) -> Tensor
  ) -> GradientEstimate {
    let rows = distribution.logProbability(of: distribution.sample(noise: noise)).shape
    return estimate(
      distribution, noise: noise, signal: noise.graph.constant(0, shape: rows),
      controlVariate: controlVariate)
  }
}

extension EstimatorRecipe {
  /// A learned c(b) of continuous values as control variate.
  public static let lax = EstimatorRecipe(
    "lax", title: "LAX", serves: { $0 is any Reparameterizable.Type }, control: [.function],
    training: .variance, evaluations: .fixed(1)
  ) { inputs in
    let noise = inputs.noise(.sample(0))
    let value = inputs.reparameterizable.sample(noise: noise).stopGradient()
    let signal = inputs.signal(value)
    let c = inputs.required(inputs.function, "a function c(b)")
    return BuiltEstimate(
      LAX().estimate(inputs.reparameterizable, noise: noise, signal: signal, controlVariate: c),
      signal: signal, fit: c(value))
  }
}
