/// Why a policy cannot be written as a program of another kind.
public enum ExportError: Error, Hashable, CustomStringConvertible {
  /// Its agent is a user's own, and acts by something else than a graph.
  case notAGraph(agent: String)
  /// It has an operation that the format has no words for.
  case unknownOperation(String, format: String)
  /// What it does with one observation depends on how many there are.
  case mixesRows(operation: String)

  /// What is wrong and what would be right.
  public var description: String {
    switch self {
    case .notAGraph(let agent):
      "The policy of \(agent) is not computed by a graph, so it cannot be exported. Make it a "
        + "CompiledPolicy, or conform it to GraphPolicy."
    case .unknownOperation(let operation, let format):
      "The policy's operation \(operation) cannot be written as \(format)."
    case .mixesRows(let operation):
      "The policy's operation \(operation) does not treat each observation by itself, so the policy "
        + "cannot be exported."
    }
  }
}
