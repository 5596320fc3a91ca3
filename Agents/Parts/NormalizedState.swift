import Networks
import ReinforcementLearning

/// What an agent that normalizes keeps in a checkpoint besides tensors.
struct NormalizedState: Codable {
  /// Updates that were made.
  var updates: Int
  var observations: ObservationNormalizer?
  var rewards: RewardNormalizer?

  init(updates: Int, _ normalization: Normalization) {
    self.updates = updates
    observations = normalization.observations
    rewards = normalization.rewards
  }

  /// What a checkpoint has.
  ///
  /// - Parameters:
  ///   - checkpoint: what the agent saved.
  ///   - fresh: statistics that those of the checkpoint must be able to replace.
  /// - Throws: `CheckpointContentError` for what is missing, or not like that.
  init(of checkpoint: SafetensorsFile, replacing fresh: Normalization) throws {
    self = try decodeState(checkpoint.metadata["agent"], named: "agent")
    try refuse(
      [
        StateFault.count(updates, "the number of updates"),
        faultOfPart(
          observations, replacing: fresh.observations, "statistics of observations"
        ) { $0.fault(replacing: $1) },
        faultOfPart(rewards, replacing: fresh.rewards, "statistics of rewards") {
          $0.fault(replacing: $1)
        },
      ], in: "agent")
  }
}
