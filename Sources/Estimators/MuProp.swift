import Differentiation
import Distributions

/// MuProp: (f(b) − f(μ) − f′(μ) (b − μ)) ∇ log p(b) + f′(μ) ∇ μ, with μ = E[b].
///
/// Gu et al. (2016): a first-order Taylor expansion of f around the mean as control variate, whose
/// expectation is known. Unbiased for any f that can be evaluated and differentiated at μ. Two
/// evaluations of f and one of its derivative per estimate.
public struct MuProp {
  /// An estimator without settings.
  public init() {}

  /// The estimate for a value that was drawn.
  ///
  /// - Parameters:
  ///   - distribution: what the value was drawn from.
  ///   - value: b.
  ///   - signal: `[R]`, f(b), possibly minus a baseline; treated as a constant.
  ///   - f: the function itself at means `[R, A]`, giving `[R]`.
  /// - Returns: the estimate, row by row.
  public func estimate(
    _ distribution: some ConditionallyReparameterizable, value: Tensor, signal: Tensor,
    f: (Tensor) -> Tensor
  ) -> GradientEstimate {
    let baseline = signal.graph.constant(0, shape: signal.shape)
    return estimate(distribution, value: value, signal: signal, baseline: baseline, f: f).estimate
  }

  /// The estimate with a learned baseline of what the expansion leaves, and the baseline's loss.
  ///
  /// - Parameters:
  ///   - distribution: what the value was drawn from.
  ///   - value: b.
  ///   - signal: `[R]`, f(b); treated as a constant.
  ///   - baseline: `[R]`, B_ψ(x), which must not depend on b.
  ///   - f: the function itself at means `[R, A]`, giving `[R]`.
  /// - Returns: the estimate, and ½ (f(b) − f(μ) − f′(μ) (b − μ) − B_ψ(x))² per row, whose gradient
  ///   by ψ trains B.
  public func estimate(
    _ distribution: some ConditionallyReparameterizable, value: Tensor, signal: Tensor,
    baseline: Tensor, f: (Tensor) -> Tensor
  ) -> (estimate: GradientEstimate, loss: Tensor) {
    let value = value.stopGradient()
    let center = distribution.mean.stopGradient()
    let fCenter = f(center)
    let slope = gradient(of: fCenter.sum(), withRespectTo: [center])[0]
    let rows = fCenter.shape.count
    let linear = (slope * (value - center)).reshaped([rows, value.shape.count / rows]).sum(axis: 1)
    let residual = (signal - fCenter - linear).stopGradient() - baseline
    let score = scoreFunction(of: distribution, value: value)
    let expectation = pullback(
      of: [(distribution.mean, cotangent: slope.stopGradient())], to: distribution.parameters)
    let estimate = GradientEstimate(
      parameters: distribution.parameters,
      distributionGradient: zip(score, expectation).map {
        scaledRows($0, by: residual.stopGradient()) + $1
      })
    return (estimate, 0.5 * residual.squared())
  }
}

extension EstimatorRecipe {
  /// The expansion of f around the mean, with or without a learned baseline.
  public static let muProp = EstimatorRecipe(
    "muprop", title: "MuProp", serves: { $0 is any ConditionallyReparameterizable.Type },
    takesBaseline: true, needsFunction: true, evaluations: .fixed(2, derivatives: 1)
  ) { inputs in
    let value = inputs.sample()
    let signal = inputs.signal(value)
    let f = inputs.required(inputs.f, "f itself")
    guard let baseline = inputs.baseline else {
      return BuiltEstimate(
        MuProp().estimate(inputs.relaxable, value: value, signal: signal, f: f), signal: signal)
    }
    let (estimate, loss) = MuProp().estimate(
      inputs.relaxable, value: value, signal: signal, baseline: baseline, f: f)
    return BuiltEstimate(estimate, signal: signal, loss: loss)
  }
}
