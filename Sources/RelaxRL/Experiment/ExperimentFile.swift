import Runs

extension ExperimentPlan.Words {
  private static let keys = [
    "agents", "environments", "seeds", "steps", "against", "env_command", "settings",
    "settings_of",
  ]

  /// The words of a YAML file.
  ///
  /// ```yaml
  /// agents: [a2c, relax-a2c]
  /// environments: [cartpole, acrobot]
  /// seeds: 1-20
  /// settings: {envs: 8}
  /// settings_of:
  ///   relax-a2c: {control_variate.scope: parameters}
  /// ```
  ///
  /// - Parameter path: the file.
  /// - Throws: `ConfigurationError` or `UsageError` with the closest key.
  init(file path: String) throws {
    let file = try ConfigurationFile(path: path)
    for key in file.keys {
      let head = String(key.prefix { $0 != "." })
      guard Self.keys.contains(head) else {
        throw UsageError(unknown: "key of an experiment", key, among: Self.keys, listing: Self.keys)
      }
      let isNested = key.contains(".")
      guard isNested == head.hasPrefix("settings") else {
        throw UsageError(
          isNested
            ? "\(path): \(head) must be a word or a list, but has the key \(key)."
            : "\(path): \(head) must list settings as \"key: value\".")
      }
    }
    agents = file.words("agents")
    environments = file.words("environments")
    seeds = file.words("seeds")?.joined(separator: ",")
    steps = file.text("steps")
    against = file.text("against")
    command = file.text("env_command")
    assignments = try file.keys.compactMap { key in
      guard let text = file.text(key) else { return nil }
      let parts = key.split(separator: ".", maxSplits: 2).map(String.init)
      switch parts[0] {
      case "settings":
        return "\(key.dropFirst("settings.".count))=\(text)"
      case "settings_of":
        guard parts.count == 3 else {
          throw UsageError(
            "\(path): settings_of must list settings below the name of an agent or environment, but "
              + "has \(key).")
        }
        return "\(parts[1]):\(parts[2])=\(text)"
      default: return nil
      }
    }
  }

  /// These, and where they say nothing those of a file.
  func over(_ file: ExperimentPlan.Words) -> ExperimentPlan.Words {
    var words = self
    words.agents = agents ?? file.agents
    // A task that is typed takes the place of all of the file's.
    if environments == nil && command == nil {
      words.environments = file.environments
      words.command = file.command
    }
    words.seeds = seeds ?? file.seeds
    words.steps = steps ?? file.steps
    words.against = against ?? file.against
    words.assignments = file.assignments + assignments
    return words
  }
}
