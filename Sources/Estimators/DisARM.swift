import Differentiation
import Distributions

/// DisARM: ½ (f(b) − f(b̃)) (b − b̃) σ(|ℓ|) for an antithetic pair of Bernoulli values b and b̃.
///
/// Dong, Mnih and Tucker (2020), also known as U2G (Yin et al., 2020). Unbiased for any f, without
/// anything to tune, and never worse than ARM, of which it is the conditional mean. Two evaluations
/// of f per estimate.
public struct DisARM {
  /// An estimator without settings.
  public init() {}

  /// b from the noise and b̃ from its mirror image, each `[R, D]`.
  ///
  /// - Parameters:
  ///   - distribution: what the values are drawn from.
  ///   - noise: logistic variates, `[R, D]`.
  /// - Returns: the pair.
  public func antitheticPair(
    _ distribution: Bernoulli, noise: Tensor
  ) -> (value: Tensor, antithetic: Tensor) {
    (
      distribution.value(ofRelaxed: distribution.relaxedSample(noise: noise)),
      distribution.value(ofRelaxed: distribution.relaxedSample(noise: -noise))
    )
  }

  /// The estimate for an antithetic pair.
  ///
  /// - Parameters:
  ///   - distribution: what the pair was drawn from.
  ///   - pair: b and b̃, as `antitheticPair` gives them.
  ///   - signals: f of each, `[R]`; treated as constants.
  /// - Returns: the estimate, row by row.
  public func estimate(
    _ distribution: Bernoulli, pair: (value: Tensor, antithetic: Tensor),
    signals: (value: Tensor, antithetic: Tensor)
  ) -> GradientEstimate {
    let logits = distribution.logits
    // (−1)^b̃ where the two differ, 0 elsewhere.
    let direction = (pair.value - pair.antithetic).stopGradient()
    let difference = 0.5 * (signals.value - signals.antithetic).stopGradient()
    return GradientEstimate(
      parameters: [logits],
      distributionGradient: [
        scaledRows(direction * logits.absolute().sigmoid(), by: difference)
      ])
  }
}

extension EstimatorRecipe {
  /// An antithetic pair of Bernoulli values.
  public static let disARM = EstimatorRecipe(
    "disarm", title: "DisARM", serves: { $0 == Bernoulli.self }, evaluations: .fixed(2)
  ) { inputs in
    guard let bernoulli = inputs.distribution as? Bernoulli else {
      fatalError("DisARM is for Bernoulli variables.")
    }
    let pair = DisARM().antitheticPair(bernoulli, noise: inputs.noise(.sample(0)))
    let signals = (inputs.signal(pair.value), inputs.signal(pair.antithetic))
    return BuiltEstimate(
      DisARM().estimate(bernoulli, pair: pair, signals: signals), signal: signals.0)
  }
}
