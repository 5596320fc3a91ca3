/// What was typed on the command line about a run, before anything is known of agent or task.
struct TypedSettings {
  var agent: String?
  var environment: String?
  var seed: Int?
  var steps: Int?
  var environments: Int?
  var stopsWhenSolved: Bool?
  var assignments: [String] = []
  var file: String?
}

/// From what was typed to every setting of a run: preset, then file, then flags.
enum SettingsResolution {
  /// Every setting, checked as far as that is possible without making the agent.
  ///
  /// - Throws: `UsageError` or `ConfigurationError`, one line each.
  static func resolve(_ typed: TypedSettings) throws -> SettingsTable {
    let catalogue = Catalogue.current
    var file = try typed.file.map { try ConfigurationFile(path: $0) }
    guard let agentName = typed.agent ?? file?["agent"] else {
      throw UsageError("--agent is missing. `rl-train list` shows what there is.")
    }
    guard let environmentName = typed.environment ?? file?["env"] else {
      throw UsageError("--env is missing. `rl-train list` shows what there is.")
    }
    let agent = try catalogue.agent(agentName)
    let environment = try catalogue.environment(environmentName)
    if let objection = agent.objection(environment) {
      let others = catalogue.agents.filter { $0.objection(environment) == nil }.map(\.name)
      throw UsageError(
        objection
          + (others.isEmpty ? "" : " \(others.joined(separator: ", ")) can act there."))
    }
    // The two that are already known, by whatever name the file has for them.
    file?.remove("agent")
    file?.remove("env")

    var table = defaults(agent, environment, seed: Int(UInt32.random(in: .min ... .max)))
    if let file { try table.apply(file) }
    try table.apply(assignments: typed.assignments)
    let flags: [(flag: String, key: String, value: Int?)] = [
      ("--seed", "seed", typed.seed), ("--steps", "steps", typed.steps),
      ("--envs", "envs", typed.environments),
    ]
    for flag in flags {
      guard let value = flag.value else { continue }
      try table.set(flag.key, to: "\(value)", source: .flag("\(flag.flag) \(value)"))
    }
    if let stops = typed.stopsWhenSolved {
      try table.set(
        "stop_when_solved", to: "\(stops)",
        source: .flag(stops ? "--stop-when-solved" : "--no-stop-when-solved"))
    }
    try resolveIntervals(&table)
    try table.decode(RunSettings.self).validate()
    return table
  }

  /// The settings of a run that was given none.
  static func defaults(
    _ agent: AgentEntry, _ environment: EnvironmentEntry, seed: Int
  ) -> SettingsTable {
    let preset = agent.preset(environment)
    var table = SettingsTable(
      RunSettings(
        agent: agent.name, env: environment.spec.name, seed: seed, steps: preset.steps,
        stopWhenSolved: true, progressInterval: 0, checkpointInterval: 0))
    table.append(preset.settings)
    return table
  }

  /// Turns an interval of 0, which nobody chose, into a share of the run.
  private static func resolveIntervals(_ table: inout SettingsTable) throws {
    let steps = try table.decode(RunSettings.self).steps
    for (key, share) in [("progress_interval", 200), ("checkpoint_interval", 10)]
    where table[key] == .integer(0) {
      try table.set(
        key, to: "\(max(1, steps / share))", source: .flag("--set \(key)"))
    }
  }
}
