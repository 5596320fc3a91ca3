import Differentiation
import Distributions

/// The straight-through gradient ∂f/∂b · ∂E[b]/∂θ.
///
/// Bengio, Léonard and Courville (2013). **Biased** unless f is linear in each variable: for one
/// Bernoulli variable and f = (b − t)² by exactly (2θ − 1) θ (1 − θ). One evaluation of f and of its
/// derivative per estimate.
public struct StraightThrough {
  /// An estimator without settings.
  public init() {}

  /// The estimate for a value that was drawn.
  ///
  /// - Parameters:
  ///   - distribution: what the value was drawn from.
  ///   - value: b.
  ///   - f: of values `[R, A]`, giving `[R]`.
  /// - Returns: the estimate, row by row.
  public func estimate(
    _ distribution: some ConditionallyReparameterizable, value: Tensor, f: (Tensor) -> Tensor
  ) -> GradientEstimate {
    let value = value.stopGradient()
    let slope = gradient(of: f(value).sum(), withRespectTo: [value])
    return GradientEstimate(
      parameters: distribution.parameters,
      distributionGradient: pullback(
        of: [(distribution.mean, cotangent: slope[0])], to: distribution.parameters))
  }
}

extension EstimatorRecipe {
  /// The derivative of f at b, as if b were its mean.
  public static let straightThrough = EstimatorRecipe(
    "straight-through", title: "straight-through",
    serves: { $0 is any ConditionallyReparameterizable.Type },
    claim: .biased("f is taken to be linear between its values"), needsFunction: true,
    evaluations: .fixed(1, derivatives: 1)
  ) { inputs in
    BuiltEstimate(
      StraightThrough().estimate(
        inputs.relaxable, value: inputs.sample(),
        f: inputs.required(inputs.f, "f itself")))
  }
}
