import Runs

/// What an experiment is asked to do: agents × environments × seeds, with settings.
struct ExperimentPlan {
  /// An agent and the name that it has in the tables: the same agent can take part twice, with other
  /// settings.
  struct Contestant: Hashable {
    var label: String
    var agent: String
    /// A file of settings that take the place of the preset's.
    var file: String?
  }

  /// A task, as it is named.
  enum Task: Hashable {
    case named(String)
    /// The program that the options name.
    case command(String)
  }

  /// Of the block that this is, where an experiment has several.
  var name: String?
  var contestants: [Contestant] = []
  var tasks: [Task] = []
  var seeds: [UInt64] = []
  var steps: String?
  var stopsWhenSolved: Bool?
  /// Each `key=value`, or `scope:key=value` for one agent or one environment.
  var assignments: [String] = []
  var simulator: [SimulatorOptions.Given] = []
  var evaluation: [SimulatorOptions.Given] = []
  /// The label of the agent with which the others are compared.
  var against: String?
  static let usualSeeds = "1-20"

  /// What was typed behind a flag or stands in a file, as text.
  struct Words {
    var agents: [String]?
    var environments: [String]?
    var seeds: String?
    var steps: String?
    var against: String?
    /// The same for blocks that have the agent.
    var againstWherePresent: String?
    var assignments: [String] = []
    var command: String?
  }

  /// A plan from words.
  ///
  /// - Parameter words: of the command line and the file.
  /// - Throws: `UsageError` for what is missing, comes twice or has no meaning.
  init(_ words: Words) throws {
    contestants = try Self.contestants(words.agents ?? [])
    tasks = try Self.tasks(words.environments ?? [], words.command)
    seeds = try SeedList.parse(words.seeds ?? Self.usualSeeds)
    steps = words.steps
    assignments = words.assignments
    let labels = contestants.map(\.label)
    if let against = words.against, !labels.contains(against) {
      throw UsageError(unknown: "agent of this experiment", against, among: labels, listing: labels)
    }
    against =
      words.against ?? words.againstWherePresent.flatMap { labels.contains($0) ? $0 : nil }
      ?? (labels.count > 1 ? labels[0] : nil)
  }

  private static func contestants(_ words: [String]) throws -> [Contestant] {
    guard !words.isEmpty else {
      throw UsageError("--agents is missing, such as --agents a2c,relax-a2c.")
    }
    var contestants: [Contestant] = []
    for word in words {
      let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
      guard let last = parts.last, !word.hasPrefix("="), !word.hasSuffix("=") else {
        throw UsageError(
          "--agents must be names such as a2c, or label=name for an agent under another name, but one is "
            + "\"\(word)\".")
      }
      let file = last.hasSuffix(".yaml") || last.hasSuffix(".yml") ? last : nil
      let agent = try Catalogue.current.agent(try file.map(Self.agent(ofFile:)) ?? last).name
      let label = parts.count == 2 ? parts[0] : agent
      guard label.isPlainName, !label.hasPrefix(".") else {
        throw UsageError(
          "A label has letters, digits, \"-\", \"_\" and points, but one is \"\(label)\".")
      }
      guard !contestants.contains(where: { $0.label == label }) else {
        throw UsageError(
          "The agent \(label) comes twice in --agents. With other settings it needs another name, such "
            + "as --agents \(label),other=\(agent) --set other:learning_rate=0.01.")
      }
      contestants.append(Contestant(label: label, agent: agent, file: file))
    }
    return contestants
  }

  /// The agent that a file of settings is for.
  private static func agent(ofFile path: String) throws -> String {
    guard let agent = try ConfigurationFile(path: path)["agent"] else {
      throw UsageError(
        "\(path) does not say for which agent its settings are: it has no key \"agent\".")
    }
    return agent
  }

  private static func tasks(_ words: [String], _ command: String?) throws -> [Task] {
    var tasks: [Task] = []
    for word in words {
      let name =
        Catalogue.isBridged(word) ? word : try Catalogue.current.environment(word).spec.name
      guard !tasks.contains(.named(name)) else {
        throw UsageError("The environment \(name) comes twice in --envs.")
      }
      tasks.append(.named(name))
    }
    if let command { tasks.append(.command(command)) }
    guard !tasks.isEmpty else {
      throw UsageError("--envs is missing, such as --envs cartpole,acrobot; or --env-command.")
    }
    return tasks
  }
}

extension ExperimentPlan {
  /// The assignments for one agent and one environment, without their scopes.
  func assignments(for label: String, in environment: [String]) -> [String] {
    assignments.compactMap { assignment in
      let (scope, rest) = Self.split(assignment)
      guard let scope else { return assignment }
      let names = [label] + environment
      return names.contains { $0.lowercased() == scope.lowercased() } ? rest : nil
    }
  }

  /// Makes sure that every scope is an agent or an environment of the experiment.
  ///
  /// - Parameter names: of all of them, those of other blocks too.
  /// - Throws: `UsageError` with the closest name.
  func requireScopes(among names: [String]) throws(UsageError) {
    for assignment in assignments {
      guard let scope = Self.split(assignment).scope else { continue }
      guard names.contains(where: { $0.lowercased() == scope.lowercased() }) else {
        throw UsageError(
          unknown: "agent or environment of this experiment", scope, among: names, listing: names)
      }
    }
  }

  /// What stands before a colon in the key; values have colons of their own.
  private static func split(_ assignment: String) -> (scope: String?, rest: String) {
    let key = assignment.prefix { $0 != "=" }
    // The names of Gymnasium's environments have a colon themselves.
    guard let colon = key.lastIndex(of: ":") else { return (nil, assignment) }
    return (
      String(key[..<colon]), String(assignment[assignment.index(after: colon)...])
    )
  }
}
