import GSL

/// Statistics that all shards read while they act and that change between updates alone.
public final class Normalization {
  /// Of observations, where they are normalized.
  public package(set) var observations: ObservationNormalizer?
  /// Of rewards, where they are normalized.
  public package(set) var rewards: RewardNormalizer?
  /// Whether rollouts leave the statistics as they are.
  package var isFrozen = false

  /// Fresh statistics.
  ///
  /// - Parameters:
  ///   - observationSize: D where observations are normalized, else nil.
  ///   - rewards: whether rewards are.
  public init(observationSize: Int? = nil, rewards: Bool = false) {
    observations = observationSize.map { ObservationNormalizer(size: $0) }
    self.rewards = rewards ? RewardNormalizer() : nil
  }

  /// What one shard's rollout adds.
  public struct Moments: Sendable {
    /// Of raw observations.
    public var observations: ElementMoments?
    /// Of discounted returns.
    public var returns: ElementMoments?

    init(observations: ElementMoments?, returns: ElementMoments?) {
      self.observations = observations
      self.returns = returns
    }

    /// Moments that ``numbers`` has turned into numbers.
    ///
    /// - Parameters:
    ///   - numbers: as another process has them.
    ///   - normalization: which says what there is.
    package init(numbers: [Double], of normalization: Normalization) {
      let size = normalization.observations?.moments.mean.count
      let middle = size.map { ElementMoments.numberCount(size: $0) } ?? 0
      observations = size.map { _ in ElementMoments(numbers: numbers[..<middle]) }
      returns =
        normalization.rewards.map { _ in ElementMoments(numbers: numbers[middle...]) }
    }

    /// The same as plain numbers, which processes can exchange.
    package var numbers: [Double] { (observations?.numbers ?? []) + (returns?.numbers ?? []) }
  }

  /// Whether there is anything to take in.
  public var isActive: Bool { observations != nil || rewards != nil }

  /// Takes in what the shards' rollouts add, in the order of the shards.
  ///
  /// - Throws: ``StatisticsError`` for statistics that are of no use any more.
  public func merge(_ shards: [Moments]) throws(StatisticsError) {
    if !isFrozen {
      for moments in shards {
        if let rows = moments.observations { observations?.update(with: rows) }
        if let returns = moments.returns { rewards?.update(with: returns) }
      }
    }
    try observations?.requireFinite()
    try rewards?.requireFinite()
  }
}
