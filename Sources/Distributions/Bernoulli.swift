import Differentiation

/// D independent variables per row, each 0 or 1, from logits.
///
/// θ = σ(ℓ). The relaxation is z = ℓ + s with s logistic, and b = 1 where z > 0.
public struct Bernoulli: ConditionallyReparameterizable {
  /// Logistic.
  public static let noise = NoiseKind.logistic

  /// ℓ, `[R, D]`.
  public let logits: Tensor

  /// The logit, up to its sign, of a variable for which a mask allows one value alone.
  ///
  /// Finite, and so large that the other value is never drawn.
  public static let forcedLogit = 60.0

  /// A distribution of `[R, D]` logits.
  ///
  /// - Parameters:
  ///   - logits: those of forced variables get a derivative of exactly 0.
  ///   - mask: `[R, 2·D]`, for each variable 1 or 0 for its value 0 and then for its value 1; one of them
  ///     must be allowed. nil allows all.
  public init(logits: Tensor, mask: Tensor? = nil) {
    let shape = logits.shape
    demand(shape.rank == 2, "Bernoulli needs logits [rows, variables], not \(shape).")
    guard let mask else {
      self.logits = logits
      return
    }
    demand(
      mask.shape == [shape[0], 2 * shape[1]],
      "Bernoulli needs two flags for each of the variables \(shape), not a mask \(mask.shape).")
    let flags = mask.reshaped([shape[0], shape[1], 2])
    let (zero, one) = (
      flags.slice(axis: 2, 0..<1).reshaped(shape), flags.slice(axis: 2, 1..<2).reshaped(shape)
    )
    let graph = logits.graph
    self.logits = one.select(
      zero.select(logits, otherwise: graph.constant(Self.forcedLogit)),
      otherwise: graph.constant(-Self.forcedLogit))
  }

  /// The logits.
  public var parameters: [Tensor] { [logits] }

  /// The number of variables per row.
  public var variableCount: Int { logits.shape[1] }

  /// θ, `[R, D]`.
  public var mean: Tensor { logits.sigmoid() }

  /// log p(b) of each variable, `[R, D]`: b ℓ − log(1 + e^ℓ).
  ///
  /// Linear in b, so that it also extends to relaxed values between 0 and 1.
  public func elementwiseLogProbability(of value: Tensor) -> Tensor {
    value * logits - logits.softplus()
  }

  /// log p(b), `[R]`: the sum over the variables.
  public func logProbability(of value: Tensor) -> Tensor {
    elementwiseLogProbability(of: value).sum(axis: 1)
  }

  /// −Σ θ log θ + (1 − θ) log(1 − θ), `[R]`.
  ///
  /// Both terms are formed as positive numbers: their difference would cancel at large logits.
  public func entropy() -> Tensor {
    (logits.sigmoid() * (-logits).softplus() + (-logits).sigmoid() * logits.softplus()).sum(axis: 1)
  }

  /// The Kullback–Leibler divergence to another distribution of as many variables, `[R]`.
  public func klDivergence(to other: Bernoulli) -> Tensor {
    let ones = (-other.logits).softplus() - (-logits).softplus()
    let zeros = other.logits.softplus() - logits.softplus()
    return (logits.sigmoid() * ones + (-logits).sigmoid() * zeros).sum(axis: 1)
  }

  /// z = ℓ + s, `[R, D]`.
  public func relaxedSample(noise: Tensor) -> Tensor { logits + noise }

  /// 1 where z > 0, else 0.
  public func value(ofRelaxed sample: Tensor) -> Tensor { sample.step() }

  /// z̃ given b: softplus(s + softplus(ℓ)) where b = 1, −softplus(−s + softplus(−ℓ)) where b = 0.
  ///
  /// The truncated logistic variate of Tucker et al. (2017), appendix C, without a logarithm of
  /// anything that could round to 0 or 1. Its sign is that of b always, and
  /// ∂z̃/∂ℓ = p(b) (1 − e^−|z̃|).
  public func conditionalRelaxedSample(given value: Tensor, noise: Tensor) -> Tensor {
    let sign = 2 * value - 1
    return sign * (sign * noise + (sign * logits).softplus()).softplus()
  }

  /// The logistic noise for which z̃ equals z, as a constant.
  public func coupledNoise(ofRelaxed sample: Tensor) -> Tensor {
    let sign = 2 * value(ofRelaxed: sample) - 1
    let distance = Tensor.maximum(sample.absolute(), sample.graph.constant(leastGap))
    // The inverse of softplus, log(e^x − 1), without overflow.
    let argument = distance + (-(-distance).expMinusOne()).log()
    return (sign * (argument - (sign * logits).softplus())).stopGradient()
  }

  /// σ(z / λ).
  public func concreteValue(ofRelaxed sample: Tensor, temperature: Tensor) -> Tensor {
    (sample / temperature).sigmoid()
  }
}
