import ReinforcementLearning

/// Which run a callback is made for.
public struct RunDescription: Hashable, Sendable {
  /// The agent's name.
  public let agent: String
  /// The environment's name.
  public let environment: String
  /// The run's seed.
  public let seed: UInt64
  /// The run folder.
  public let folder: String
}

/// Makes the callbacks of a run; each run gets its own, and runs of an experiment train on several
/// threads at the same time.
public typealias CallbackMaker = @Sendable (RunDescription) throws -> [any TrainingCallback]
