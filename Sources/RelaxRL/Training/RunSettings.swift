/// The settings of a run that do not belong to its agent; the head of `config.yaml`.
///
/// The number of threads is none of them: it does not change the result.
struct RunSettings: Codable, Hashable {
  /// The agent's name.
  var agent: String
  /// The environment's name.
  var env: String
  /// Of parameters, noise and environments.
  var seed: UInt64
  /// Environment steps, rounded up to whole updates.
  var steps: Int
  /// Whether training ends when the task counts as solved.
  var stopWhenSolved: Bool
  /// Environment steps between two rows of `progress.csv`.
  var progressInterval: Int
  /// Environment steps between two checkpoints.
  var checkpointInterval: Int

  func validate() throws(UsageError) {
    for (key, value) in [
      ("steps", steps), ("progress_interval", progressInterval),
      ("checkpoint_interval", checkpointInterval),
    ] where value < 1 {
      throw UsageError("\(key) must be at least 1, but is \(value).")
    }
  }
}
