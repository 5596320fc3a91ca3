import Differentiation
import Distributions

/// The pathwise gradient of normal variables, less that of f's second-order Taylor polynomial at the mean.
///
/// Miller, Foti, D'Amour and Adams (2017), reducing reparameterization gradient variance. With H = ∇²f(μ) the
/// polynomial's gradient at b = μ + σ ε is ∇f(μ) + H σ ε, and its own pathwise gradient is known exactly: ∇f(μ)
/// by μ and H_dd σ_d² by log σ_d. So
/// by μ: ∇f(b) − H σ ε, and by log σ: (∇f(b) − ∇f(μ) − H σ ε) σ ε + diag(H) σ².
/// Unbiased for any twice differentiable f, and without variance where f is quadratic. One evaluation of f's
/// derivative at b and at μ, and D + 1 Hessian–vector products per estimate.
///
/// ## Differences from the paper
/// * The diagonal of H is exact, from a product with each unit vector; the paper also has estimates of it, for
///   many dimensions.
/// * By log σ the linear part ∇f(μ) σ ε, of mean 0, is taken out as well.
public struct ReducedVarianceReparameterization {
  /// An estimator without settings.
  public init() {}

  /// The estimate for a function that is part of the graph.
  ///
  /// - Parameters:
  ///   - distribution: what the values are drawn from.
  ///   - noise: one normal variate per element of a value.
  ///   - f: of values `[R, D]`, giving `[R]`; rows must not mix.
  /// - Returns: the estimate, row by row.
  public func estimate(
    _ distribution: DiagonalGaussian, noise: Tensor, f: (Tensor) -> Tensor
  ) -> GradientEstimate {
    let graph = noise.graph
    let (rows, variables) = (noise.shape[0], noise.shape[1])
    let mean = distribution.mean.stopGradient()
    let deviation = distribution.logDeviation.stopGradient().exp()
    let step = deviation * noise

    let value = (mean + step).stopGradient()
    let slope = gradient(of: f(value).sum(), withRespectTo: [value])[0]
    let slopeAtMean = gradient(of: f(mean).sum(), withRespectTo: [mean])[0]
    func hessian(times direction: Tensor) -> Tensor {
      directionalDerivative(of: [slopeAtMean], along: [(input: mean, tangent: direction)])[0]
    }
    let bent = hessian(times: step)
    let diagonal = (0..<variables).map { variable in
      let unit = graph.literal(
        (0..<variables).map { $0 == variable ? 1 : 0 }, shape: [variables])
      return hessian(times: unit.broadcast(to: [rows, variables]))
        .slice(axis: 1, variable..<variable + 1)
    }
    let byMean = slope - bent
    let byLogDeviation =
      (slope - slopeAtMean - bent) * step
      + Tensor.concatenate(diagonal, axis: 1) * deviation.squared()
    return GradientEstimate(
      parameters: distribution.parameters, distributionGradient: [byMean, byLogDeviation])
  }
}

extension EstimatorRecipe {
  /// The derivative of f at normal values, less what a polynomial at the mean knows of it.
  public static let reducedVarianceReparameterization = EstimatorRecipe(
    "reduced-reparameterization", title: "reduced-variance reparameterization",
    serves: { $0 == DiagonalGaussian.self }, needsFunction: true,
    evaluations: .fixed(1, derivatives: 2)
  ) { inputs in
    guard let gaussian = inputs.distribution as? DiagonalGaussian else {
      fatalError("Reduced-variance reparameterization is for normal variables.")
    }
    return BuiltEstimate(
      ReducedVarianceReparameterization().estimate(
        gaussian, noise: inputs.noise(.sample(0)), f: inputs.required(inputs.f, "f itself")))
  }
}
