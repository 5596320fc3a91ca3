/// What rewards become before an agent learns from them.
///
/// Rewards are multiplied, then clipped. What is counted stays as it was: returns of episodes, in training and
/// evaluation alike, are sums of the environment's own rewards.
public struct RewardTransform: Hashable, Sendable {
  /// What rewards are multiplied with.
  public private(set) var factor = 1.0
  /// The largest magnitude of the product.
  public private(set) var bound = Double.infinity

  /// Leaves rewards as they are.
  public init() {}

  /// Whether rewards stay as they are.
  public var isIdentity: Bool { self == RewardTransform() }

  /// The same with the results multiplied.
  func scaled(by factor: Double) -> RewardTransform {
    var transform = self
    transform.factor *= factor
    transform.bound *= abs(factor)
    return transform
  }

  /// The same with the results clipped.
  func clipped(to bound: Double) -> RewardTransform {
    var transform = self
    transform.bound = min(self.bound, bound)
    return transform
  }

  /// A reward as training sees it.
  public func callAsFunction(_ reward: Double) -> Double {
    min(max(reward * factor, -bound), bound)
  }
}
