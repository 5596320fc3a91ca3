import ReinforcementLearning

/// What a checkpoint holds of the session itself.
struct SessionState: Codable {
  /// The total that the run now aims at; `resume --steps` changes it.
  var steps: Int
  /// Whether the run ends once the task is solved; `resume --steps` takes a solved run further.
  var stopsWhenSolved: Bool
  /// Of the checkpoint that is the best one by its training returns.
  var bestMeanReturn: Double?

  /// What is wrong with this state, read back; nil for nothing.
  var fault: String? {
    StateFault.count(steps, "the total of steps", from: 1)
      ?? StateFault.finite([bestMeanReturn ?? 0], "the best mean return")
  }
}

/// How a run goes on.
struct Continuation {
  /// The new total, with which a solved run goes on too; nil for the one it had.
  var steps: Int?
  /// Whether the checkpoint before a damaged last one will do.
  var acceptsPrevious = false
  /// Settings that change, each `key=value`.
  var assignments: [String] = []
  /// In which environment.
  var environment = EnvironmentChoice()
}

/// How training ended.
enum TrainingEnding: Equatable {
  case solved, finished, interrupted
  /// A callback asked for it.
  case stopped
  /// In the midst of a step of the environments, so that only the last checkpoint is left.
  case brokenOff(reason: String)
  /// The episodes that an update waits for have not ended.
  case endless

  /// Whether nothing is left to do but what somebody asks for.
  var isFinal: Bool { self == .solved || self == .finished || self == .stopped }
}
