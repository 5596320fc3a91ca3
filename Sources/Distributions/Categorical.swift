import Differentiation

/// One of A classes per row, from logits that need not be normalized.
///
/// Values are one-hot rows `[R, A]`. The relaxation is Gumbel's: z = log θ − log E with E
/// exponential is log θ plus a Gumbel variate, and its largest element names a class drawn from θ.
public struct Categorical: ConditionallyReparameterizable {
  /// The least log-probability of a class that a mask forbids: finite, since −∞ − (−∞) is NaN, and
  /// so low that such a class is never drawn.
  public static let maskedLogProbability = -60.0

  /// `[R, A]`, as given.
  public let logits: Tensor
  /// log θ, `[R, A]`, normalized over the classes.
  public let logProbabilities: Tensor

  /// A distribution of `[R, A]` logits.
  ///
  /// - Parameter mask: `[R, A]`, 1 for classes that are allowed and 0 for the others; each row must
  ///   allow one. Logits of forbidden classes get a derivative of exactly 0.
  public init(logits: Tensor, mask: Tensor? = nil) {
    precondition(
      logits.shape.rank == 2, "Categorical needs logits [rows, classes], not \(logits.shape).")
    self.logits = logits
    guard let mask else {
      logProbabilities = logits.logSoftmax()
      return
    }
    let graph = logits.graph
    let allowed = mask.select(logits, otherwise: graph.constant(-1e9))
    logProbabilities = mask.select(
      logits - allowed.logSumExp(keepingAxis: true),
      otherwise: graph.constant(Self.maskedLogProbability))
  }

  /// The logits.
  public var parameters: [Tensor] { [logits] }

  /// The number of classes.
  public var classCount: Int { logits.shape[1] }

  /// log θ_b, `[R]`.
  public func logProbability(of value: Tensor) -> Tensor { (value * logProbabilities).sum(axis: 1) }

  /// −Σ θ log θ, `[R]`.
  public func entropy() -> Tensor {
    -(logProbabilities.exp() * logProbabilities).sum(axis: 1)
  }

  /// z = log θ − log E, `[R, A]`.
  public func relaxedSample(noise: Tensor) -> Tensor { logProbabilities - noise.log() }

  /// The class of the largest element, one-hot.
  public func value(ofRelaxed sample: Tensor) -> Tensor {
    sample.argMax().oneHot(depth: classCount)
  }

  /// z̃ given the class b: z̃_b = −log E_b and z̃_i = −log(E_i/θ_i + E_b), so that b stays largest.
  ///
  /// Grathwohl et al. (2018), appendix B. The sum is formed in logarithms: E_i/θ_i overflows single
  /// precision once a class has a probability below 1e-38.
  public func conditionalRelaxedSample(given value: Tensor, noise: Tensor) -> Tensor {
    let logNoise = noise.log()
    let top = (value * logNoise).sum(axis: 1, keepingAxis: true)
    let others = top + (logNoise - logProbabilities - top).softplus()
    return -value.select(top, otherwise: others)
  }
}
