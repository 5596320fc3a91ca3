import Differentiation
import Distributions
import Foundation

/// VIMCO: the gradient of a bound of K samples, each with the others as its baseline.
///
/// Mnih and Rezende (2016). The objective is its own, L = E[log 1/K Σ_k w_k] with w_k = p / q of
/// sample k, and not E[log w]. By the logits of q the gradient is
/// Σ_k (L̂ − L̂_−k) ∇ log q(b_k) + Σ_k w̃_k ∇ log w_k, where L̂_−k has the geometric mean of the other
/// weights in place of w_k, and w̃ are the weights divided by their sum. Unbiased for the gradient
/// of L. K ≥ 2 evaluations of log w per estimate.
///
/// Everything here is for a **loss** −L, like the other estimators, which minimize E[f].
public struct VIMCO {
  /// What a batch of K samples per row gives.
  public struct Terms {
    /// −L̂, `[R]`, differentiable: its derivative is the second sum, for whatever log w depends on.
    public let loss: Tensor
    /// −(L̂ − L̂_−k) for each k, `[R]`: the signal of sample k's score function, a constant.
    public let signals: [Tensor]
  }

  /// An estimator without settings: K is the number of samples.
  public init() {}

  /// The loss and the signals.
  ///
  /// - Parameter logWeights: log w_k for each of K samples, `[R]`, at least two.
  /// - Returns: the loss, and a signal for each sample.
  public func terms(logWeights: [Tensor]) -> Terms {
    let count = logWeights.count
    demand(count >= 2, "VIMCO needs at least 2 samples but got \(count).")
    func columns(_ tensors: [Tensor]) -> Tensor {
      Tensor.concatenate(
        tensors.map { $0.reshaped([$0.shape.count, 1]) }, axis: 1)
    }
    // log 1/K is the same in both bounds and changes no derivative, but the loss should be one.
    let bound = columns(logWeights).logSumExp() - log(Double(count))
    let total = logWeights.dropFirst().reduce(logWeights[0]) { $0 + $1 }
    let signals = logWeights.indices.map { index in
      var others = logWeights
      others[index] = (total - logWeights[index]) / Double(count - 1)
      let without = columns(others).logSumExp() - log(Double(count))
      return (without - bound).stopGradient()
    }
    return Terms(loss: -bound, signals: signals)
  }

  /// The estimate for K samples of one distribution.
  ///
  /// - Parameters:
  ///   - distribution: q, what the samples were drawn from.
  ///   - values: b_1 … b_K.
  ///   - logWeights: log w of each, `[R]`; what it depends on by q's parameters counts too.
  /// - Returns: the estimate of ∇(−L), row by row.
  public func estimate(
    _ distribution: some Distribution, values: [Tensor], logWeights: [Tensor]
  ) -> GradientEstimate {
    demand(
      values.count == logWeights.count,
      "VIMCO needs a weight for each of \(values.count) samples but got \(logWeights.count).")
    let terms = terms(logWeights: logWeights)
    var total = gradient(of: terms.loss.sum(), withRespectTo: distribution.parameters)
    for (value, signal) in zip(values, terms.signals) {
      let score = scoreFunction(of: distribution, value: value)
      total = zip(total, score).map { $0 + scaledRows($1, by: signal) }
    }
    return GradientEstimate(parameters: distribution.parameters, distributionGradient: total)
  }
}

extension EstimatorRecipe {
  /// The bound of K samples, f being −log w.
  public static let vimco = EstimatorRecipe(
    "vimco", title: "VIMCO", serves: { _ in true }, claim: .unbiasedForItsOwn("bound"),
    evaluations: .samples
  ) { inputs in
    let values = (0..<inputs.samples).map { inputs.sample($0) }
    let losses = values.map(inputs.signal)
    return BuiltEstimate(
      VIMCO().estimate(inputs.distribution, values: values, logWeights: losses.map { -$0 }),
      signal: losses[0])
  }
}
