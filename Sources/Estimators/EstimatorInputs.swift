import Differentiation
import Distributions

/// What an estimate is built from, whoever asks for it.
///
/// A caller fills in what the recipe says it needs. Shapes: R rows of V variables, A classes.
public struct EstimatorInputs {
  /// What variates are for.
  public enum Variates: Hashable, Sendable {
    /// The k-th independent sample of a row, from 0.
    case sample(Int)
    /// z̃ given b.
    case conditional
    /// z̃ given the k-th of several samples.
    case conditionalOfSample(Int)
  }

  /// What values are drawn from.
  public let distribution: any Distribution
  /// Variates of the distribution's kind, asked for once for each use.
  public let noise: (Variates) -> Tensor
  /// f at a sample, possibly minus a baseline: `[R]`, which estimators take as a constant.
  public let signal: (Tensor) -> Tensor
  /// f itself, of `[K·R·V, A]` relaxed values or values, giving `[K·R]`.
  public var f: ((Tensor) -> Tensor)?
  /// Whether z̃ comes from the noise behind z, where it can.
  public var isCoupled = false
  /// K, for estimators of several samples.
  public var samples = 2
  /// M, how often a sampled surrogate is evaluated where f is not.
  public var freeDraws = 16
  /// Makes a tensor of numbers; a constant of the graph unless said otherwise.
  public var constant: ([Double], Shape) -> Tensor

  /// λ.
  public var temperature: Tensor?
  /// η.
  public var scale: Tensor?
  /// c(z).
  public var function: ((Tensor) -> Tensor)?
  /// c of each class, one tensor for classes and two, of 0 and of 1, for Bernoulli variables; one tensor
  /// `[R, S]` of c of every value where several variables have one c together.
  public var table: [Tensor]?
  /// B.
  public var baseline: Tensor?
  /// A running mean of f from before the batch, a scalar.
  public var center: Tensor?

  /// The title of the recipe that is at work, for messages.
  var title = "An estimator"

  /// Inputs without a control variate.
  ///
  /// - Parameters:
  ///   - distribution: what values are drawn from.
  ///   - noise: variates of its kind and of its parameters' shape.
  ///   - signal: f at a sample.
  public init(
    _ distribution: any Distribution, noise: @escaping (Variates) -> Tensor,
    signal: @escaping (Tensor) -> Tensor
  ) {
    self.distribution = distribution
    self.noise = noise
    self.signal = signal
    constant = { elements, shape in
      distribution.parameters[0].graph.literal(elements, shape: shape)
    }
  }
}

extension EstimatorInputs {
  /// A part that a recipe needs; its absence is the caller's mistake.
  func required<Part>(_ part: Part?, _ name: String) -> Part {
    guard let part else {
      fatalError("\(title) needs \(name), which its inputs lack.")
    }
    return part
  }

  /// The distribution as one whose values can be relaxed.
  var relaxable: any ConditionallyReparameterizable {
    guard let relaxable = distribution as? any ConditionallyReparameterizable else {
      fatalError("\(type(of: distribution)) has no relaxation.")
    }
    return relaxable
  }

  /// The distribution as one whose values are differentiable by its parameters.
  var reparameterizable: any Reparameterizable {
    guard let reparameterizable = distribution as? any Reparameterizable else {
      fatalError("\(type(of: distribution)) has no differentiable samples.")
    }
    return reparameterizable
  }

  /// The k-th sample, a constant.
  func sample(_ index: Int = 0) -> Tensor {
    let noise = noise(.sample(index))
    return distribution is any Reparameterizable
      ? reparameterizable.sample(noise: noise).stopGradient() : relaxable.sample(noise: noise)
  }

  /// The variates of all K samples.
  var sampleNoise: [Tensor] { (0..<samples).map { noise(.sample($0)) } }

  /// The estimate from K values and f of each, which is evaluated here.
  func estimate(
    of values: [Tensor],
    _ make: (_ values: [Tensor], _ signals: [Tensor]) -> GradientEstimate
  ) -> BuiltEstimate {
    let signals = values.map(signal)
    return BuiltEstimate(make(values, signals), signal: signals[0])
  }

  /// z.
  func relaxedSample() -> Tensor { relaxable.relaxedSample(noise: noise(.sample(0))) }

  /// b of z, a constant.
  func value(ofRelaxed sample: Tensor) -> Tensor {
    relaxable.value(ofRelaxed: sample).stopGradient()
  }

  /// What z̃ is drawn with.
  func conditionalNoise(ofRelaxed sample: Tensor) -> Tensor {
    isCoupled ? relaxable.coupledNoise(ofRelaxed: sample) : noise(.conditional)
  }
}

/// An estimate, and what its control variate is trained with.
public struct BuiltEstimate {
  /// The estimate by the distribution's parameters.
  public let gradient: GradientEstimate
  /// `[R]`, f at the first sample.
  public var signal: Tensor?
  /// `[R]`, c of what was drawn: what is fitted to the signal where c is not trained on the variance.
  public var fit: Tensor?
  /// `[R]`, the squared error of a baseline or a surrogate.
  public var loss: Tensor?
  /// What a scale multiplies, for `OptimalScale`.
  public var term: GradientEstimate?

  /// An estimate, and what its control variate is trained with.
  public init(
    _ gradient: GradientEstimate, signal: Tensor? = nil, fit: Tensor? = nil, loss: Tensor? = nil,
    term: GradientEstimate? = nil
  ) {
    self.gradient = gradient
    self.signal = signal
    self.fit = fit
    self.loss = loss
    self.term = term
  }
}
