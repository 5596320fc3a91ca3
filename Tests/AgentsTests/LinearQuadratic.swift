import Foundation
import GSL
import Networks
import ReinforcementLearning

@testable import Agents

/// x′ = x + a with reward −(x′² + ρ a²), for one or two steps: the policy gradient has a closed form.
struct LinearQuadratic: Environment {
  static let spec = EnvironmentSpec(name: "linear-quadratic", stepLimit: 2)
  static let actionCost = 0.3
  private var x = 0.0

  var observationSpace: Space { .box(lower: [-.infinity], upper: [.infinity]) }
  var actionSpace: Space { .box(lower: [-.infinity], upper: [.infinity]) }

  /// Between 0.5 and 1.5.
  static func firstState(from stream: inout RandomStream) -> Double {
    stream.uniform(in: 0.5...1.5)
  }

  /// The next state and the reward.
  static func step(_ x: Double, _ action: Double) -> (Double, reward: Double) {
    let next = x + action
    return (next, -(next * next + actionCost * action * action))
  }

  mutating func reset(using stream: RandomStream, observation: inout MutableSpan<Float>) {
    var stream = stream
    x = Self.firstState(from: &stream)
    observation[0] = Float(x)
  }

  mutating func step(_ action: Float, observation: inout MutableSpan<Float>) -> Transition {
    let (next, reward) = Self.step(x, Double(action))
    x = next
    observation[0] = Float(x)
    return Transition(reward: reward)
  }
}

/// The policy N(K x + m, σ²) as an actor-critic has it, and its exact gradient.
///
/// Four rectified units: the first one stays above 0 for every state that occurs, so that the network
/// is linear there, and the others stay at 0.
struct LinearPolicy {
  static let hiddenSizes = [4]
  let gain: Double
  let offset: Double
  let deviation: Double
  /// Weight and bias into the first unit, and its weight and bias to the output.
  private let path: (weight: Double, bias: Double, outWeight: Double, outBias: Double)

  /// Writes the policy into a layout's parameters; returns what they mean after rounding.
  static func write<Scalar: ParameterScalar & BinaryFloatingPoint>(
    to set: ParameterSet<Scalar>
  ) -> LinearPolicy {
    set["policy.0.weight"] = [0.5, 0, 0, 0]
    set["policy.0.bias"] = [6, -1, -1, -1]
    set["policy.1.weight"] = [-0.6, 0, 0, 0]
    set["policy.1.bias"] = [3.8]
    set["policy.log_deviation"] = [-0.4]
    return LinearPolicy(set)
  }

  private init<Scalar: ParameterScalar & BinaryFloatingPoint>(_ set: ParameterSet<Scalar>) {
    func first(_ name: String) -> Double { Double(set[name][0]) }
    path = (
      first("policy.0.weight"), first("policy.0.bias"), first("policy.1.weight"),
      first("policy.1.bias")
    )
    gain = path.outWeight * path.weight
    offset = path.outWeight * path.bias + path.outBias
    deviation = exp(first("policy.log_deviation"))
  }

  func mean(_ x: Double) -> Double { gain * x + offset }

  /// ∇J in the order of the policy's parameters.
  func exactGradient(steps: Int) -> [Double] {
    let byGain = slope(steps: steps, gain: 1)
    let byOffset = slope(steps: steps, offset: 1)
    let byLogDeviation = slope(steps: steps, variance: 2 * deviation * deviation)
    let units = LinearPolicy.hiddenSizes[0] - 1
    func unit(_ value: Double) -> [Double] { [value] + Array(repeating: 0, count: units) }
    return unit(byGain * path.outWeight) + unit(byOffset * path.outWeight)
      + unit(byGain * path.weight + byOffset * path.bias) + [byOffset, byLogDeviation]
  }

  /// The derivative of J along changes of K, m and σ².
  ///
  /// With M = E x and S = E x²: E a² = K² S + 2 K m M + m² + σ², M′ = (1 + K) M + m and
  /// S′ = (1 + K)² S + 2 (1 + K) m M + m² + σ². J = −Σ S′ + ρ E a².
  private func slope(
    steps: Int, gain dK: Double = 0, offset dm: Double = 0, variance dv: Double = 0
  ) -> Double {
    let (k, m) = (gain, offset)
    var (mean, square) = (1.0, 1 + 1.0 / 12)
    var (dMean, dSquare) = (0.0, 0.0)
    var total = 0.0
    /// The derivative of f² S + 2 f m M + m² + σ² for f = K and f = 1 + K.
    func derivative(_ f: Double) -> Double {
      2 * f * dK * square + f * f * dSquare + 2 * (dK * m + f * dm) * mean + 2 * f * m * dMean
        + 2 * m * dm + dv
    }
    for _ in 0..<steps {
      let dNext = derivative(1 + k)
      total -= dNext + LinearQuadratic.actionCost * derivative(k)
      let variance = deviation * deviation
      let next = (1 + k) * (1 + k) * square + 2 * (1 + k) * m * mean + m * m + variance
      let dNextMean = dK * mean + (1 + k) * dMean + dm
      mean = (1 + k) * mean + m
      (square, dSquare, dMean) = (next, dNext, dNextMean)
    }
    return total
  }
}
