import Runs

/// A search for settings: what is tried, how far, and with which seeds.
struct TuningPlan {
  /// What was typed.
  struct Words {
    var agent: String?
    var environment: String?
    var configurations = 200
    var rungs = 3
    var factor = 4
    var steps: String?
    var seeds: String?
    var samplingSeed: UInt64 = 1
    var stopsWhenSolved: Bool?
    var assignments: [String] = []
    var ranges = TuningRanges()
    var simulator: [SimulatorOptions.Given] = []
  }

  /// What is not chosen otherwise: as many seeds as tell a good configuration from a better one, none of
  /// which a report of the presets uses.
  static let usualSeeds = "1000-1011"

  let space: TuningSpace
  let rungs: [Halving.Rung]
  let runs: TuningRuns
  let settings: RunSettings
  /// Whether a run ends when its task is solved, and is the better the earlier that is.
  var countsSteps: Bool {
    settings.stopWhenSolved
      && (runs.environment.spec.rewardThreshold != nil
        || runs.tables[0][ThresholdSettings.key] != nil)
  }
  /// Everything that has a say in the result, by name.
  let description: [String: String]

  /// A plan from words; nothing has been written then.
  ///
  /// - Throws: what was typed wrongly, such as an agent that cannot act in the task, or a range with a
  ///   value that the agent refuses.
  init(_ words: Words) throws {
    var base = try SettingsResolution.resolve(
      TypedSettings(
        agent: words.agent, environment: words.environment, seed: "0", steps: words.steps,
        stopsWhenSolved: words.stopsWhenSolved, assignments: words.assignments,
        simulator: words.simulator))
    // Nothing of these is made here.
    guard base[EvaluationSettings.intervalKey] == nil else {
      throw UsageError("A search has no evaluations while it trains; leave out eval_every.")
    }
    settings = try base.decode(RunSettings.self)
    let environment = try Catalogue.current.environment(of: base)
    let seeds = try SeedList.parse(words.seeds ?? Self.usualSeeds)
    let ranges = try words.ranges.resolve(for: settings.agent, in: base)
    space = try TuningSpace(
      ranges, configurations: words.configurations, seed: words.samplingSeed)
    rungs = Halving.rungs(
      words.rungs, factor: words.factor, configurations: words.configurations,
      steps: settings.steps, seeds: seeds)
    // The seed is that of each run.
    try base.set("seed", to: "0", source: .flag("--seeds"))
    let tables = try [base] + Self.tables(space, base)
    if environment.simulator == nil { try Self.check(tables, space, environment) }
    runs = TuningRuns(environment: environment, tables: tables)
    description = Self.description(words, space, seeds, base)
  }

  private static func tables(
    _ space: TuningSpace, _ base: SettingsTable
  ) throws -> [SettingsTable] {
    try space.points.indices.map { configuration in
      var table = base
      for (range, word) in zip(space.ranges, space.words(of: configuration)) {
        try table.set(range.key, to: word, source: .flag("--range \(range.key)=\(range.text)"))
      }
      return table
    }
  }

  /// The agent's own checks of every configuration, before anything runs.
  private static func check(
    _ tables: [SettingsTable], _ space: TuningSpace, _ environment: EnvironmentEntry
  ) throws {
    for (number, table) in tables.enumerated() {
      do {
        _ = try TrainingSession.makeDriver(
          try table.decode(RunSettings.self), table, environment, threads: 1)
      } catch  where number > 0 && Exit.isUsage(error) {
        let values = zip(space.ranges, space.words(of: number - 1)).map { "\($0.key) \($1)" }
        throw UsageError(
          "The ranges hold settings that cannot be: \(error) That is configuration \(number), with "
            + "\(values.joined(separator: ", ")).")
      }
    }
  }

  private static func description(
    _ words: Words, _ space: TuningSpace, _ seeds: [UInt64], _ base: SettingsTable
  ) -> [String: String] {
    var description = [
      "configurations": "\(words.configurations)", "rungs": "\(words.rungs)",
      "factor": "\(words.factor)", "seeds": SeedList.text(seeds),
      "sampling_seed": "\(words.samplingSeed)",
      // The order has a say in which coordinate is whose.
      "ranges": space.ranges.map { "\($0.key)=\($0.text)" }.joined(separator: " "),
    ]
    let ranged = Set(space.ranges.map(\.key))
    for key in base.keys where !ranged.contains(key) && !Self.ofEachRun.contains(key) {
      description[key] = base[key]?.yaml
    }
    return description
  }

  /// Settings of single runs, or of what these write.
  static let ofEachRun = ["seed", "progress_interval", "checkpoint_interval"]

  /// A configuration's settings as a file that `--config` reads.
  ///
  /// - Parameters:
  ///   - configuration: 0 for the preset.
  ///   - comment: lines about it.
  /// - Returns: every setting but those of single runs.
  func preset(of configuration: Int, comment: String) -> String {
    runs.tables[configuration].yaml(
      comment: comment,
      notes: Dictionary(
        uniqueKeysWithValues: space.ranges.map { ($0.key, "searched in \($0.text)") })
    ) { !Self.ofEachRun.contains($0) && $0 != "stop_when_solved" }
  }
}
