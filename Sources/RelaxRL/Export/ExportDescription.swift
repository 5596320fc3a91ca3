import ReinforcementLearning
import Runs

/// What an exported file says of itself.
struct ExportDescription {
  /// The agent's name.
  var agent: String
  /// The task's name.
  var environment: String
  /// Of observations.
  var observationSpace: Space
  /// Of actions.
  var actionSpace: Space

  /// What it is, in a line.
  var title: String { "What \(agent) has learned of \(environment)." }

  /// What an observation is.
  var observation: String {
    let size = observationSpace.observationSize
    let numbers = "\(size) number\(size == 1 ? "" : "s") of \(observationSpace)"
    switch observationSpace {
    case .box, .multiBinary: return "\(numbers), as the environment gives them"
    case .discrete: return "\(numbers): 1 at the place of the value, 0 elsewhere"
    case .multiDiscrete:
      return "\(numbers): for each element, 1 at the place of its value, 0 elsewhere"
    }
  }

  /// What a mask is.
  var mask: String {
    "\(actionSpace.maskSize ?? 0) numbers: 1 for each value of an action that is allowed, 0 for others"
  }

  /// What an action is.
  var action: String { "an action of \(actionSpace), the one that seems best" }
}
