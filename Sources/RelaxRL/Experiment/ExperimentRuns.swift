import Runs

/// The runs of an experiment or of a block of it, all settings resolved and checked.
struct ExperimentRuns {
  let plan: ExperimentPlan
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
            file: contestant.file, simulator: simulator, evaluation: plan.evaluation))
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
    self.plan = plan
    self.runs = runs
    labels = plan.contestants.map(\.label)
    environments = names
  }

  /// The runs of all blocks of an experiment.
  ///
  /// - Parameter plans: of its blocks, at least one.
  /// - Returns: as many.
  /// - Throws: what was typed wrongly; what two blocks have in common that they must not.
  static func blocks(_ plans: [ExperimentPlan]) throws -> [ExperimentRuns] {
    let blocks = try plans.map { try ExperimentRuns($0) }
    let names = blocks.flatMap { $0.labels + $0.environments }
    for plan in plans { try plan.requireScopes(among: names) }
    var folders: Set<String> = []
    var contestants: [String: ExperimentPlan.Contestant] = [:]
    for block in blocks {
      for contestant in block.plan.contestants {
        let other = contestants.updateValue(contestant, forKey: contestant.label)
        guard other == nil || other == contestant else {
          throw UsageError(
            "\(contestant.label) is not the same agent in two blocks; give one another label.")
        }
        for environment in block.environments {
          guard folders.insert("\(contestant.label)/\(environment)").inserted else {
            throw UsageError("\(contestant.label) in \(environment) comes in two blocks.")
          }
        }
      }
    }
    return blocks
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
    case .named(let name): Catalogue.isBridged(name) ? simulator : []
    }
  }
}
