import Differentiation
import Foundation

/// D independent normal variables per row, from means and logarithms of standard deviations.
public struct DiagonalGaussian: Reparameterizable {
  /// Normal.
  public static let noise = NoiseKind.normal

  /// μ, `[R, D]`.
  public let mean: Tensor
  /// log σ, `[R, D]`.
  public let logDeviation: Tensor

  /// A distribution of `[R, D]` means and log deviations.
  ///
  /// - Parameters:
  ///   - mean: μ.
  ///   - logDeviation: log σ, of the same shape; broadcast it if rows share it.
  public init(mean: Tensor, logDeviation: Tensor) {
    demand(
      mean.shape.rank == 2 && mean.shape == logDeviation.shape,
      "DiagonalGaussian needs means and log deviations [rows, variables] of one shape, not "
        + "\(mean.shape) and \(logDeviation.shape).")
    self.mean = mean
    self.logDeviation = logDeviation
  }

  /// The means and the log deviations.
  public var parameters: [Tensor] { [mean, logDeviation] }

  /// The number of variables per row.
  public var variableCount: Int { mean.shape[1] }

  /// log p(b) of each variable, `[R, D]`: −½ ((b − μ) / σ)² − log σ − ½ log 2π.
  public func elementwiseLogProbability(of value: Tensor) -> Tensor {
    let standardized = (value - mean) * (-logDeviation).exp()
    return -0.5 * standardized.squared() - logDeviation - 0.5 * Foundation.log(2 * Double.pi)
  }

  /// log p(b), `[R]`: the sum over the variables.
  public func logProbability(of value: Tensor) -> Tensor {
    elementwiseLogProbability(of: value).sum(axis: 1)
  }

  /// Σ log σ + ½ log 2πe, `[R]`.
  public func entropy() -> Tensor {
    (logDeviation + 0.5 * (Foundation.log(2 * Double.pi) + 1)).sum(axis: 1)
  }

  /// The Kullback–Leibler divergence to another distribution of as many variables, `[R]`.
  public func klDivergence(to other: DiagonalGaussian) -> Tensor {
    let logRatio = logDeviation - other.logDeviation
    let shift = ((mean - other.mean) * (-other.logDeviation).exp()).squared()
    return (0.5 * ((2 * logRatio).exp() + shift - 1) - logRatio).sum(axis: 1)
  }

  /// b = μ + σ ε, `[R, D]`.
  public func sample(noise: Tensor) -> Tensor { mean + logDeviation.exp() * noise }
}
