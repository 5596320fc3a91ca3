import Differentiation

/// A running mean and variance of a signal, as a baseline for REINFORCE.
///
/// Exponential averages m ← d m + (1 − d) x of the values and of their squares, divided by 1 − dᵗ as
/// Adam does, so that the first values count in full. A baseline is unbiased only if it does not
/// know the value it is subtracted from: read `mean` first, then call `update`.
public struct MovingAverage: Sendable, Hashable, Codable {
  /// d in [0, 1): the weight of the past.
  public let decay: Double
  private var weight = 0.0
  private var first = 0.0
  private var second = 0.0

  /// An average of nothing yet.
  ///
  /// - Parameter decay: d; the default is that of the authors of NVIL for C and s.
  public init(decay: Double = 0.8) {
    demand(
      decay >= 0 && decay < 1,
      "The decay of a moving average must lie in [0, 1) but is \(decay). Most tasks use 0.8 to 0.99."
    )
    self.decay = decay
  }

  /// The mean of the values so far; 0 before the first.
  public var mean: Double { weight > 0 ? first / weight : 0 }

  /// The variance of the values so far; 0 before the second.
  public var variance: Double { weight > 0 ? max(0, second / weight - mean * mean) : 0 }

  /// max(1, standard deviation), which NVIL divides by.
  public var scale: Double { max(1, variance.squareRoot()) }

  /// Takes in one more value, the mean of a batch for example.
  public mutating func update(_ value: Double) {
    weight = decay * weight + 1 - decay
    first = decay * first + (1 - decay) * value
    second = decay * second + (1 - decay) * value * value
  }
}
