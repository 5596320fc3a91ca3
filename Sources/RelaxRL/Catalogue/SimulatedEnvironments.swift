import Agents
import Environments
import ReinforcementLearning
import Runs
import Synchronization

/// The settings of a run whose environment is a simulator; part of its `config.yaml`.
struct SimulatorSection: Codable, Hashable {
  var simulator = SimulatorSettings()

  static let commandKey = "simulator.command"
  static let argumentsKey = "simulator.args"
  static let prefix = "simulator."
  /// Those that decide what the task is; the others, only how it is spoken to.
  static let taskKeys = [commandKey, argumentsKey]
}

extension EnvironmentEntry {
  /// A task in other processes.
  init(_ simulator: Simulator, name: String? = nil) {
    let description = simulator.description
    let name = name ?? description.name
    self.init(
      spec: EnvironmentSpec(
        name: name, stepLimit: description.stepLimit,
        rewardThreshold: description.rewardThreshold),
      observationSpace: description.observationSpace, actionSpace: description.actionSpace,
      hasActionMask: description.hasActionMask,
      presetNames: Self.presetNames(of: name),
      simulator: simulator,
      named: { EnvironmentEntry(simulator, name: $0) }
    ) {
      try SubprocessEnvironments(simulator, name: name, count: $0, seed: $1, firstLane: $2)
    }
  }

  /// The names of the built-in task that is Gymnasium's of that name, whose settings suit it too, or
  /// Gymnasium's own name.
  private static func presetNames(of name: String) -> [String] {
    guard let bridge = PythonBridge(environment: name) else { return [] }
    let identifier = name.dropFirst(bridge.prefix.count).lowercased()
    let equal = builtIn.first { entry in
      entry.spec.aliases.contains { $0.lowercased() == identifier }
    }
    return equal?.presetNames ?? [name]
  }
}

extension Catalogue {
  /// Simulators that have been asked what they are: once in a process is enough.
  private static let simulators = Mutex<[SimulatorKey: Simulator]>([:])

  private struct SimulatorKey: Hashable {
    var words: [String]
    var settings: SimulatorSettings
    var isRendering: Bool
  }

  /// The environment that a run's settings name: by a command, by its name, or that of one of a Python package.
  ///
  /// - Parameters:
  ///   - name: of the environment; ignored where a command is named.
  ///   - settings: of its simulator, where it has one.
  ///   - arguments: its parameters, where it is a Swift environment that has some.
  ///   - wrappers: what it is wrapped in.
  ///   - expecting: how many environments the simulator's first process will most likely host.
  ///   - rendering: whether it will be asked for pictures.
  /// - Returns: the environment, whose simulator has been asked what it is.
  /// - Throws: `UsageError`, `SimulatorUsageError`, or what a simulator did wrong.
  func environment(
    _ name: String, simulator settings: SimulatorSettings?, arguments: String = "",
    wrappers: String = "", expecting: Int? = nil, rendering: Bool = false
  ) throws -> EnvironmentEntry {
    // Before a program is started for nothing.
    _ = try EnvironmentWrappers.parse(wrappers)
    guard let settings else {
      return try environment(name).with(arguments: arguments).with(wrappers: wrappers)
    }
    let bridge = PythonBridge(environment: name)
    if bridge == nil, !settings.args.isEmpty {
      throw UsageError(
        "--env-args \(settings.args) is for --env gym:NAME and others with parameters; a command has arguments "
          + "of its own.")
    }
    let words = bridge?.words(for: name, arguments: settings.args)
    let key = SimulatorKey(words: words ?? [], settings: settings, isRendering: rendering)
    let known = Self.simulators.withLock { $0[key] }
    let simulator =
      try known
      ?? Simulator(
        settings, words: words, expecting: expecting, rendering: rendering,
        stopSignal: StopSignal { InterruptFlag.isRaised },
        show: { Console.standardError.line($0) })
    Self.simulators.withLock { $0[key] = simulator }
    return try EnvironmentEntry(simulator.forAnotherRun, name: bridge == nil ? nil : name)
      .with(wrappers: wrappers)
  }

  /// The environment of a run whose settings are complete.
  func environment(of table: SettingsTable) throws -> EnvironmentEntry {
    let settings = try table.decode(RunSettings.self)
    return try environment(settings.env, simulator: try Self.simulator(in: table), for: table)
  }

  /// The same, under a name and with a simulator that are known already; one that is rendered plays alone.
  func environment(
    _ name: String, simulator: SimulatorSettings?, for table: SettingsTable,
    rendering: Bool = false
  ) throws -> EnvironmentEntry {
    let entry = try environment(
      name, simulator: simulator, arguments: EnvironmentArguments.text(in: table),
      wrappers: EnvironmentWrappers.text(in: table),
      expecting: simulator.map {
        rendering ? 1 : Self.expectedEnvironments(of: $0) { key in table[key]?.word }
      }, rendering: rendering)
    return entry.with(try ThresholdSettings(in: table))
  }

  /// How a run's simulator is started, nil where its environment is none.
  static func simulator(in table: SettingsTable) throws -> SimulatorSettings? {
    guard table[SimulatorSection.commandKey] != nil else { return nil }
    let settings = try table.decode(SimulatorSection.self).simulator
    let name = try table.decode(RunSettings.self).env
    return settings.command.isEmpty && !isBridged(name) ? nil : settings
  }

  /// Guesses how many environments a simulator's first process will host.
  ///
  /// It has to be told before presets and settings are known. A wrong guess costs one more start.
  ///
  /// - Parameters:
  ///   - simulator: its settings.
  ///   - setting: what is known of the run's settings, by key.
  /// - Returns: at least 1.
  static func expectedEnvironments(
    of simulator: SimulatorSettings, _ setting: (String) -> String?
  ) -> Int {
    let usual = ActorCriticConfiguration()
    func number(_ key: String, _ usual: Int) -> Int {
      min(max(setting(key).flatMap { Int($0) } ?? usual, 1), 1 << 20)
    }
    let lanes = min(number("envs", usual.envs), number("envs_per_shard", usual.envsPerShard))
    return lanes / min(max(simulator.processes, 1), lanes)
  }

  /// Whether an environment's name is one of a Python package's, such as `gym:CartPole-v1`.
  static func isBridged(_ name: String) -> Bool { PythonBridge(environment: name) != nil }

  /// The settings of the simulator from file, assignments and flags, before any others are known: the
  /// simulator has to be asked what it is before there can be a preset.
  ///
  /// - Parameters:
  ///   - file: of settings.
  ///   - flags: options of the command line.
  ///   - assignments: what `--set` sets.
  ///   - isAsked: whether there is a simulator even if no command is named.
  /// - Returns: nil where the environment is not a simulator.
  /// - Throws: the setting that is wrong.
  static func section(
    _ file: ConfigurationFile?, flags: [SimulatorOptions.Given], assignments: [String],
    isAsked: Bool
  ) throws -> SimulatorSection? {
    var table = SettingsTable(SimulatorSection())
    if let file { try table.apply(file.keeping { $0.hasPrefix(SimulatorSection.prefix) }) }
    try table.apply(assignments: assignments.filter { $0.hasPrefix(SimulatorSection.prefix) })
    for flag in flags { try table.set(flag.key, to: flag.value, source: .flag(flag.flag)) }
    let section = try table.decode(SimulatorSection.self)
    guard isAsked || !section.simulator.command.isEmpty else { return nil }
    return section
  }
}
