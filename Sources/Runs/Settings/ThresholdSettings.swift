import ReinforcementLearning

/// When a task counts as solved, where a run says so itself; part of `config.yaml` then.
package struct ThresholdSettings: Codable, Hashable, Sendable, DescribedSettings {
  /// What the mean over 100 episodes is of.
  package enum Quantity: String, Codable, CaseIterable, Sendable {
    /// The rewards of an episode.
    case rewards = "return"
    /// The rewards, and τ times the policy's entropy in each step.
    case objective
  }

  /// Above or at it the task counts as solved; missing as long as it is no number.
  package var threshold = Double.nan
  /// Of what.
  package var thresholdOf = Quantity.rewards

  /// The setting without which the other means nothing.
  package static let key = "threshold"
  /// What they mean.
  package static let descriptions = [
    "threshold": "The mean over 100 training episodes with which the task counts as solved.",
    "thresholdOf":
      "return: the rewards; objective: the rewards and entropy_coefficient times the policy's entropy.",
  ]

  /// None.
  package init() {}

  /// The settings in a table; nil where a run leaves it to its task.
  ///
  /// - Throws: `UsageError` for a threshold that is no number.
  package init?(in table: SettingsTable) throws {
    guard table[Self.key] != nil else { return nil }
    self = try table.decode(ThresholdSettings.self)
    guard threshold.isFinite else {
      throw UsageError(
        "threshold must be a number, the mean over 100 episodes that counts as solved, but is "
          + "\(threshold).")
    }
  }
}
