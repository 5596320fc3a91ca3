import Differentiation
import Distributions

/// RLOO of what a surrogate leaves, and RLOO of the surrogate itself on many draws that cost no f.
///
/// The surrogate c is any function of values, fitted to f by least squares on earlier ones, and cheap: its own
/// gradient is estimated with M free draws b′. With r = f − c the estimate is
/// Σ_k (r_k − mean of r_j, j ≠ k) ∇ log p(b_k) / K + Σ_m (c(b′_m) − mean of the others) ∇ log p(b′_m) / M. Unbiased
/// for any c that does not know the values of its own batch. K ≥ 2 evaluations of f, K + M of c per estimate.
public struct SampledSurrogate {
  /// An estimator without settings: the surrogate is given with each estimate.
  public init() {}

  /// The estimate for values that were drawn independently.
  ///
  /// - Parameters:
  ///   - distribution: what the values were drawn from.
  ///   - values: b_1 … b_K, at least two.
  ///   - freeValues: b′_1 … b′_M, at least two, at which f is not evaluated.
  ///   - signals: f of b_1 … b_K, `[R]`; treated as constants.
  ///   - surrogates: c of b_1 … b_K and then of b′_1 … b′_M, `[R]`; treated as constants.
  /// - Returns: the estimate, row by row.
  public func estimate(
    _ distribution: some Distribution, values: [Tensor], freeValues: [Tensor], signals: [Tensor],
    surrogates: [Tensor]
  ) -> GradientEstimate {
    demand(
      freeValues.count >= 2 && surrogates.count == values.count + freeValues.count,
      "A sampled surrogate needs at least 2 free draws, and c of every draw, but got "
        + "\(freeValues.count) draws and \(surrogates.count) numbers for "
        + "\(values.count + freeValues.count).")
    let residual = RLOO().estimate(
      distribution, values: values, signals: zip(signals, surrogates).map { $0 - $1 })
    let expectation = RLOO().estimate(
      distribution, values: freeValues, signals: Array(surrogates.dropFirst(values.count)))
    return residual.adding(expectation, scaledBy: values[0].graph.constant(1))
  }
}

extension EstimatorRecipe {
  /// RLOO of what c(b) leaves, and RLOO of c on free draws.
  public static let sampledSurrogate = EstimatorRecipe(
    "sampled-surrogate", title: "sampled surrogate", serves: { _ in true }, control: [.function],
    training: .regression, evaluations: .samples
  ) { inputs in
    let values = (0..<inputs.samples).map { inputs.sample($0) }
    let free = (0..<inputs.freeDraws).map { inputs.sample(inputs.samples + $0) }
    let signals = values.map(inputs.signal)
    let rows = signals[0].shape.count
    let c = inputs.required(inputs.function, "a function c(b)")(
      Tensor.concatenate(values + free, axis: 0))
    let surrogates = (0..<values.count + free.count).map { c.slice($0 * rows..<($0 + 1) * rows) }
    return BuiltEstimate(
      SampledSurrogate().estimate(
        inputs.distribution, values: values, freeValues: free, signals: signals,
        surrogates: surrogates),
      signal: signals[0],
      loss: squaredError(of: Array(surrogates.prefix(values.count)), against: signals))
  }
}
