import Runs

/// What was typed on the command line about a run, before anything is known of agent or task.
struct TypedSettings {
  var agent: String?
  var environment: String?
  /// Numbers as they were typed.
  var seed: String?
  /// The seed where none was typed.
  var drawnSeed = UInt64(UInt32.random(in: .min ... .max))
  var steps: String?
  var environments: String?
  var stopsWhenSolved: Bool?
  var assignments: [String] = []
  /// Whether the gradient has to be unbiased.
  var isUnbiased = false
  var file: String?
  /// How every event is written down.
  var log: String?
  /// Whose parameters to begin with.
  var initialParameters: String?
  /// Options of an environment in other processes.
  var simulator: [SimulatorOptions.Given] = []
  /// What the environment is wrapped in.
  var wrappers: String?
  /// Options of evaluations while training.
  var evaluation: [SimulatorOptions.Given] = []
}

extension TypedSettings {
  /// A setting as `--set` or a file has it; nil where neither does.
  fileprivate func text(_ key: String, _ file: ConfigurationFile?) -> String? {
    let assigned = assignments.last { $0.hasPrefix("\(key)=") }
    return assigned.map { String($0.dropFirst(key.count + 1)) } ?? file?[key]
  }

  /// What flags, assignments or a file set.
  fileprivate func keys(besides file: ConfigurationFile?) -> [String] {
    let flags = [
      (EnvironmentWrappers.key, wrappers), (InitialParameters.key, initialParameters),
      (LogSettings.key, log),
    ]
    return evaluation.map(\.key) + flags.filter { $0.1 != nil }.map(\.0)
      + assignments.map { String($0.prefix { $0 != "=" }) } + (file?.keys ?? [])
  }
}

/// From what was typed to every setting of a run: preset, then file, then flags.
enum SettingsResolution {
  /// Every setting, checked as far as that is possible without making the agent.
  ///
  /// - Throws: `UsageError` or `ConfigurationError`, one line each.
  static func resolve(_ typed: TypedSettings) throws -> SettingsTable {
    let catalogue = Catalogue.current
    var file = try typed.file.map { try ConfigurationFile(path: $0, hasBlocks: true) }
    guard let agentName = typed.agent ?? file?["agent"] else {
      throw UsageError("--agent is missing. `\(ProgramName.current) list` shows what there is.")
    }
    let agent = try catalogue.agent(agentName)
    let chosen = try chooseEnvironment(typed, &file)
    let (environmentName, section) = (chosen.name, chosen.simulator)
    if let command = section?.simulator.command, !command.isEmpty, let path = typed.file,
      !typed.simulator.contains(where: { $0.key == SimulatorSection.commandKey })
    {
      Console.standardError.note(
        "Starting the program that \(path) names: \(Console.readable(command))")
    }
    let environment = try catalogue.environment(
      environmentName, simulator: section?.simulator, arguments: chosen.arguments,
      wrappers: chosen.wrappers ?? "",
      expecting: section.map { section in
        Catalogue.expectedEnvironments(of: section.simulator) { key in
          if key == "envs", let count = typed.environments { return count }
          let assigned = typed.assignments.last { $0.hasPrefix("\(key)=") }
          return assigned.map { String($0.dropFirst(key.count + 1)) } ?? file?[key]
        }
      })
    if let objection = agent.objection(environment) {
      let others = catalogue.agents.filter { $0.objection(environment) == nil }.map(\.name)
      throw UsageError(
        objection
          + (others.isEmpty ? "" : " \(others.joined(separator: ", ")) can act there."))
    }
    // The two that are already known, by whatever name the file has for them.
    file?.remove("agent")
    file?.remove("env")

    var table = try defaults(agent, environment, seed: typed.drawnSeed)
    let typedKeys = typed.keys(besides: file)
    let named = (typedKeys + OptionalSettings.meant(by: typedKeys, besides: table)).filter {
      !$0.hasPrefix(SimulatorSection.prefix) && $0 != EnvironmentArguments.key
    }
    let arguments = chosen.arguments.isEmpty ? [] : [EnvironmentArguments.key]
    OptionalSettings.append(named: named + arguments, to: &table)
    if !chosen.arguments.isEmpty {
      try table.set(
        EnvironmentArguments.key, to: chosen.arguments, source: .flag("--env-args"))
    }
    if let file {
      let presets = Presets(file)
      try presets.requireSettings(in: table)
      try table.apply([presets], for: environment)
      if let note = presets.unusedNote(environment) { Console.standardError.note(note) }
    }
    if typed.isUnbiased {
      guard let settings = agent.unbiasedSettings else {
        let others = catalogue.agents.filter { $0.unbiasedSettings != nil }.map(\.name)
        throw UsageError(
          "--unbiased cannot be had with \(agent.name), whose gradient is \(try agent.gradient(table)). "
            + "\(others.joined(separator: ", ")) can be unbiased.")
      }
      try table.apply(assignments: settings, flag: "--unbiased, which sets")
    }
    try table.apply(assignments: typed.assignments)
    let flags: [(flag: String, key: String, value: String?)] = [
      ("--seed", "seed", typed.seed), ("--steps", "steps", typed.steps),
      ("--envs", "envs", typed.environments),
      (EnvironmentWrappers.flag, EnvironmentWrappers.key, typed.wrappers),
      ("--init-from", InitialParameters.key, typed.initialParameters),
      ("--log", LogSettings.key, typed.log),
    ]
    for flag in flags {
      guard let value = flag.value else { continue }
      try table.set(flag.key, to: value, source: .flag("\(flag.flag) \(value)"))
    }
    if let stops = typed.stopsWhenSolved {
      try table.set(
        "stop_when_solved", to: "\(stops)",
        source: .flag(stops ? "--stop-when-solved" : "--no-stop-when-solved"))
    }
    for flag in (section == nil ? [] : typed.simulator) + typed.evaluation {
      try table.set(flag.key, to: flag.value, source: .flag(flag.flag))
    }
    _ = try EvaluationSettings(in: table)
    _ = try InitialParameters(in: table)
    _ = try ThresholdSettings(in: table)
    try resolveIntervals(&table)
    try table.decode(RunSettings.self).validate()
    if typed.isUnbiased {
      let gradient = try agent.gradient(table)
      guard gradient.isUnbiased else {
        throw UsageError("--unbiased and these settings exclude each other: \(gradient).")
      }
    }
    return table
  }

  /// The environment that was asked for, where no run's settings are.
  static func environment(
    _ name: String?, _ options: [SimulatorOptions.Given], wrappers: String? = nil
  ) throws -> EnvironmentEntry {
    var file: ConfigurationFile?
    let chosen = try chooseEnvironment(
      TypedSettings(environment: name, simulator: options, wrappers: wrappers), &file)
    return try Catalogue.current.environment(
      chosen.name, simulator: chosen.simulator?.simulator, arguments: chosen.arguments,
      wrappers: chosen.wrappers ?? "")
  }

  /// The environment that was asked for, and how its simulator is run where it is one.
  ///
  /// - Parameters:
  ///   - typed: the command line.
  ///   - file: forgets simulator and parameters of another environment than the one that was typed.
  /// - Returns: the environment's name, the settings of its simulator if it has one, its parameters if it has
  ///   none, and its wrappers if any are named.
  /// - Throws: what was typed wrongly.
  private static func chooseEnvironment(
    _ typed: TypedSettings, _ file: inout ConfigurationFile?
  ) throws -> (name: String, simulator: SimulatorSection?, arguments: String, wrappers: String?) {
    let commandFlag = typed.simulator.first { $0.key == SimulatorSection.commandKey }
    if let name = typed.environment {
      if commandFlag != nil {
        throw UsageError("--env \(name) and --env-command exclude each other: both name the task.")
      }
      file = file?.keeping {
        $0 != SimulatorSection.commandKey
          && (Catalogue.isBridged(name) || !$0.hasPrefix(SimulatorSection.prefix))
          && $0 != EnvironmentArguments.key
      }
    }
    if let commandFlag, commandFlag.value.isEmpty {
      throw UsageError("--env-command must be a program, but is empty.")
    }
    let name = commandFlag == nil ? typed.environment ?? file?["env"] : ""
    let section = try Catalogue.section(
      file, flags: typed.simulator, assignments: typed.assignments,
      isAsked: Catalogue.isBridged(name ?? ""))
    let isArguments = { (flag: SimulatorOptions.Given) in flag.key == SimulatorSection.argumentsKey
    }
    if section == nil, let flag = typed.simulator.first(where: { !isArguments($0) }) {
      throw UsageError(
        "\(flag.flag) is for an environment of another program; name one with --env-command or "
          + "--env gym:NAME.")
    }
    guard let name else {
      throw UsageError("--env is missing. `\(ProgramName.current) list` shows what there is.")
    }
    let wrappers = typed.wrappers ?? typed.text(EnvironmentWrappers.key, file)
    if section != nil { return (name, section, "", wrappers) }
    return (
      name, nil,
      typed.simulator.last(where: isArguments)?.value
        ?? typed.text(EnvironmentArguments.key, file) ?? "", wrappers
    )
  }

  /// The settings of a run that was given none: the agent's defaults, then its presets.
  ///
  /// - Throws: what is wrong with the presets of an agent of one's own.
  static func defaults(
    _ agent: AgentEntry, _ environment: EnvironmentEntry, seed: UInt64
  ) throws -> SettingsTable {
    var table = agent.blankSettings
    try table.set("env", to: environment.spec.name, source: .flag("--env"))
    try table.set("seed", to: "\(seed)", source: .flag("--seed"))
    try table.apply(agent.presets, for: environment)
    if let simulator = environment.simulator {
      table.append(SimulatorSection(simulator: simulator.settings))
    }
    return table
  }

  /// Turns an interval of 0, which nobody chose, into a share of the run.
  static func resolveIntervals(_ table: inout SettingsTable) throws {
    let steps = try table.decode(RunSettings.self).steps
    for (key, share) in [("progress_interval", 200), ("checkpoint_interval", 10)]
    where table[key] == .integer(0) {
      try table.set(
        key, to: "\(max(1, steps / share))", source: .flag("--set \(key)"))
    }
  }
}
