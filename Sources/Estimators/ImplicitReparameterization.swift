import Differentiation
import Distributions

/// The pathwise gradient of gamma variables, and of what is made of them, such as ``Distributions/Beta``.
///
/// Figurnov, Mohamed and Mnih (2018), implicit reparameterization gradients: at a fixed value of the distribution function,
/// dz/dα = −(∂F/∂α) / p(z), which needs no inverse of F. `SpecialFunctions.gammaSampleDerivative` gives it. Unbiased for
/// continuous f that is differentiable almost everywhere. One evaluation of f and one of its derivative per estimate.
public struct ImplicitReparameterization {
  /// An estimator without settings.
  public init() {}

  /// The estimate for a function that is part of the graph.
  ///
  /// - Parameters:
  ///   - distribution: what the values are drawn from.
  ///   - draw: z with its implicit derivatives.
  ///   - f: of values `[R, D]`, giving `[R]`.
  /// - Returns: the estimate by log α and log β, row by row.
  public func estimate(
    _ distribution: Gamma, draw: GammaDraw, f: (Tensor) -> Tensor
  ) -> GradientEstimate {
    GradientEstimate(
      parameters: distribution.parameters,
      distributionGradient: gradient(
        of: f(distribution.sample(draw)).sum(), withRespectTo: distribution.parameters))
  }
}

/// The pathwise gradient through a standardization whose noise still depends on α, and the score of what is left.
///
/// Ruiz, Titsias and Blei (2016), the generalized reparameterization gradient: with ε = (log z − ψ(α)) / √ψ′(α),
/// ∇_α E f = E[f′(z) dz/dα + f(z) d log p(ε; α)/dα], both at fixed ε. `SpecialFunctions.gammaStandardization` gives the two
/// derivatives. Unbiased. One evaluation of f and one of its derivative per estimate.
public struct GeneralizedReparameterization {
  /// An estimator without settings.
  public init() {}

  /// The estimate for a function that is part of the graph.
  ///
  /// - Parameters:
  ///   - distribution: what the values are drawn from.
  ///   - draw: z with its derivatives at fixed ε.
  ///   - score: d log p(ε; α)/dα, `[R, D]`, an input.
  ///   - f: of values `[R, D]`, giving `[R]`.
  /// - Returns: the estimate by log α and log β, row by row.
  public func estimate(
    _ distribution: Gamma, draw: GammaDraw, score: Tensor, f: (Tensor) -> Tensor
  ) -> GradientEstimate {
    let value = f(distribution.sample(draw))
    var parts = gradient(of: value.sum(), withRespectTo: distribution.parameters)
    let signal = value.stopGradient().reshaped([value.shape[0], 1])
    parts[0] = parts[0] + signal * score * distribution.logShape.exp().stopGradient()
    return GradientEstimate(
      parameters: distribution.parameters, distributionGradient: parts)
  }
}
