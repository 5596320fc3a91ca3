import Foundation
import GSL

/// J = E f + τ H of independent bits, exactly: how good a policy is that must stay stochastic.
public struct EntropyObjective: Sendable {
  /// f.
  public let function: any PseudoBooleanFunction
  /// τ ≥ 0, in units of f for each nat of entropy.
  public let entropyWeight: Double

  /// The objective of a function.
  ///
  /// - Parameters:
  ///   - function: f.
  ///   - entropyWeight: τ, finite and not negative.
  public init(_ function: any PseudoBooleanFunction, entropyWeight: Double) {
    insist(
      entropyWeight >= 0 && entropyWeight.isFinite,
      "The weight of the entropy must be finite and not negative but is \(entropyWeight).")
    self.function = function
    self.entropyWeight = entropyWeight
  }

  /// J and its gradient by the logits.
  ///
  /// - Parameters:
  ///   - logits: ℓ, D finite numbers.
  ///   - gradient: D numbers, overwritten.
  /// - Returns: J.
  public func value(atLogits logits: [Double], gradient: inout [Double]) -> Double {
    let probabilities = logits.map { 1 / (1 + exp(-$0)) }
    let mean = function.expectation(probabilities, gradient: &gradient)
    for (index, logit) in logits.enumerated() {
      let spread = probabilities[index] * Self.complement(ofLogit: logit)
      // d H / dℓ = −ℓ θ (1 − θ).
      gradient[index] = (gradient[index] - entropyWeight * logit) * spread
    }
    return mean + entropyWeight * Self.entropy(ofLogits: logits)
  }

  /// J.
  public func value(atLogits logits: [Double]) -> Double {
    function.expectation(logits.map { 1 / (1 + exp(-$0)) })
      + entropyWeight * Self.entropy(ofLogits: logits)
  }

  private static func entropy(ofLogits logits: [Double]) -> Double {
    logits.reduce(0) { $0 + entropy(ofLogit: $1) }
  }

  /// H of one bit, from two positive terms: their difference would cancel at large logits.
  private static func entropy(ofLogit logit: Double) -> Double {
    let distance = abs(logit)
    let rarer = exp(-distance) / (1 + exp(-distance))
    let logarithm = log1p(exp(-distance))
    return rarer * (distance + logarithm) + (1 - rarer) * logarithm
  }

  private static func complement(ofLogit logit: Double) -> Double { 1 / (1 + exp(logit)) }

  /// The largest J that was found from many starts, by exact gradients.
  ///
  /// With τ > 0 by natural-gradient ascent: ℓ moves towards (∂ E f / ∂θ) / τ, where the gradient vanishes,
  /// and by half as much whenever J would fall. With τ = 0 a maximum has no doubt in any bit, and the bit
  /// that gains most is flipped until none gains.
  ///
  /// - Parameters:
  ///   - starts: how many, at least 1; the first one is that of a policy which knows nothing, ℓ = 0.
  ///   - stream: where the other starts come from.
  /// - Returns: J*, a lower bound of the true maximum.
  public func maximum(starts: Int = 24, from stream: inout RandomStream) -> Double {
    var best = -Double.infinity
    for start in 0..<starts {
      let logits = (0..<function.variableCount).map { _ in
        start == 0 ? 0 : 2 * stream.gaussian()
      }
      best = max(best, entropyWeight > 0 ? ascent(from: logits) : flips(from: logits))
    }
    return best
  }

  private func ascent(from start: [Double]) -> Double {
    var (logits, slopes) = (start, start)
    var current = value(atLogits: logits)
    var step = 0.5
    for _ in 0..<2000 where step > 1e-6 {
      _ = function.expectation(logits.map { 1 / (1 + exp(-$0)) }, gradient: &slopes)
      let next = zip(logits, slopes).map { $0 + step * ($1 / entropyWeight - $0) }
      let found = value(atLogits: next)
      guard found > current else {
        step /= 2
        continue
      }
      let gain = found - current
      (logits, current) = (next, found)
      step = min(1, step * 1.2)
      if gain < 1e-10 * max(1, abs(current)) { break }
    }
    return current
  }

  private func flips(from start: [Double]) -> Double {
    var bits = start.map { $0 > 0 ? 1.0 : 0 }
    var slopes = bits
    while true {
      let current = function.expectation(bits, gradient: &slopes)
      let gains = zip(bits, slopes).map { (1 - 2 * $0) * $1 }
      guard let best = gains.indices.max(by: { gains[$0] < gains[$1] }), gains[best] > 1e-12 else {
        return current
      }
      bits[best] = 1 - bits[best]
    }
  }
}
