import Differentiation
import Distributions

extension RELAX {
  /// RELAX with K samples, each with the mean residual of the others as its baseline.
  ///
  /// 1/K Σ_k (r_k − mean of r_j, j ≠ k) ∇ log p(b_k) + ∇ c(z_k) − ∇ c(z̃_k), with the residuals
  /// r_k = f(b_k) − c(z̃_k). The control variate takes what it can express, leaving one out takes the rest
  /// that is the same for all samples: c need not learn the level of f. Unbiased for any continuous c and
  /// K ≥ 2. K evaluations of f, and 2 K of c or K with coupled noise.
  ///
  /// - Parameters:
  ///   - distribution: what the values were drawn from.
  ///   - relaxed: z_1 … z_K, from the very noise that b_1 … b_K came from.
  ///   - conditionalNoise: variates for each z̃, independent of those behind z; nil for coupled noise, which
  ///     takes half of the work.
  ///   - signals: f(b) of each, `[R]`; treated as constants.
  ///   - controlVariate: c of relaxed samples, K or 2 K blocks of R rows in one call, giving a number for
  ///     each row. It must be continuous.
  /// - Returns: the estimate, row by row.
  public func leaveOneOutEstimate(
    _ distribution: some ConditionallyReparameterizable, relaxed: [Tensor],
    conditionalNoise: [Tensor]?, signals: [Tensor], controlVariate: (Tensor) -> Tensor
  ) -> GradientEstimate {
    let count = relaxed.count
    demand(
      count >= 2 && signals.count == count && (conditionalNoise?.count ?? count) == count,
      "RELAX with leave-one-out needs at least 2 samples, with a signal and noise for each, but got "
        + "\(count) samples and \(signals.count) signals.")
    let values = relaxed.map { distribution.value(ofRelaxed: $0).stopGradient() }
    let conditional = zip(relaxed, values).enumerated().map { index, pair in
      distribution.conditionalRelaxedSample(
        given: pair.1,
        noise: conditionalNoise?[index] ?? distribution.coupledNoise(ofRelaxed: pair.0))
    }
    let rows = signals[0].shape.count
    // c of every z̃, and what its slopes at z and at z̃ are multiplied with.
    var controls: [Tensor]
    let outputs: [(Tensor, cotangent: Tensor)]
    if conditionalNoise == nil {
      let (c, slopes) = atPoints(relaxed, rows: rows, controlVariate)
      controls = c
      outputs =
        zip(relaxed, slopes).map { ($0, cotangent: $1) }
        + zip(conditional, slopes).map { ($0, cotangent: -$1) }
    } else {
      let (c, slopes) = atPoints(relaxed + conditional, rows: rows, controlVariate)
      controls = Array(c.suffix(count))
      outputs = zip(relaxed + conditional, slopes).enumerated().map { index, pair in
        (pair.0, cotangent: index < count ? pair.1 : -pair.1)
      }
    }
    controls = zip(signals, controls).map { $0.stopGradient() - $1 }
    let total = controls.dropFirst().reduce(controls[0]) { $0 + $1 }
    // (r_k − (Σ r − r_k) / (K − 1)) / K, a function of φ still.
    let advantages = controls.map {
      (Double(count) * $0 - total) / Double(count * (count - 1))
    }
    let correction = pullback(of: outputs, to: distribution.parameters)
    var sums = correction.map { $0 / Double(count) }
    for (value, advantage) in zip(values, advantages) {
      let score = scoreFunction(of: distribution, value: value)
      sums = zip(sums, score).map { $0 + scaledRows($1, by: advantage) }
    }
    return GradientEstimate(parameters: distribution.parameters, distributionGradient: sums)
  }

  /// c and its slopes at blocks of points, as functions of φ alone.
  ///
  /// Where c depends on the distribution's parameters by itself, what that adds at z and at z̃ has the same
  /// mean and is left out.
  private func atPoints(
    _ points: [Tensor], rows: Int, _ controlVariate: (Tensor) -> Tensor
  ) -> (values: [Tensor], slopes: [Tensor]) {
    let stacked = Tensor.concatenate(points, axis: 0).stopGradient()
    let c = controlVariate(stacked)
    demand(
      c.shape == [points.count * rows],
      "A control variate must give one number per row, [\(points.count * rows)], but gave \(c.shape)."
    )
    let slope = gradient(of: c.sum(), withRespectTo: [stacked])[0]
    let height = points[0].shape[0]
    return (
      points.indices.map { c.slice($0 * rows..<($0 + 1) * rows) },
      points.indices.map { slope.slice($0 * height..<($0 + 1) * height) }
    )
  }
}

extension EstimatorRecipe {
  /// A learned c(z) as control variate, and the other samples as a baseline for what is left.
  public static let relaxLeaveOneOut = EstimatorRecipe(
    "relax-rloo", title: "RELAX + RLOO",
    serves: { $0 is any ConditionallyReparameterizable.Type }, control: [.function],
    training: .variance, canCouple: true, evaluations: .samples
  ) { inputs in
    let relaxed = (0..<inputs.samples).map {
      inputs.relaxable.relaxedSample(noise: inputs.noise(.sample($0)))
    }
    let signals = relaxed.map { inputs.signal(inputs.value(ofRelaxed: $0)) }
    let noise =
      inputs.isCoupled
      ? nil : (0..<inputs.samples).map { inputs.noise(.conditionalOfSample($0)) }
    return BuiltEstimate(
      RELAX().leaveOneOutEstimate(
        inputs.relaxable, relaxed: relaxed, conditionalNoise: noise, signals: signals,
        controlVariate: inputs.required(inputs.function, "a function c(z)")),
      signal: signals[0])
  }
}
