import Differentiation

/// A distribution over values b, one per row, whose parameters are tensors of a graph.
///
/// Shapes: R rows, each an independent draw.
public protocol Distribution {
  /// Which variates the distribution's samples are made of.
  static var noise: NoiseKind { get }

  /// What derivatives of estimators are taken with respect to: logits, or mean and log deviation.
  ///
  /// The leading extent of each is a multiple of R, so that each row has parameters of its own.
  var parameters: [Tensor] { get }

  /// log p(b), `[R]`, differentiable by the parameters.
  func logProbability(of value: Tensor) -> Tensor

  /// −E log p(b), `[R]`.
  func entropy() -> Tensor

  /// E[log p(b) − log q(b)], `[R]`, p being this distribution and q the other one.
  func klDivergence(to other: Self) -> Tensor
}

/// The variates that a distribution turns into samples.
///
/// Never uniforms: in single precision a uniform rounds to exactly 1 about once in 2²⁵ draws, and
/// its logistic or Gumbel variate is then infinite.
public enum NoiseKind: String, Sendable, Hashable, CaseIterable {
  /// Positive, of mean 1.
  case exponential
  /// log(u / (1 − u)) of a uniform u.
  case logistic
  /// Of mean 0 and variance 1.
  case normal
}

/// A distribution whose values are a differentiable function of the parameters and of noise.
///
/// This is what reparameterization and LAX (Grathwohl et al., 2018) ask for.
public protocol Reparameterizable: Distribution {
  /// b, differentiable by the parameters.
  ///
  /// - Parameter noise: one variate per element of b.
  /// - Returns: b, `[R, D]`.
  func sample(noise: Tensor) -> Tensor
}

/// A distribution of discrete values b = H(z), where z is a differentiable function of the
/// parameters and of noise, and where z can also be drawn given b.
///
/// This is what REBAR (Tucker et al., 2017) and RELAX (Grathwohl et al., 2018) ask for.
public protocol ConditionallyReparameterizable: Distribution {
  /// z, differentiable by the parameters.
  ///
  /// - Parameter noise: one variate of the distribution's kind per element of z.
  /// - Returns: z, of the shape of the noise.
  func relaxedSample(noise: Tensor) -> Tensor

  /// b = H(z), not differentiated.
  func value(ofRelaxed sample: Tensor) -> Tensor

  /// z̃ ~ p(z | b), differentiable by the parameters.
  ///
  /// - Parameters:
  ///   - value: b, as `value(ofRelaxed:)` gives it.
  ///   - noise: variates of z's shape, independent of those behind b, or `coupledNoise`.
  /// - Returns: z̃, of the shape of z.
  func conditionalRelaxedSample(given value: Tensor, noise: Tensor) -> Tensor

  /// The noise for which z̃ equals a given z, as a constant.
  ///
  /// Tucker et al. (2017), appendix C: with it in place of independent noise only the derivatives of
  /// z and z̃ differ. An estimate stays unbiased, since such noise is distributed like any other,
  /// given b.
  func coupledNoise(ofRelaxed sample: Tensor) -> Tensor

  /// σ_λ(z), a point between the discrete values which goes to b as λ goes to 0.
  ///
  /// Maddison et al. (2017) and Jang et al. (2017).
  ///
  /// - Parameters:
  ///   - sample: z.
  ///   - temperature: λ > 0, a scalar or anything that broadcasts to z.
  /// - Returns: σ_λ(z), of the shape of z.
  func concreteValue(ofRelaxed sample: Tensor, temperature: Tensor) -> Tensor

  /// E[b], differentiable by the parameters.
  var mean: Tensor { get }
}

extension ConditionallyReparameterizable {
  /// b = H(z), not differentiated.
  ///
  /// - Parameter noise: one variate of the distribution's kind per element of z.
  /// - Returns: b, of the shape of the noise.
  public func sample(noise: Tensor) -> Tensor {
    value(ofRelaxed: relaxedSample(noise: noise)).stopGradient()
  }
}

/// The least gap that is told apart from none when noise is recovered: at a gap of 0 its logarithm
/// would be infinite.
let leastGap = 1e-30
