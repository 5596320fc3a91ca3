import Differentiation
import Distributions

/// REBAR: (f(b) − η f(σ_λ(z̃))) ∇ log p(b) + η ∇ [f(σ_λ(z)) − f(σ_λ(z̃))].
///
/// Tucker et al. (2017), equation 6. The control variate is f itself at the Concrete relaxation of
/// b, so f must be a graph that takes relaxed values. Unbiased for any η and λ, both of which can
/// be trained on the variance. Three evaluations of f per estimate.
///
/// ## Differences from the paper
/// * σ_λ(z) is σ(z / λ); the authors' code has a second form that scales the logits too.
/// * λ is what the caller passes, one number or one per variable; η is one number for all variables
///   of a row, where the authors' code has one for each matrix of weights.
public struct REBAR {
  /// λ > 0, a scalar or anything that broadcasts to z.
  public let temperature: Tensor
  /// η, a scalar or `[R]`.
  public let scale: Tensor

  /// An estimator with the given temperature λ and scale η.
  public init(temperature: Tensor, scale: Tensor) {
    self.temperature = temperature
    self.scale = scale
  }

  /// The estimate for a value that was drawn from z.
  ///
  /// - Parameters:
  ///   - distribution: what b was drawn from.
  ///   - relaxed: z, from the very noise that b came from.
  ///   - conditionalNoise: variates for z̃, independent of those behind z, or coupled noise.
  ///   - signal: `[R]`, f(b), possibly minus a baseline; treated as a constant.
  ///   - f: the function itself at relaxed values `[2·R, A]`, giving `[2·R]`.
  /// - Returns: the estimate, row by row.
  public func estimate(
    _ distribution: some ConditionallyReparameterizable, relaxed: Tensor, conditionalNoise: Tensor,
    signal: Tensor, f: (Tensor) -> Tensor
  ) -> GradientEstimate {
    let value = distribution.value(ofRelaxed: relaxed).stopGradient()
    let conditional = distribution.conditionalRelaxedSample(given: value, noise: conditionalNoise)
    let (fz, fConditional) = evaluateTogether(
      distribution.concreteValue(ofRelaxed: relaxed, temperature: temperature),
      distribution.concreteValue(ofRelaxed: conditional, temperature: temperature),
      rows: signal.shape.count, f)

    let score = scoreFunction(of: distribution, value: value)
    let difference = gradient(
      of: (scale * (fz - fConditional)).sum(), withRespectTo: distribution.parameters)
    let residual = signal.stopGradient() - scale * fConditional
    return GradientEstimate(
      parameters: distribution.parameters,
      distributionGradient: zip(score, difference).map { scaledRows($0, by: residual) + $1 })
  }
}

extension EstimatorRecipe {
  /// f at the Concrete relaxation of b as control variate.
  public static let rebar = EstimatorRecipe(
    "rebar", title: "REBAR", serves: { $0 is any ConditionallyReparameterizable.Type },
    control: [.temperature, .scale], training: .variance, needsFunction: true, canCouple: true,
    evaluations: .fixed(3, derivatives: 2)
  ) { inputs in
    let z = inputs.relaxedSample()
    let signal = inputs.signal(inputs.value(ofRelaxed: z))
    return BuiltEstimate(
      REBAR(
        temperature: inputs.required(inputs.temperature, "a temperature"),
        scale: inputs.required(inputs.scale, "a scale")
      ).estimate(
        inputs.relaxable, relaxed: z, conditionalNoise: inputs.conditionalNoise(ofRelaxed: z),
        signal: signal, f: inputs.required(inputs.f, "f itself")), signal: signal)
  }
}
