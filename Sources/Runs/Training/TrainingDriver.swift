import Formats
import Networks
import ReinforcementLearning

/// A training loop whose agent's type no longer matters.
package protocol TrainingDriver: OngoingTraining {
  /// What is told how training goes, in this order.
  var callbacks: [any TrainingCallback] { get set }
  /// Environment steps of the whole run.
  var totalSteps: Int { get set }
  /// Whether a callback has asked for the end of the run.
  var isStopping: Bool { get }
  /// The agent's parameters.
  var parameters: [ParameterSet<Float>] { get }
  /// The mean over the last 100 episodes of what is maximized where that is more than rewards.
  var meanObjective: Double? { get }
  /// Environment steps that no rollout goes beyond, or nil.
  var stepBound: Int? { get set }
  /// The largest magnitude of a reward so far.
  var largestReward: Double { get }
  /// Acts, differentiates and updates once.
  func update(of steps: Int) throws -> UpdateReport
  /// Adds what a policy is made of: all of the agent but its shards.
  func saveAgent(to checkpoint: inout SafetensorsFile) throws
  /// Takes over what `saveAgent` wrote.
  func restoreAgent(from checkpoint: SafetensorsFile) throws
  /// Adds all that is needed to go on exactly from here.
  func save(to checkpoint: inout SafetensorsFile) throws
  /// Takes over what `save` wrote.
  func restore(from checkpoint: SafetensorsFile) throws
}

extension TrainingLoop: TrainingDriver {
  /// The agent's parameters.
  package var parameters: [ParameterSet<Float>] { agent.parameters }

  /// Adds what a policy is made of.
  package func saveAgent(to checkpoint: inout SafetensorsFile) throws {
    try agent.save(to: &checkpoint)
  }

  /// Takes over what `saveAgent` wrote.
  package func restoreAgent(from checkpoint: SafetensorsFile) throws {
    try agent.restore(from: checkpoint)
  }
}
