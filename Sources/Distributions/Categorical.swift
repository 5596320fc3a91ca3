import Differentiation

/// One of A classes per variable, from logits that need not be normalized.
///
/// Values are one-hot rows. The relaxation is Gumbel's: z = log θ − log E with E exponential is
/// log θ plus a Gumbel variate, and its largest element names a class drawn from θ.
///
/// A row may hold V independent variables: logits, values and noise are then `[R·V, A]`, the
/// variables of a row one below the other, while log-probabilities stay `[R]`.
public struct Categorical: ConditionallyReparameterizable {
  /// Exponential.
  public static let noise = NoiseKind.exponential

  /// The least log-probability of a class that a mask forbids: finite, since −∞ − (−∞) is NaN, and
  /// so low that such a class is never drawn.
  public static let maskedLogProbability = -60.0

  /// `[R·V, A]`, as given.
  public let logits: Tensor
  /// log θ, `[R·V, A]`, normalized over the classes.
  public let logProbabilities: Tensor
  /// V, the number of independent variables per row.
  public let variableCount: Int

  /// A distribution of `[R·V, A]` logits.
  ///
  /// - Parameters:
  ///   - logits: need not be normalized.
  ///   - mask: `[R·V, A]`, 1 for classes that are allowed and 0 for the others; each variable must
  ///     allow one. Logits of forbidden classes get a derivative of exactly 0.
  ///   - variables: V.
  public init(logits: Tensor, mask: Tensor? = nil, variables: Int = 1) {
    demand(
      logits.shape.rank == 2, "Categorical needs logits [rows, classes], not \(logits.shape).")
    demand(
      variables >= 1 && logits.shape[0].isMultiple(of: variables),
      "Categorical has logits \(logits.shape), whose rows cannot hold \(variables) variables each.")
    self.logits = logits
    variableCount = variables
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

  /// θ, `[R·V, A]`.
  public var mean: Tensor { logProbabilities.exp() }

  /// log θ_b of each variable, `[R·V]`.
  public func elementwiseLogProbability(of value: Tensor) -> Tensor {
    (value * logProbabilities).sum(axis: 1)
  }

  /// log p(b), `[R]`: the sum over the variables.
  public func logProbability(of value: Tensor) -> Tensor {
    summedOverVariables(elementwiseLogProbability(of: value))
  }

  /// −Σ θ log θ, `[R]`.
  public func entropy() -> Tensor {
    -summedOverVariables((logProbabilities.exp() * logProbabilities).sum(axis: 1))
  }

  /// Σ θ (log θ − log θ′), `[R]`.
  public func klDivergence(to other: Categorical) -> Tensor {
    let differences = logProbabilities - other.logProbabilities
    return summedOverVariables((logProbabilities.exp() * differences).sum(axis: 1))
  }

  /// z = log θ − log E, `[R·V, A]`.
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

  /// The exponential noise for which z̃ equals z, as a constant: E_b = e^−z_b and
  /// E_i = θ_i (e^−z_i − e^−z_b).
  public func coupledNoise(ofRelaxed sample: Tensor) -> Tensor {
    let top = sample.max(axis: 1, keepingAxis: true)
    let gap = Tensor.maximum(top - sample, sample.graph.constant(leastGap))
    let others = logProbabilities - sample + (-(-gap).expMinusOne()).log()
    return value(ofRelaxed: sample).select(-top, otherwise: others).exp().stopGradient()
  }

  /// softmax(z / λ).
  public func concreteValue(ofRelaxed sample: Tensor, temperature: Tensor) -> Tensor {
    (sample / temperature).softmax()
  }

  private func summedOverVariables(_ perVariable: Tensor) -> Tensor {
    if variableCount == 1 { return perVariable }
    return perVariable.reshaped([perVariable.shape.count / variableCount, variableCount])
      .sum(axis: 1)
  }
}
