/// Why an agent cannot work as asked.
public enum AgentError: Error, Hashable, CustomStringConvertible {
  /// The agent cannot act in the environment's action space.
  case wrongActionSpace(agent: String, needs: String, environment: String, has: Space)

  /// What is wrong, and what would be right.
  public var description: String {
    switch self {
    case .wrongActionSpace(let agent, let needs, let environment, let has):
      "\(agent) needs \(needs), but \(environment) has \(has)."
    }
  }
}
