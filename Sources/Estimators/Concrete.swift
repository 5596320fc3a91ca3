import Differentiation
import Distributions

/// The gradient of f at a Concrete (Gumbel-softmax) relaxation of the value: ∇ f(σ_λ(z)).
///
/// Maddison et al. (2017), Jang et al. (2017). **Biased**: it is the exact gradient of another
/// objective, E[f(σ_λ(z))], or of none in the straight-through form. The bias falls with λ while the
/// variance rises. One evaluation of f and of its derivative per estimate.
public struct Concrete {
  /// What f is evaluated at.
  public enum Form: String, Sendable, CaseIterable {
    /// σ_λ(z), between the discrete values.
    case relaxed
    /// b, while derivatives are those of σ_λ(z).
    case straightThrough
  }

  /// λ > 0, a scalar or anything that broadcasts to z.
  public let temperature: Tensor
  /// What f is evaluated at.
  public let form: Form

  /// An estimator with the given temperature.
  public init(temperature: Tensor, form: Form = .relaxed) {
    self.temperature = temperature
    self.form = form
  }

  /// The estimate.
  ///
  /// - Parameters:
  ///   - distribution: what the relaxed samples are drawn from.
  ///   - relaxed: z.
  ///   - f: of relaxed values `[R, A]`, giving `[R]`.
  /// - Returns: the estimate, row by row.
  public func estimate(
    _ distribution: some ConditionallyReparameterizable, relaxed: Tensor, f: (Tensor) -> Tensor
  ) -> GradientEstimate {
    var value = distribution.concreteValue(ofRelaxed: relaxed, temperature: temperature)
    if form == .straightThrough {
      let hard = distribution.value(ofRelaxed: relaxed).stopGradient()
      value = value + (hard - value).stopGradient()
    }
    return GradientEstimate(
      parameters: distribution.parameters,
      distributionGradient: gradient(
        of: f(value).sum(), withRespectTo: distribution.parameters))
  }
}

extension EstimatorRecipe {
  /// The gradient of f at relaxed values.
  public static let concrete = EstimatorRecipe(
    "concrete", title: "Concrete", serves: { $0 is any ConditionallyReparameterizable.Type },
    claim: .biased("the gradient is that of f at relaxed values"), control: [.temperature],
    needsFunction: true, evaluations: .fixed(1, derivatives: 1)
  ) { $0.concrete(.relaxed) }

  /// The gradient of f at discrete values, carried on through relaxed ones.
  public static let gumbelStraightThrough = EstimatorRecipe(
    "gumbel-st", title: "Gumbel straight-through",
    serves: { $0 is any ConditionallyReparameterizable.Type },
    claim: .biased("f is evaluated at one point and the relaxation differentiated at another"),
    control: [.temperature], needsFunction: true, evaluations: .fixed(1, derivatives: 1)
  ) { $0.concrete(.straightThrough) }
}

extension EstimatorInputs {
  fileprivate func concrete(_ form: Concrete.Form) -> BuiltEstimate {
    BuiltEstimate(
      Concrete(temperature: required(temperature, "a temperature"), form: form).estimate(
        relaxable, relaxed: relaxedSample(), f: required(f, "f itself")))
  }
}
