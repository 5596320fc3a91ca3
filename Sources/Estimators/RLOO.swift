import Differentiation
import Distributions

/// REINFORCE with K samples, each with the mean of the others as its baseline.
///
/// 1/K Σ_k (f_k − mean of f_j, j ≠ k) ∇ log p(b_k); Kool, van Hoof and Welling (2019), also known as
/// leave-one-out or LOORF. Unbiased for any f and K ≥ 2, without anything to tune. K evaluations
/// of f per estimate.
public struct RLOO {
  /// An estimator without settings: K is the number of values.
  public init() {}

  /// (f_k − mean of f_j, j ≠ k) / K for each k: the signal of sample k's score function.
  ///
  /// For samples that come from distributions of their own, as in the upper layers of a model.
  ///
  /// - Parameter signals: f of each of at least two samples, `[R]`; treated as constants.
  /// - Returns: one signal per sample, `[R]`.
  public func advantages(_ signals: [Tensor]) -> [Tensor] {
    let count = signals.count
    demand(count >= 2, "RLOO needs at least 2 samples but got \(count).")
    let total = signals.dropFirst().reduce(signals[0]) { $0 + $1 }
    // f_k − (S − f_k) / (K − 1) = (K f_k − S) / (K − 1), over K.
    return signals.map {
      ((Double(count) * $0 - total) / Double(count * (count - 1))).stopGradient()
    }
  }

  /// The estimate for K values that were drawn independently.
  ///
  /// - Parameters:
  ///   - distribution: what the values were drawn from.
  ///   - values: b_1 … b_K, at least two.
  ///   - signals: f of each, `[R]`; treated as constants.
  /// - Returns: the estimate, row by row.
  public func estimate(
    _ distribution: some Distribution, values: [Tensor], signals: [Tensor]
  ) -> GradientEstimate {
    demand(
      values.count >= 2 && signals.count == values.count,
      "RLOO needs at least 2 values and as many signals, but got \(values.count) and "
        + "\(signals.count).")
    let terms = zip(values, advantages(signals)).map { value, advantage in
      scoreFunction(of: distribution, value: value).map { scaledRows($0, by: advantage) }
    }
    return GradientEstimate(
      parameters: distribution.parameters,
      distributionGradient: terms.dropFirst().reduce(terms[0]) { zip($0, $1).map { $0 + $1 } })
  }
}

extension EstimatorRecipe {
  /// REINFORCE with K samples, each with the mean of the others as its baseline.
  public static let rloo = EstimatorRecipe(
    "rloo", title: "RLOO", serves: { _ in true }, evaluations: .samples
  ) { inputs in
    inputs.estimate(of: (0..<inputs.samples).map { inputs.sample($0) }) {
      RLOO().estimate(inputs.distribution, values: $0, signals: $1)
    }
  }
}
