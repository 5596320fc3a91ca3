import Differentiation
import Distributions

/// The pathwise gradient ∇ f(b(θ, ε)) of a continuous distribution.
///
/// Kingma and Welling (2014), Rezende et al. (2014). Unbiased for continuous f that is
/// differentiable almost everywhere. One evaluation of f and one of its derivative per estimate.
public struct Reparameterization {
  /// An estimator without settings.
  public init() {}

  /// The estimate for a function that is part of the graph.
  ///
  /// - Parameters:
  ///   - distribution: what the values are drawn from.
  ///   - noise: one variate per element of a value.
  ///   - f: of values `[R, D]`, giving `[R]`.
  /// - Returns: the estimate, row by row.
  public func estimate(
    _ distribution: some Reparameterizable, noise: Tensor, f: (Tensor) -> Tensor
  ) -> GradientEstimate {
    GradientEstimate(
      parameters: distribution.parameters,
      distributionGradient: gradient(
        of: f(distribution.sample(noise: noise)).sum(), withRespectTo: distribution.parameters))
  }

  /// The estimate for a function outside the graph whose derivative is known.
  ///
  /// - Parameters:
  ///   - distribution: what the values are drawn from.
  ///   - noise: the very noise that the evaluated values came from.
  ///   - valueGradient: ∂f/∂b at those values, `[R, D]`; treated as a constant.
  /// - Returns: the estimate, row by row.
  public func estimate(
    _ distribution: some Reparameterizable, noise: Tensor, valueGradient: Tensor
  ) -> GradientEstimate {
    GradientEstimate(
      parameters: distribution.parameters,
      distributionGradient: pullback(
        of: [(distribution.sample(noise: noise), cotangent: valueGradient.stopGradient())],
        to: distribution.parameters))
  }
}

extension EstimatorRecipe {
  /// The derivative of f at continuous values.
  public static let reparameterization = EstimatorRecipe(
    "reparameterization", title: "reparameterization",
    serves: { $0 is any Reparameterizable.Type }, needsFunction: true,
    evaluations: .fixed(1, derivatives: 1)
  ) { inputs in
    BuiltEstimate(
      Reparameterization().estimate(
        inputs.reparameterizable, noise: inputs.noise(.sample(0)),
        f: inputs.required(inputs.f, "f itself")))
  }
}
