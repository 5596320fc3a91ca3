import Formats
import Networks
import ReinforcementLearning

/// A training loop whose agent's type no longer matters.
package protocol TrainingDriver: AnyObject {
  /// How far training has come.
  var progress: TrainingProgress { get }
  /// The episodes that count.
  var log: EpisodeLog { get }
  /// What the agent says of its last update.
  var metrics: [(name: String, value: Double?)] { get }
  /// The agent's parameters.
  var parameters: [ParameterSet<Float>] { get }
  /// Environment steps that no rollout goes beyond, or nil.
  var stepBound: Int? { get set }
  /// The largest magnitude of a reward so far.
  var largestReward: Double { get }
  /// Acts, differentiates and updates once.
  func update(of steps: Int) throws -> UpdateReport
  /// Adds all that is needed to go on exactly from here.
  func save(to checkpoint: inout SafetensorsFile) throws
  /// Takes over what `save` wrote.
  func restore(from checkpoint: SafetensorsFile) throws
}

extension TrainingLoop: TrainingDriver {
  /// What the agent says of its last update.
  package var metrics: [(name: String, value: Double?)] { agent.metrics }
  /// The agent's parameters.
  package var parameters: [ParameterSet<Float>] { agent.parameters }
}
