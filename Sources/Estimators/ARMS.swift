import Differentiation
import Distributions

/// ARMS: K antithetic Bernoulli samples, each with the mean of the others as its baseline.
///
/// Dimitriev and Zhou (2021). The samples of one variable come from a Dirichlet copula, which makes them as
/// unlike as samples of one distribution can be, so that they cover its values better than independent ones.
/// With the correlation ρ of two of them the estimate is 1/(K − 1) Σ_k (f_k − f̄) (b_k − θ) / (1 − ρ). It is
/// DisARM at K = 2 and would be RLOO at ρ = 0. Unbiased for any f and K ≥ 2, without anything to tune. K
/// evaluations of f per estimate.
public struct ARMS {
  /// An estimator without settings: K is the number of samples.
  public init() {}

  /// K values that are antithetic to each other, each `[R, D]`.
  ///
  /// Shares w_k = E_k / Σ E of exponential variates follow a flat Dirichlet distribution: each is large
  /// with a probability of (1 − s)^(K − 1), and two of them rarely at once. A variable takes its rarer value
  /// in the samples whose share is large.
  ///
  /// - Parameters:
  ///   - distribution: what the values are drawn from.
  ///   - noise: logistic variates for each sample, `[R, D]`, independent of each other; at least two.
  /// - Returns: b_1 … b_K.
  public func antitheticValues(_ distribution: Bernoulli, noise: [Tensor]) -> [Tensor] {
    demand(noise.count >= 2, "ARMS needs at least 2 samples but got \(noise.count).")
    // −log(1 − u) of the uniform variate behind a logistic one is its softplus.
    let exponentials = noise.map { $0.softplus() }
    let total = exponentials.dropFirst().reduce(exponentials[0]) { $0 + $1 }
    let least = (1 - rootOfRarer(distribution, samples: noise.count)) * total
    let isRarerOne = (-distribution.logits).step()
    return exponentials.map { exponential in
      let rarer = Tensor.greater(exponential, least)
      return isRarerOne.select(rarer, otherwise: 1 - rarer).stopGradient()
    }
  }

  /// The estimate for values that are antithetic to each other.
  ///
  /// - Parameters:
  ///   - distribution: what the values were drawn from.
  ///   - values: as `antitheticValues` gives them; all K, since K is part of the factor.
  ///   - signals: f of each, `[R]`; treated as constants.
  /// - Returns: the estimate, row by row.
  public func estimate(
    _ distribution: Bernoulli, values: [Tensor], signals: [Tensor]
  ) -> GradientEstimate {
    demand(
      values.count >= 2 && signals.count == values.count,
      "ARMS needs at least 2 values and as many signals, but got \(values.count) and "
        + "\(signals.count).")
    let mean = signals.dropFirst().reduce(signals[0]) { $0 + $1 } / Double(values.count)
    // The deviations from f̄ add up to 0, so that θ drops out of b − θ.
    let terms = zip(values, signals).map { value, signal in
      scaledRows(value.stopGradient(), by: (signal - mean).stopGradient())
    }
    let sum = terms.dropFirst().reduce(terms[0]) { $0 + $1 }
    let factor = inverseOfOneMinusCorrelation(distribution, samples: values.count)
    return GradientEstimate(
      parameters: distribution.parameters,
      distributionGradient: [sum * factor / Double(values.count - 1)])
  }

  /// One of the values, from noise that is antithetic between the samples already.
  ///
  /// - Parameters:
  ///   - distribution: what the value is drawn from.
  ///   - noise: logistic variates `[R, D]`, of which those of one variable in the K samples are
  ///     log(u / (1 − u)) with u = 1 − (1 − w_k)^(K − 1) of its shares w_k.
  /// - Returns: b_k, `[R, D]`.
  public func value(_ distribution: Bernoulli, noise: Tensor) -> Tensor {
    // Where 1 is the rarer value, it is taken where the share is large; else where it is small.
    let sign = 2 * (-distribution.logits).step() - 1
    return distribution.sample(noise: sign * noise)
  }

  /// What one of the values adds to the estimate, K times: the estimate is the mean of these.
  ///
  /// - Parameters:
  ///   - distribution: what the values were drawn from.
  ///   - value: b_k, `[R, D]`.
  ///   - advantage: f_k less the mean of the others, `[R]`; treated as a constant.
  ///   - samples: K, at least 2.
  /// - Returns: the share, row by row.
  public func share(
    _ distribution: Bernoulli, value: Tensor, advantage: Tensor, samples: Int
  ) -> GradientEstimate {
    demand(samples >= 2, "ARMS needs at least 2 samples but got \(samples).")
    let score = ScoreFunction().estimate(distribution, value: value, signal: advantage)
    let factor = inverseOfOneMinusCorrelation(distribution, samples: samples)
    return GradientEstimate(
      parameters: score.parameters,
      distributionGradient: score.distributionGradient.map { $0 * factor.stopGradient() })
  }

  /// p^(1/(K − 1)) of the probability p ≤ ½ of a variable's rarer value.
  private func rootOfRarer(_ distribution: Bernoulli, samples: Int) -> Tensor {
    (-distribution.logits.absolute().softplus() / Double(samples - 1)).exp()
  }

  /// 1 / (1 − ρ) = (1 − p) / (1 − P / p), P being the probability that two samples have the rarer value:
  /// max(0, 2 p^(1/(K − 1)) − 1)^(K − 1).
  private func inverseOfOneMinusCorrelation(_ distribution: Bernoulli, samples: Int) -> Tensor {
    let root = rootOfRarer(distribution, samples: samples)
    // (2 − 1/root)^(K − 1) is P / p, without a division by a p that underflows.
    let ratio = (2 - root.reciprocal()).relu()
    return distribution.logits.absolute().sigmoid() / (1 - power(ratio, samples - 1))
  }
}

extension EstimatorRecipe {
  /// K antithetic Bernoulli values.
  public static let arms = EstimatorRecipe(
    "arms", title: "ARMS", serves: { $0 == Bernoulli.self }, evaluations: .samples
  ) { inputs in
    guard let bernoulli = inputs.distribution as? Bernoulli else {
      fatalError("ARMS is for Bernoulli variables.")
    }
    return inputs.estimate(of: ARMS().antitheticValues(bernoulli, noise: inputs.sampleNoise)) {
      ARMS().estimate(bernoulli, values: $0, signals: $1)
    }
  }
}
