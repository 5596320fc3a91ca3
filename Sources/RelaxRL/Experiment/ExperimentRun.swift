import Formats
import ReinforcementLearning
import Runs

/// One run of an experiment: an agent in an environment with a seed.
///
/// Unchecked, because a table of settings holds values and metatypes, neither of which ever change.
struct ExperimentRun: @unchecked Sendable {
  /// How far a run is that has a folder.
  enum Progress {
    case new, begun
    case done(RunSummary)
  }

  /// The agent's name in the tables.
  let label: String
  /// The environment's name in the tables.
  let environment: String
  let seed: UInt64
  /// Every setting.
  let table: SettingsTable
  /// Below the experiment's.
  let folder: String

  /// What the folder of the experiment holds of this run.
  ///
  /// - Parameter experiment: the folder.
  /// - Returns: what is left to do.
  /// - Throws: `UsageError` where the run has other settings, or was taken further than these say.
  func progress(in experiment: ExperimentFolder) throws -> Progress {
    guard experiment.exists(folder) else { return .new }
    let path = "\(experiment.path)/\(folder)"
    try requireSettings(of: path)
    guard let summary = try experiment.summary(of: folder) else { return .begun }
    let settings = try table.decode(RunSettings.self)
    if summary.solved && settings.stopWhenSolved {
      guard summary.steps == summary.solvedAtStep else {
        throw UsageError(
          "\(path) was solved after \(summary.solvedAtStep ?? 0) steps and then taken to "
            + "\(summary.steps), which these settings do not say. Choose another --out.")
      }
      return .done(summary)
    }
    let isDone = summary.steps >= settings.steps || summary.stoppedByCallback == true
    return isDone ? .done(summary) : .begun
  }

  /// Makes sure that a run folder has the settings of this run, whatever its seed is.
  ///
  /// - Parameter path: the run folder.
  /// - Throws: `UsageError` that names every difference.
  func requireSettings(of path: String) throws {
    let text = try RunFolder.configuration(of: path)
    let file = try ConfigurationFile(yaml: text, path: "\(path)/config.yaml")
    var found = table
    do {
      try found.apply(file)
    } catch {
      throw UsageError("\(path) is a run of other settings or of another version: \(error)")
    }
    let present = Set(file.keys)
    let differences = table.keys.compactMap { key -> String? in
      if !present.contains(key) { return "\(key) is missing there" }
      if key == "seed" || found[key] == table[key] { return nil }
      let (there, here) = (found[key]?.yaml ?? "missing", table[key]?.yaml ?? "missing")
      return "\(key) is \(there) there and \(here) here"
    }
    guard differences.isEmpty else {
      throw UsageError(
        "\(path) is a run of other settings: \(differences.joined(separator: "; ")). Runs of one "
          + "experiment are alike; choose another --out, or ask for the settings of that one.")
    }
    // What `resume --set` has changed is noted behind the settings.
    let changed = text.split(separator: "\n").first { line in
      !line.hasPrefix("#") && line.contains("  # ") && line.hasSuffix(" on")
    }
    if let changed {
      throw UsageError(
        "\(path) is a run whose settings have changed since it began: \(changed). "
          + "Choose another --out.")
    }
  }
}

/// The runs of an experiment, all settings resolved and checked.
struct ExperimentRuns {
  let runs: [ExperimentRun]
  let labels: [String]
  let environments: [String]

  /// Resolves the settings of every run; nothing has been written then.
  ///
  /// - Parameter plan: what was asked for.
  /// - Throws: what was typed wrongly, such as an agent that cannot act in one of the tasks.
  init(_ plan: ExperimentPlan) throws {
    var runs: [ExperimentRun] = []
    var names: [String] = []
    for task in plan.tasks {
      let simulator = plan.options(for: task)
      // The program is asked once; its name is what the tables say.
      let entry = try SettingsResolution.environment(plan.name(of: task), simulator)
      let name = Self.folderName(entry.spec.name)
      guard !names.contains(name) else {
        throw UsageError("Two environments would share the folder \(name); name one of them.")
      }
      names.append(name)
      for contestant in plan.contestants {
        var table = try SettingsResolution.resolve(
          TypedSettings(
            agent: contestant.agent, environment: plan.name(of: task), seed: "0",
            steps: plan.steps, stopsWhenSolved: plan.stopsWhenSolved,
            assignments: plan.assignments(
              for: contestant.label, in: [name, entry.spec.name] + entry.spec.aliases),
            simulator: simulator, evaluation: plan.evaluation))
        if entry.simulator == nil {
          // The agent's own checks of its settings, before anything runs.
          _ = try TrainingSession.makeDriver(
            try table.decode(RunSettings.self), table, entry, threads: 1)
        }
        for seed in plan.seeds {
          try table.set("seed", to: "\(seed)", source: .flag("--seeds"))
          runs.append(
            ExperimentRun(
              label: contestant.label, environment: name, seed: seed, table: table,
              folder: "\(contestant.label)/\(name)/seed-\(seed)"))
        }
      }
    }
    try plan.requireScopes(names)
    self.runs = runs
    labels = plan.contestants.map(\.label)
    environments = names
  }

  /// A name for tables and folders: `gym:LunarLander-v3` is `gym-lunarlander-v3`.
  private static func folderName(_ name: String) -> String {
    let words = name.lowercased().map { character in
      character.isASCII && (character.isLetter || character.isNumber || "._".contains(character))
        ? character : "-"
    }
    let text = String(words).split(separator: "-").joined(separator: "-")
    return text.isEmpty || text.hasPrefix(".") ? "task-\(text)" : text
  }
}

extension ExperimentPlan {
  /// The name behind `--env`, nil where a program is the task.
  fileprivate func name(of task: Task) -> String? {
    if case .named(let name) = task { name } else { nil }
  }

  /// The options that the task's simulator gets: none for a task of this program.
  fileprivate func options(for task: Task) -> [SimulatorOptions.Given] {
    switch task {
    case .command(let command):
      [
        SimulatorOptions.Given(
          flag: "--env-command \(command)", key: SimulatorSection.commandKey, value: command)
      ] + simulator.filter { $0.key != SimulatorSection.argumentsKey }
    case .named(let name): Catalogue.isGymnasium(name) ? simulator : []
    }
  }
}
