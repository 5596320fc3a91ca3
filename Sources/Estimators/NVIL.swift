import Differentiation
import Distributions

/// REINFORCE with a learned baseline: (f(b) − B_ψ(x) − C) / max(1, s) · ∇ log p(b).
///
/// Mnih and Gregor (2014), neural variational inference and learning. B_ψ is trained on the squared
/// error, C and s are running averages that must come from before the batch. Dividing by s scales
/// the step and so biases the estimate by that factor; leave it out to stay unbiased. One
/// evaluation of f per estimate.
public struct NVIL {
  /// An estimator without settings.
  public init() {}

  /// The estimate for values that were drawn, and the loss of the baseline.
  ///
  /// - Parameters:
  ///   - distribution: what the values were drawn from.
  ///   - value: b.
  ///   - signal: `[R]`, f(b); treated as a constant.
  ///   - baseline: `[R]`, B_ψ(x), which must not depend on b.
  ///   - center: C, a scalar.
  ///   - scale: a scalar that divides the signal, 1 for an unbiased estimate.
  /// - Returns: the estimate, and ½ (f(b) − C − B_ψ(x))² per row, whose gradient by ψ trains B.
  public func estimate(
    _ distribution: some Distribution, value: Tensor, signal: Tensor, baseline: Tensor,
    center: Tensor? = nil, scale: Tensor? = nil
  ) -> (estimate: GradientEstimate, loss: Tensor) {
    let centered = center.map { signal - $0 } ?? signal
    let residual = centered.stopGradient() - baseline
    let scaled = scale.map { residual / $0 } ?? residual
    let estimate = ScoreFunction().estimate(distribution, value: value, signal: scaled)
    return (estimate, 0.5 * residual.squared())
  }
}

extension EstimatorRecipe {
  /// REINFORCE with a baseline learned by least squares.
  public static let nvil = EstimatorRecipe(
    "nvil", title: "NVIL", serves: { _ in true }, control: [.baseline], training: .fit,
    takesBaseline: true, takesCenter: true, evaluations: .fixed(1)
  ) { inputs in
    let value = inputs.sample()
    let signal = inputs.signal(value)
    let (estimate, loss) = NVIL().estimate(
      inputs.distribution, value: value, signal: signal,
      baseline: inputs.required(inputs.baseline, "a baseline"), center: inputs.center)
    return BuiltEstimate(estimate, signal: signal, loss: loss)
  }
}
