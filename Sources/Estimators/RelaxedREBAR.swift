import Differentiation
import Distributions

/// RELAX with the control variate c(z) = η (f(σ_λ(z)) + r(z)): REBAR's, improved by a learned r.
///
/// Grathwohl et al. (2018), section 3.2: how the paper trains discrete latent variable models, where
/// a network r alone does worse than REBAR. Unbiased for any η, λ and r. Three evaluations of f and
/// two of r per estimate.
public struct RelaxedREBAR {
  /// λ > 0, a scalar or anything that broadcasts to z above z̃.
  public let temperature: Tensor
  /// η, a scalar.
  public let scale: Tensor

  /// An estimator with the given temperature λ and scale η.
  public init(temperature: Tensor, scale: Tensor) {
    self.temperature = temperature
    self.scale = scale
  }

  /// c, a function of relaxed samples `[K·R, A]` that gives `[K·R]`.
  ///
  /// - Parameters:
  ///   - distribution: the distribution whose relaxation is meant.
  ///   - f: the function itself, at relaxed values.
  ///   - residual: r, of relaxed samples.
  /// - Returns: c.
  public func controlVariate(
    _ distribution: some ConditionallyReparameterizable, f: @escaping (Tensor) -> Tensor,
    residual: @escaping (Tensor) -> Tensor
  ) -> (Tensor) -> Tensor {
    { z in
      scale * (f(distribution.concreteValue(ofRelaxed: z, temperature: temperature)) + residual(z))
    }
  }

  /// The estimate for a value that was drawn from z; see ``RELAX``.
  ///
  /// - Parameters:
  ///   - distribution: what b was drawn from.
  ///   - relaxed: z, from the very noise that b came from.
  ///   - conditionalNoise: variates for z̃, independent of those behind z, or coupled noise.
  ///   - signal: `[R]`, f(b), possibly minus a baseline; treated as a constant.
  ///   - f: the function itself at relaxed values `[2·R, A]`, giving `[2·R]`.
  ///   - residual: r of relaxed samples `[2·R, A]`, giving `[2·R]`.
  /// - Returns: the estimate, row by row.
  public func estimate(
    _ distribution: some ConditionallyReparameterizable, relaxed: Tensor, conditionalNoise: Tensor,
    signal: Tensor, f: @escaping (Tensor) -> Tensor, residual: @escaping (Tensor) -> Tensor
  ) -> GradientEstimate {
    RELAX().estimate(
      distribution, relaxed: relaxed, conditionalNoise: conditionalNoise, signal: signal,
      controlVariate: controlVariate(distribution, f: f, residual: residual))
  }
}

extension EstimatorRecipe {
  /// REBAR's control variate improved by a learned r(z).
  public static let relaxedREBAR = EstimatorRecipe(
    "relaxed-rebar", title: "relaxed REBAR",
    serves: { $0 is any ConditionallyReparameterizable.Type },
    control: [.temperature, .scale, .function], training: .variance, needsFunction: true,
    canCouple: true, evaluations: .fixed(3, derivatives: 2)
  ) { inputs in
    let z = inputs.relaxedSample()
    let signal = inputs.signal(inputs.value(ofRelaxed: z))
    return BuiltEstimate(
      RelaxedREBAR(
        temperature: inputs.required(inputs.temperature, "a temperature"),
        scale: inputs.required(inputs.scale, "a scale")
      ).estimate(
        inputs.relaxable, relaxed: z, conditionalNoise: inputs.conditionalNoise(ofRelaxed: z),
        signal: signal, f: inputs.required(inputs.f, "f itself"),
        residual: inputs.required(inputs.function, "a function r(z)")),
      signal: signal)
  }
}
