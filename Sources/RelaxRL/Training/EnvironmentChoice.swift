import Environments
import Runs

/// The environment in which a run goes on or is evaluated, where that is not simply its own.
struct EnvironmentChoice {
  /// What was typed behind `--env`.
  var name: String?
  /// Options of an environment in other processes.
  var simulator: [SimulatorOptions.Given] = []
  /// What it is wrapped in, where that is not what the run's is.
  var wrappers: String?
  /// Whether the program that another user's folder names may be started.
  var allowsCommand = false
  /// Whether it will be asked for pictures.
  var isRendering = false
  /// Whether an environment with other spaces, another limit or another name will do.
  var allowsChanges = false

  private var command: SimulatorOptions.Given? {
    simulator.first { $0.key == SimulatorSection.commandKey }
  }

  /// Finds the environment, and starts its program if it is one.
  ///
  /// - Parameters:
  ///   - stored: the run's settings, which change with the choice.
  ///   - path: the run folder.
  ///   - step: environment steps so far.
  ///   - record: what the checkpoint says of the environment.
  /// - Returns: the environment, by the name under which its states were saved, and what the next
  ///   checkpoint says of it.
  /// - Throws: what was typed wrongly, or why the environment cannot be used.
  func resolve(
    _ stored: inout StoredSettings, of path: String, atStep step: Int, record: EnvironmentRecord?
  ) throws -> (entry: EnvironmentEntry, record: EnvironmentRecord) {
    try stored.change(atStep: step) { try apply(to: &$0) }
    let settings = try stored.current.decode(RunSettings.self)
    let simulator = try Catalogue.simulator(in: stored.current)
    if let simulator, name == nil, command == nil {
      try FolderProgram.announce(simulator, settings.env, of: path, isAllowed: allowsCommand)
    }
    // A command says itself what its task is called.
    let entry = try Catalogue.current.environment(
      command == nil ? settings.env : "", simulator: simulator, for: stored.current,
      rendering: isRendering)
    if command != nil {
      try stored.change(atStep: step) {
        try $0.set("env", to: entry.spec.name, source: .flag("--env-command"))
      }
    }
    var present = EnvironmentRecord(entry)
    guard let record else { return (entry, present) }
    try present.require(record, allowingChanges: allowsChanges)
    let name = record.savedAs ?? record.name
    if name == present.name { return (entry, present) }
    present.savedAs = name
    return (entry.named(name), present)
  }

  private func apply(to table: inout SettingsTable) throws {
    if let name, command != nil {
      throw UsageError("--env \(name) and --env-command exclude each other: both name the task.")
    }
    if let command, command.value.isEmpty {
      throw UsageError("--env-command must be a program, but is empty.")
    }
    let isBridged = Catalogue.isBridged(name ?? "")
    if command != nil || isBridged {
      OptionalSettings.append(named: [SimulatorSection.commandKey], to: &table)
    }
    if let name {
      let known = isBridged ? name : try Catalogue.current.environment(name).spec.name
      try table.set("env", to: known, source: .flag("--env \(name)"))
      for key in SimulatorSection.taskKeys + [EnvironmentArguments.key] where table[key] != nil {
        try table.set(key, to: "", source: .flag("--env \(name)"))
      }
    }
    if let wrappers {
      OptionalSettings.append(named: [EnvironmentWrappers.key], to: &table)
      try table.set(
        EnvironmentWrappers.key, to: wrappers,
        source: .flag("\(EnvironmentWrappers.flag) \(wrappers)"))
    }
    for flag in simulator {
      if flag.key == SimulatorSection.argumentsKey {
        try apply(arguments: flag, to: &table)
        continue
      }
      guard table[SimulatorSection.commandKey] != nil else {
        throw UsageError(
          "\(flag.flag) is for an environment of another program; name one with --env-command or "
            + "--env gym:NAME.")
      }
      try table.set(flag.key, to: flag.value, source: .flag(flag.flag))
    }
  }

  /// Arguments that are not named stay what they are in the run.
  private func apply(
    arguments flag: SimulatorOptions.Given, to table: inout SettingsTable
  ) throws {
    var key = SimulatorSection.argumentsKey
    if try Catalogue.simulator(in: table) == nil {
      key = EnvironmentArguments.key
      OptionalSettings.append(named: [key], to: &table)
    }
    let text = EnvironmentArguments.text(table[key]?.word ?? "", with: flag.value)
    try table.set(key, to: text, source: .flag(flag.flag))
  }
}
