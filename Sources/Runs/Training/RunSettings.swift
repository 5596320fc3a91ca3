/// The settings of a run that do not belong to its agent; the head of `config.yaml`.
///
/// The number of threads is none of them: it does not change the result.
package struct RunSettings: Codable, Hashable {
  /// The agent's name.
  package var agent: String
  /// The environment's name.
  package var env: String
  /// Of parameters, noise and environments.
  package var seed: UInt64
  /// Environment steps, rounded up to whole updates.
  package var steps: Int
  /// Whether training ends when the task counts as solved.
  package var stopWhenSolved: Bool
  /// Environment steps between two rows of `progress.csv`.
  package var progressInterval: Int
  /// Environment steps between two checkpoints.
  package var checkpointInterval: Int

  /// Settings of the given values.
  package init(
    agent: String, env: String, seed: UInt64, steps: Int, stopWhenSolved: Bool,
    progressInterval: Int, checkpointInterval: Int
  ) {
    self.agent = agent
    self.env = env
    self.seed = seed
    self.steps = steps
    self.stopWhenSolved = stopWhenSolved
    self.progressInterval = progressInterval
    self.checkpointInterval = checkpointInterval
  }

  /// Makes sure that what is counted is counted in whole steps.
  package func validate() throws(UsageError) {
    for (key, value) in [
      ("steps", steps), ("progress_interval", progressInterval),
      ("checkpoint_interval", checkpointInterval),
    ] where value < 1 {
      throw UsageError("\(key) must be at least 1, but is \(value).")
    }
  }
}
