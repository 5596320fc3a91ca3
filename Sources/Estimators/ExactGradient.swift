import Differentiation
import Distributions

/// The gradient of E[f(b)] itself, Σ_b f(b) ∇ p(b) over all values b.
///
/// The truth that estimators are tested against, and for few values the best estimate: it has no
/// variance at all. As many evaluations of f as there are values.
public struct ExactGradient {
  /// An estimator without settings.
  public init() {}

  /// The gradient, row by row.
  ///
  /// - Parameters:
  ///   - distribution: few enough values to list them.
  ///   - signals: f of each value of the support, `[S]` if rows share f, else `[R, S]`; treated as
  ///     constants.
  /// - Returns: the estimate, row by row.
  public func estimate(_ distribution: some Enumerable, signals: Tensor) -> GradientEstimate {
    let probabilities = distribution.supportLogProbabilities().exp()
    return GradientEstimate(
      parameters: distribution.parameters,
      distributionGradient: gradient(
        of: (probabilities * signals.stopGradient()).sum(), withRespectTo: distribution.parameters))
  }
}

extension EstimatorRecipe {
  /// The gradient itself, by a sum over all values.
  public static let exact = EstimatorRecipe(
    "exact", title: "enumeration", serves: { $0 is any Enumerable.Type }, evaluations: .values
  ) { inputs in
    guard let distribution = inputs.distribution as? any Enumerable else {
      fatalError("Enumeration is for distributions whose values can be listed.")
    }
    let support = distribution.support()
    let width = distribution.parameters[0].shape[1]
    let states = inputs.constant(support, [support.count / width, width])
    return BuiltEstimate(
      ExactGradient().estimate(
        distribution, signals: inputs.f.map { $0(states) } ?? inputs.signal(states)))
  }
}
