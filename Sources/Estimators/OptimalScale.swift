import Differentiation
import Distributions

/// The scale that lets a control variate take away most variance: η* = −Cov(ĝ, h) / Var(h).
///
/// ĝ + η h with E[h] = 0 has least variance at η*, by the factor 1 − ρ² where ρ is the correlation
/// (Grathwohl et al., 2018, section 2). It is estimated from pairs (ĝ, h) over all parameters
/// together. To stay unbiased use a scale from pairs other than the one it is applied to.
public struct OptimalScale: Sendable, Hashable, Codable {
  private var count = 0.0
  private var means: [Double] = []
  private var controlMeans: [Double] = []
  private var covariance = 0.0
  private var controlVariance = 0.0

  /// An estimate from no pair yet.
  public init() {}

  /// Takes in one pair.
  ///
  /// - Parameters:
  ///   - gradient: ĝ, one element per parameter.
  ///   - control: h, as many elements.
  public mutating func add(gradient: [Double], control: [Double]) {
    demand(
      gradient.count == control.count && (means.isEmpty || means.count == gradient.count),
      "An optimal scale needs gradients and controls of one length but got \(gradient.count) and "
        + "\(control.count).")
    if means.isEmpty {
      means = Array(repeating: 0, count: gradient.count)
      controlMeans = means
    }
    count += 1
    for index in gradient.indices {
      let difference = gradient[index] - means[index]
      let controlDifference = control[index] - controlMeans[index]
      means[index] += difference / count
      controlMeans[index] += controlDifference / count
      covariance += difference * (control[index] - controlMeans[index])
      controlVariance += controlDifference * (control[index] - controlMeans[index])
    }
  }

  /// η*; 0 while the control variate has not varied.
  public var scale: Double { controlVariance > 0 ? -covariance / controlVariance : 0 }
}

extension EstimatorRecipe {
  /// REINFORCE with the term of a c that is not trained, at the scale that lets it take away most.
  public static let optimalScale = EstimatorRecipe(
    "optimal-scale", title: "fixed c optimal scale",
    serves: {
      $0 is any ConditionallyReparameterizable.Type || $0 is any Reparameterizable.Type
    }, control: [.function, .scale], training: .optimalScale, evaluations: .fixed(1)
  ) { inputs in
    let c = inputs.required(inputs.function, "a function c")
    let (value, term) = inputs.valueAndTerm(c)
    let signal = inputs.signal(value)
    let plain = ScoreFunction().estimate(inputs.distribution, value: value, signal: signal)
    return BuiltEstimate(
      plain.adding(term, scaledBy: inputs.required(inputs.scale, "a scale")),
      signal: signal, term: term)
  }
}

extension EstimatorInputs {
  /// b, and what a control variate adds for the very noise that it came from.
  fileprivate func valueAndTerm(_ c: (Tensor) -> Tensor) -> (value: Tensor, term: GradientEstimate)
  {
    guard distribution is any Reparameterizable else {
      let z = relaxedSample()
      return (
        value(ofRelaxed: z),
        RELAX().controlTerm(
          relaxable, relaxed: z, conditionalNoise: conditionalNoise(ofRelaxed: z),
          controlVariate: c)
      )
    }
    let noise = noise(.sample(0))
    return (
      reparameterizable.sample(noise: noise).stopGradient(),
      LAX().controlTerm(reparameterizable, noise: noise, controlVariate: c)
    )
  }
}
