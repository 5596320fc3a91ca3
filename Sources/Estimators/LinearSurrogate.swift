import Differentiation
import Distributions

/// RLOO of what a linear surrogate leaves, and the surrogate's exact gradient.
///
/// The surrogate c(b) = Σ_v c_v(b_v) is fitted to f by least squares on earlier values; E c is known, so that
/// Σ_k (r_k − mean of r_j, j ≠ k) ∇ log p(b_k) / K + ∇ E c, with r = f − c, is unbiased for any c that does not
/// know the values of its own batch. Where variables interact little it leaves next to nothing. K ≥ 2
/// evaluations of f per estimate.
public struct LinearSurrogate {
  /// An estimator without settings: the surrogate is given with each estimate.
  public init() {}

  /// The estimate for Bernoulli values that were drawn independently.
  ///
  /// - Parameters:
  ///   - distribution: what the values were drawn from, D variables per row.
  ///   - values: b_1 … b_K, at least two.
  ///   - signals: f of each, `[R]`; treated as constants.
  ///   - surrogate: c_d where the variable is 0 and where it is 1, `[R, D]` each.
  /// - Returns: the estimate, row by row.
  public func estimate(
    _ distribution: Bernoulli, values: [Tensor], signals: [Tensor],
    surrogate: (zero: Tensor, one: Tensor)
  ) -> GradientEstimate {
    let difference = surrogate.one - surrogate.zero
    return estimate(
      distribution, values: values, signals: signals,
      surrogates: values.map { self.value(surrogate, at: $0) },
      expectation: pullback(
        of: [(distribution.mean, cotangent: difference)], to: distribution.parameters))
  }

  /// The estimate for classes that were drawn independently.
  ///
  /// - Parameters:
  ///   - distribution: what the classes were drawn from, V variables per row.
  ///   - values: b_1 … b_K, one-hot, at least two.
  ///   - signals: f of each, `[R]`; treated as constants.
  ///   - surrogate: c_v of every class, `[R·V, A]`.
  /// - Returns: the estimate, row by row.
  public func estimate(
    _ distribution: Categorical, values: [Tensor], signals: [Tensor], surrogate: Tensor
  ) -> GradientEstimate {
    estimate(
      distribution, values: values, signals: signals,
      surrogates: values.map {
        self.value(surrogate, at: $0, variables: distribution.variableCount)
      },
      expectation: pullback(
        of: [(distribution.mean, cotangent: surrogate)], to: distribution.parameters))
  }

  /// c(b) of Bernoulli values, `[R]`.
  func value(_ surrogate: (zero: Tensor, one: Tensor), at value: Tensor) -> Tensor {
    (surrogate.zero + value * (surrogate.one - surrogate.zero)).sum(axis: 1)
  }

  /// c(b) of classes, `[R]`.
  func value(_ surrogate: Tensor, at value: Tensor, variables: Int) -> Tensor {
    let perVariable = (value * surrogate).sum(axis: 1)
    let rows = perVariable.shape.count / variables
    return perVariable.reshaped([rows, variables]).sum(axis: 1)
  }

  private func estimate(
    _ distribution: some Distribution, values: [Tensor], signals: [Tensor], surrogates: [Tensor],
    expectation: [Tensor]
  ) -> GradientEstimate {
    let residuals = zip(signals, surrogates).map { $0 - $1 }
    let score = RLOO().estimate(distribution, values: values, signals: residuals)
    return GradientEstimate(
      parameters: distribution.parameters,
      distributionGradient: zip(score.distributionGradient, expectation).map { $0 + $1 })
  }
}

extension EstimatorRecipe {
  /// RLOO of what a linear c(b) leaves, and the exact gradient of E c.
  public static let linearSurrogate = EstimatorRecipe(
    "linear-surrogate", title: "linear surrogate",
    serves: { $0 == Bernoulli.self || $0 == Categorical.self }, control: [.table],
    training: .regression, evaluations: .samples
  ) { inputs in
    let values = (0..<inputs.samples).map { inputs.sample($0) }
    let signals = values.map(inputs.signal)
    let table = inputs.required(inputs.table, "c of every class")
    if let bernoulli = inputs.distribution as? Bernoulli {
      demand(table.count == 2, "A surrogate needs c of 0 and of 1 but got \(table.count) tensors.")
      let surrogate = (zero: table[0], one: table[1])
      return BuiltEstimate(
        LinearSurrogate().estimate(
          bernoulli, values: values, signals: signals, surrogate: surrogate),
        signal: signals[0],
        loss: squaredError(
          of: values.map { LinearSurrogate().value(surrogate, at: $0) }, against: signals))
    }
    guard let categorical = inputs.distribution as? Categorical else {
      fatalError("A linear surrogate is for Bernoulli and categorical variables.")
    }
    return BuiltEstimate(
      LinearSurrogate().estimate(
        categorical, values: values, signals: signals, surrogate: table[0]),
      signal: signals[0],
      loss: squaredError(
        of: values.map {
          LinearSurrogate().value(table[0], at: $0, variables: categorical.variableCount)
        }, against: signals))
  }
}

/// ½ Σ_k (f_k − c_k)², `[R]`: what a surrogate is fitted by.
func squaredError(of surrogates: [Tensor], against signals: [Tensor]) -> Tensor {
  let terms = zip(signals, surrogates).map { 0.5 * ($0.stopGradient() - $1).squared() }
  return terms.dropFirst().reduce(terms[0]) { $0 + $1 }
}
