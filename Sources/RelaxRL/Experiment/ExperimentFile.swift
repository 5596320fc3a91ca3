import Runs

extension ExperimentPlan.Words {
  private static let keys = [
    "agents", "environments", "seeds", "steps", "against", "env_command", "settings",
    "settings_of",
  ]
  private static let blocks = "blocks"

  /// A part of an experiment with agents and environments of its own.
  struct Block {
    /// Nil where a file has no blocks and is one itself.
    var name: String?
    var words: ExperimentPlan.Words
  }

  /// The words of a YAML file, block by block.
  ///
  /// ```yaml
  /// seeds: 1-20
  /// settings: {envs: 8}
  /// settings_of:
  ///   relax-a2c: {control_variate.scope: parameters}
  /// blocks:
  ///   choices: {agents: [a2c, relax-a2c], environments: [cartpole, acrobot]}
  ///   reals: {agents: [a2c, ddpg], environments: [pendulum]}
  /// ```
  ///
  /// What a block does not say stands above the blocks. A file without blocks is one itself.
  ///
  /// - Parameter path: the file.
  /// - Returns: at least one.
  /// - Throws: `ConfigurationError` or `UsageError` with the closest key.
  static func blocks(ofFile path: String) throws -> [Block] {
    let file = try ConfigurationFile(path: path)
    var names: [String] = []
    for key in file.keys where key == blocks || key.hasPrefix(blocks + ".") {
      let parts = key.split(separator: ".", maxSplits: 2).map(String.init)
      guard parts.count == 3 else {
        throw UsageError(
          "\(path): blocks must list, below a name for each, agents and environments, but has \(key)."
        )
      }
      if !names.contains(parts[1]) { names.append(parts[1]) }
    }
    var common = try Self(file.keeping { !$0.hasPrefix(blocks + ".") }, path, besides: [blocks])
    guard !names.isEmpty else { return [Block(name: nil, words: common)] }
    // Not every block has the agent that is named above all of them.
    (common.against, common.againstWherePresent) = (nil, common.against)
    return try names.map { name in
      guard name.isPlainName else {
        throw UsageError(
          "\(path): the name of a block has letters, digits, \"-\", \"_\" and points, but one is "
            + "\"\(name)\".")
      }
      let words = try Self(file.below("\(blocks).\(name)"), "\(path), block \(name)")
      return Block(name: name, words: words.over(common))
    }
  }

  /// The words of one block.
  private init(_ file: ConfigurationFile, _ path: String, besides other: [String] = []) throws {
    for key in file.keys {
      let head = String(key.prefix { $0 != "." })
      guard Self.keys.contains(head) else {
        throw UsageError(
          unknown: "key of an experiment", key, among: Self.keys + other,
          listing: Self.keys + other)
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
    words.againstWherePresent = againstWherePresent ?? file.againstWherePresent
    words.assignments = file.assignments + assignments
    return words
  }
}
