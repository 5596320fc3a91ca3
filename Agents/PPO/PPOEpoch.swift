import ReinforcementLearning

/// What all shards need to know of the epoch under way, which only all of them together can say.
///
/// The agent writes it between two passes, the shards read it within one.
final class PPOEpoch {
  /// Of one minibatch, over all shards.
  struct Minibatch {
    /// What is subtracted from an advantage.
    var center = 0.0
    /// What the rest is multiplied with.
    var scale = 1.0
    /// Of each row: 1 over their number; 0 where there is none.
    var weight = 0.0
  }

  /// ε of the update under way.
  let clipRange = ExperienceColumn<Float>("clip_range", capacity: 1)
  /// In the order of the epoch.
  private(set) var minibatches: [Minibatch] = []

  /// Added to a deviation, so that equal advantages do not divide by 0; Stable-Baselines3's.
  private static let epsilon = 1e-8

  /// Merges what the shards have found.
  ///
  /// - Parameters:
  ///   - moments: of the advantages of each minibatch, by shard.
  ///   - normalizes: whether advantages are shifted and scaled.
  func prepare(_ moments: [[ElementMoments]], normalizes: Bool) {
    minibatches = moments[0].indices.map { index in
      var merged = ElementMoments(size: 1)
      for shard in moments { merged.merge(shard[index]) }
      var minibatch = Minibatch(weight: merged.count > 0 ? 1 / merged.count : 0)
      // One row alone would be its own mean.
      if normalizes && merged.count > 1 {
        let variance = merged.variance(0) * merged.count / (merged.count - 1)
        minibatch.center = merged.mean[0]
        minibatch.scale = 1 / (variance.squareRoot() + Self.epsilon)
      }
      return minibatch
    }
  }
}

/// What a minibatch says of the policy's move, as sums of its rows' weighted numbers.
struct PPOStatistics: BitwiseCopyable {
  /// An estimate of the divergence from the old policy, (r − 1) − log r, which is never negative.
  var divergence = 0.0
  /// Share of rows whose ratio is out of the clip range.
  var clippedShare = 0.0
  /// The policy's entropy.
  var entropy = 0.0

  static func + (a: PPOStatistics, b: PPOStatistics) -> PPOStatistics {
    PPOStatistics(
      divergence: a.divergence + b.divergence, clippedShare: a.clippedShare + b.clippedShare,
      entropy: a.entropy + b.entropy)
  }
}
