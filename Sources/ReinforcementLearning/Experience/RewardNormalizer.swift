import GSL

/// Divides rewards by the running standard deviation of the discounted return, then clips.
///
/// Frozen while a rollout is collected, like `ObservationNormalizer`. The form is that of
/// Stable-Baselines3's VecNormalize: clip(r / √(variance of R + ε), ±10), where each lane's
/// R ← γ R + r starts from 0 in every episode. The mean is not subtracted: that would change which
/// policy is best.
public struct RewardNormalizer: Codable, Hashable, Sendable {
  /// Statistics of the discounted returns so far.
  public private(set) var moments = ElementMoments(size: 1)
  /// The largest magnitude of a normalized reward; VecNormalize's default is 10.
  public let clip: Double
  /// Added to the variance, so that tasks without reward do not divide by 0.
  public let epsilon: Double

  /// Makes a normalizer that only clips until its first update.
  public init(clip: Double = 10, epsilon: Double = 1e-8) {
    insist(clip > 0, "The clipping bound must be above 0 but is \(clip). Usual is 10.")
    insist(epsilon > 0, "Epsilon must be above 0 but is \(epsilon). Usual is 1e-8.")
    self.clip = clip
    self.epsilon = epsilon
  }

  /// Takes in the discounted returns of a rollout.
  public mutating func update(with rollout: ElementMoments) {
    moments.merge(rollout)
  }

  /// Checks that the statistics can still be used.
  ///
  /// - Throws: ``StatisticsError`` where they have overflowed.
  public func requireFinite() throws(StatisticsError) {
    guard moments.firstNonFinite != nil || !scale.isNormal else { return }
    throw StatisticsError(of: "the discounted returns", setting: "normalize_rewards")
  }

  /// What rewards are multiplied with.
  public var scale: Double {
    moments.count > 0 ? 1 / (moments.variance(0) + epsilon).squareRoot() : 1
  }

  /// Normalizes rewards.
  ///
  /// - Parameters:
  ///   - rewards: raw, of any number.
  ///   - normalized: of the same number, receives the result.
  public func normalize(_ rewards: Span<Double>, into normalized: inout MutableSpan<Float>) {
    insist(
      rewards.count == normalized.count,
      "\(rewards.count) rewards do not fit memory for \(normalized.count).")
    let scale = scale
    for index in rewards.indices {
      normalized[index] = Float(min(max(rewards[index] * scale, -clip), clip))
    }
  }
}

/// The running discounted return of each lane of a shard, and the moments of all its values.
public struct DiscountedReturnTracker: Codable, Hashable, Sendable {
  /// γ.
  public let discount: Double
  /// The moments gathered since they were last taken.
  public private(set) var moments = ElementMoments(size: 1)
  private var returns: [Double]

  /// Makes a tracker of lanes at the start of an episode.
  ///
  /// - Parameters:
  ///   - count: N, at least 1.
  ///   - discount: γ in [0, 1].
  public init(count: Int, discount: Double) {
    insist(count > 0, "A tracker needs at least 1 lane but got \(count).")
    insist(
      discount >= 0 && discount <= 1,
      "The discount must lie in [0, 1] but is \(discount). Most tasks here use 0.99.")
    self.discount = discount
    returns = Array(repeating: 0, count: count)
  }

  /// Records one step of every lane.
  ///
  /// - Parameters:
  ///   - rewards: `[N]`, raw.
  ///   - outcomes: `[N]`.
  ///   - isSkipped: whether the lane of that index waits and is left out.
  public mutating func record(
    rewards: Span<Double>, outcomes: Span<Outcome>,
    skipping isSkipped: (Int) -> Bool = { _ in false }
  ) {
    insist(
      rewards.count == returns.count && outcomes.count == returns.count,
      "A step of \(returns.count) lanes has \(rewards.count) rewards, \(outcomes.count) outcomes.")
    for lane in returns.indices where !isSkipped(lane) {
      guard outcomes[lane] != .lost else {
        returns[lane] = 0
        continue
      }
      returns[lane] = discount * returns[lane] + rewards[lane]
      moments.add(returns[lane])
      if outcomes[lane].isEnd { returns[lane] = 0 }
    }
  }

  /// Sets every lane's return to 0, as a reset of the environments does.
  public mutating func restart() {
    for lane in returns.indices { returns[lane] = 0 }
  }

  /// Hands over the moments and begins new ones.
  public mutating func takeMoments() -> ElementMoments {
    defer { moments.removeAll() }
    return moments
  }
}

extension RewardNormalizer {
  /// Says why this one, read back, cannot take the place of another; nil if it can.
  package func fault(replacing fresh: RewardNormalizer) -> String? {
    moments.fault(size: 1) ?? StateFault.equal(clip, fresh.clip, "clip")
      ?? StateFault.equal(epsilon, fresh.epsilon, "epsilon")
  }
}

extension DiscountedReturnTracker {
  /// Says why this one, read back, cannot take the place of another; nil if it can.
  package func fault(replacing fresh: DiscountedReturnTracker) -> String? {
    moments.fault(size: 1) ?? StateFault.equal(discount, fresh.discount, "discount")
      ?? StateFault.equal(returns.count, fresh.returns.count, "the number of returns")
      ?? StateFault.finite(returns, "a return")
  }
}
