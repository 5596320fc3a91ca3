import Differentiation
import Foundation

/// D independent variables per row between −1 and 1: tanh of normal ones.
///
/// Everything is said in terms of the normal variable u, since recovering it from tanh u by the inverse
/// fails where tanh rounds to 1. Estimators take the normal distribution `base`: the factor between
/// the two densities does not depend on the parameters, so that the score functions are equal.
public struct SquashedGaussian {
  /// The distribution of u.
  public let base: DiagonalGaussian

  /// The distribution of tanh u.
  public init(_ base: DiagonalGaussian) { self.base = base }

  /// b = tanh u, `[R, D]`.
  public func value(ofUnsquashed u: Tensor) -> Tensor { u.tanh() }

  /// log p(b) of b = tanh u, `[R]`: log p(u) − Σ log(1 − tanh² u).
  public func logProbability(ofUnsquashed u: Tensor) -> Tensor {
    base.logProbability(of: u) - Self.logVolume(u)
  }

  /// A draw, and its log-probability as a function of the noise.
  ///
  /// log p(u) is −Σ (½ ε² + log σ + ½ log 2π) there: (u − μ) / σ would only give ε back, rounded.
  ///
  /// - Parameter noise: ε, normal variates, `[R, D]`.
  /// - Returns: b = tanh(μ + σ ε), `[R, D]`, and log p(b), `[R]`.
  public func sample(noise: Tensor) -> (value: Tensor, logProbability: Tensor) {
    let u = base.sample(noise: noise)
    let logDensity =
      (-0.5 * noise.squared() - base.logDeviation - 0.5 * Foundation.log(2 * Double.pi))
      .sum(axis: 1)
    return (value(ofUnsquashed: u), logDensity - Self.logVolume(u))
  }

  /// An estimate of −E log p(b) from one sample, whose derivative is unbiased as well.
  ///
  /// The entropy has no closed form; it is that of u plus E Σ log(1 − tanh² u).
  ///
  /// - Parameter noise: normal variates, `[R, D]`.
  /// - Returns: one estimate per row, `[R]`.
  public func entropyEstimate(noise: Tensor) -> Tensor {
    base.entropy() + Self.logVolume(base.sample(noise: noise))
  }

  /// Σ log(1 − tanh² u) = Σ 2 (log 2 − u − log(1 + e^−2u)), which does not underflow for large u.
  private static func logVolume(_ u: Tensor) -> Tensor {
    (2 * (Foundation.log(2) - u - (-2 * u).softplus())).sum(axis: 1)
  }
}
