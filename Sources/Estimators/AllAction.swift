import Differentiation
import Distributions

/// The exact control variate for few classes: (f(b) − c(b)) ∇ log p(b) + Σ_k c(k) ∇ θ_k.
///
/// Unbiased for any c, by enumeration instead of relaxation: no Gumbel variates, no second sample.
/// With c = f and one variable it is the exact gradient. Known as the all-action or mean actor-critic
/// gradient (Allen et al., 2017) when the score term is left out.
///
/// With several independent variables each has a control variate of its own, which may depend on
/// the values of the others but not on its own one. With c_v(k) = f(b, but b_v = k) that is the
/// local expectation gradient (Titsias and Lázaro-Gredilla, 2015): no sampling noise is left but
/// that of the other variables. One evaluation of f and one of c for each class per estimate.
public struct AllAction {
  /// An estimator without settings.
  public init() {}

  /// The estimate for classes that were drawn.
  ///
  /// - Parameters:
  ///   - distribution: what the classes were drawn from, V variables per row.
  ///   - value: b, one-hot `[R·V, A]`.
  ///   - signal: `[R]`, f(b), possibly minus a baseline; treated as a constant.
  ///   - controlVariate: c_v of every class, `[R·V, A]`. Derivatives by the logits do not pass
  ///     through it.
  /// - Returns: the estimate, row by row.
  public func estimate(
    _ distribution: Categorical, value: Tensor, signal: Tensor, controlVariate: Tensor
  ) -> GradientEstimate {
    demand(
      controlVariate.shape == distribution.logits.shape,
      "The control variate of AllAction needs a number for every class of every variable, "
        + "\(distribution.logits.shape), but has shape \(controlVariate.shape).")
    let value = value.stopGradient()
    let rows = signal.shape.count
    let variables = distribution.variableCount
    let signals = signal.stopGradient().reshaped([rows, 1])
      .broadcast(to: [rows, variables]).reshaped([rows * variables])
    let score = scoreFunction(of: distribution, value: value)
    let residual = signals - (value * controlVariate).sum(axis: 1)
    // Σ_k c(k) ∇ θ_k, and still a function of φ.
    let expectation = pullback(
      of: [(distribution.mean, cotangent: controlVariate)], to: distribution.parameters)
    return GradientEstimate(
      parameters: distribution.parameters,
      distributionGradient: [scaledRows(score[0], by: residual) + expectation[0]])
  }

  /// The estimate for Bernoulli values that were drawn.
  ///
  /// - Parameters:
  ///   - distribution: what the values were drawn from, D variables per row.
  ///   - value: b, `[R, D]`.
  ///   - signal: `[R]`, f(b), possibly minus a baseline; treated as a constant.
  ///   - controlVariate: c_d where the variable is 0 and where it is 1, `[R, D]` each. Derivatives by
  ///     the logits do not pass through it.
  /// - Returns: the estimate, row by row.
  public func estimate(
    _ distribution: Bernoulli, value: Tensor, signal: Tensor,
    controlVariate: (zero: Tensor, one: Tensor)
  ) -> GradientEstimate {
    let shape = distribution.logits.shape
    demand(
      controlVariate.zero.shape == shape && controlVariate.one.shape == shape,
      "The control variate of AllAction needs two numbers for every variable, \(shape) each, but "
        + "has shapes \(controlVariate.zero.shape) and \(controlVariate.one.shape).")
    let value = value.stopGradient()
    let difference = controlVariate.one - controlVariate.zero
    let chosen = controlVariate.zero + value * difference
    let score = scoreFunction(of: distribution, value: value)
    let residual = signal.stopGradient().reshaped([shape[0], 1]) - chosen
    let expectation = pullback(
      of: [(distribution.mean, cotangent: difference)], to: distribution.parameters)
    return GradientEstimate(
      parameters: distribution.parameters,
      distributionGradient: [residual * score[0] + expectation[0]])
  }
}

extension AllAction {
  /// The estimate with a control variate of whole values, all variables together.
  ///
  /// (f(b) − c(b)) ∇ log p(b) + Σ_s c(s) ∇ p(s) over every value s that a row can have: with c = f it is the
  /// exact gradient, however many variables there are.
  ///
  /// - Parameters:
  ///   - distribution: what the values were drawn from.
  ///   - value: b, laid out as `Enumerable.support` lays values out.
  ///   - signal: `[R]`, f(b), possibly minus a baseline; treated as a constant.
  ///   - controlVariate: c of every value of the support, `[R, S]`. Derivatives by the parameters do not
  ///     pass through it.
  /// - Returns: the estimate, row by row.
  public func estimate(
    joint distribution: some Enumerable, value: Tensor, signal: Tensor, controlVariate: Tensor
  ) -> GradientEstimate {
    let probabilities = distribution.supportLogProbabilities().exp()
    demand(
      controlVariate.shape == probabilities.shape,
      "The control variate of AllAction needs a number for every value, \(probabilities.shape), but "
        + "has shape \(controlVariate.shape).")
    let value = value.stopGradient()
    let chosen = distribution.supportIndicators(of: value)
    let residual = signal.stopGradient() - (chosen * controlVariate).sum(axis: 1)
    let score = scoreFunction(of: distribution, value: value)
    let expectation = pullback(
      of: [(probabilities, cotangent: controlVariate)], to: distribution.parameters)
    return GradientEstimate(
      parameters: distribution.parameters,
      distributionGradient: zip(score, expectation).map { scaledRows($0, by: residual) + $1 })
  }
}

extension EstimatorRecipe {
  /// The exact sum over classes of a c that is learned for each.
  public static let allAction = EstimatorRecipe(
    "all-action", title: "all-action",
    serves: {
      $0 == Bernoulli.self || $0 == Categorical.self || $0 == CategoricalProduct.self
    },
    control: [.table], training: .variance, evaluations: .fixed(1)
  ) { inputs in
    let value = inputs.sample()
    let signal = inputs.signal(value)
    let c = inputs.required(inputs.table, "c of every class")
    if !(inputs.distribution is Categorical), c.count == 1,
      let joint = inputs.distribution as? any Enumerable
    {
      return BuiltEstimate(
        AllAction().estimate(joint: joint, value: value, signal: signal, controlVariate: c[0]),
        signal: signal,
        fit: (joint.supportIndicators(of: value) * c[0]).sum(axis: 1))
    }
    if let bernoulli = inputs.distribution as? Bernoulli {
      demand(c.count == 2, "All-action needs c of 0 and of 1 but got \(c.count) tensors.")
      return BuiltEstimate(
        AllAction().estimate(
          bernoulli, value: value, signal: signal, controlVariate: (zero: c[0], one: c[1])),
        signal: signal)
    }
    guard let categorical = inputs.distribution as? Categorical else {
      fatalError("All-action is for Bernoulli and categorical variables.")
    }
    return BuiltEstimate(
      AllAction().estimate(categorical, value: value, signal: signal, controlVariate: c[0]),
      // With several variables each has a c of its own, and no sum of them is f.
      signal: signal, fit: categorical.variableCount == 1 ? (value * c[0]).sum(axis: 1) : nil)
  }
}
