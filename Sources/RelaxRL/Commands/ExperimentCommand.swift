import ArgumentParser
import Formats
import Foundation
import ReinforcementLearning
import Runs

/// `rl-train experiment --agents a2c,relax-a2c --envs cartpole,acrobot --seeds 1-20 --out DIR`.
struct ExperimentCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "experiment",
    abstract: "Train agents in environments with many seeds, and compare them.",
    discussion: """
      Every run has a folder of its own below the experiment's. The same command again goes on after
      Ctrl-C or a kill, and skips what is done. What the tables mean: docs/experiments.md
      """)

  @Option(
    help: ArgumentHelp(
      "The agents, such as a2c,relax-a2c; label=agent for one under another name, label=FILE.yaml for one "
        + "with the settings of a file, such as tune's best.yaml.", valueName: "agents"))
  var agents: String?

  @Option(help: "The environments, such as cartpole,acrobot.")
  var envs: String?

  @Option(parsing: .unconditional, help: "The seeds, such as 1-20 or 1-5,9; 1-20 if missing.")
  var seeds: String?

  @Option(
    parsing: .unconditional,
    help: "Environment steps of every run; those of the presets if missing.")
  var steps: TypedWord?

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "A setting of all runs, or of those of an agent or environment.",
      valueName: "[name:]key=value"))
  var assignments: [String] = []

  @Option(help: "A YAML file that says what flags do not (docs/experiments.md).")
  var config: String?

  @Option(help: "The agent with which the others are compared; the first if missing.")
  var against: String?

  @Option(help: "The experiment's folder; it is made, or gone on with.")
  var out: String?

  @Option(parsing: .unconditional, help: "Runs at the same time; the number of cores if missing.")
  var jobs: TypedWord?

  @Flag(inversion: .prefixedNo, help: "Whether a run ends when its task counts as solved.")
  var stopWhenSolved: Bool?

  @OptionGroup(title: "Evaluation while training") var evaluation: EvaluationOptions

  @OptionGroup(title: "Environments in other processes") var simulator: SimulatorOptions

  @Flag(help: "Print the report as one line of JSON on standard output.")
  var json = false

  @Flag(help: "Print no progress.")
  var quiet = false

  /// What `experiment.json` says was asked for.
  private struct Plan: Encodable {
    struct Block: Encodable {
      var name: String?
      var agents: [String: String]
      var environments: [String]
      var seeds: String
      var settings: [String]
      var against: String?

      init(_ runs: ExperimentRuns) {
        let plan = runs.plan
        name = plan.name
        agents = Dictionary(uniqueKeysWithValues: plan.contestants.map { ($0.label, $0.agent) })
        environments = runs.environments
        seeds = SeedList.text(plan.seeds)
        settings = plan.assignments
        against = plan.against
      }
    }

    var format = ExperimentFolder.format
    var checkpoints = CheckpointFile.format
    var blocks: [Block]
  }

  func run() throws {
    try Exit.reporting {
      try Launch.requireNone(for: "experiment")
      guard let out, !out.isEmpty else {
        throw UsageError("--out is missing: the folder in which the experiment keeps its runs.")
      }
      let jobs =
        try jobs?.number("--jobs", in: 1...1024) ?? ProcessInfo.processInfo.activeProcessorCount
      InterruptFlag.install(during: .starting)
      let blocks = try ExperimentRuns.blocks(try plans())
      let folder = try ExperimentFolder(out)
      let runs = blocks.flatMap(\.runs)
      let (todo, outcomes) = try sort(runs, in: folder)
      try folder.writePlan(Plan(blocks: blocks.map { Plan.Block($0) }))
      try finish(blocks, folder, try make(todo, outcomes, in: folder, threads: jobs))
    }
  }

  /// What is asked for, block by block.
  private func plans() throws -> [ExperimentPlan] {
    func list(_ text: String?) -> [String]? {
      text?.split(separator: ",").map { $0.filter { $0 != " " } }
    }
    var typed = ExperimentPlan.Words(
      agents: list(agents), environments: list(envs), seeds: seeds, steps: steps?.text,
      against: against, assignments: assignments, command: simulator.envCommand)
    var blocks = [ExperimentPlan.Words.Block(words: ExperimentPlan.Words())]
    if let config { blocks = try ExperimentPlan.Words.blocks(ofFile: config) }
    if let config, blocks[0].name != nil {
      guard agents == nil && envs == nil && simulator.envCommand == nil else {
        throw UsageError(
          "\(config) has blocks, each with agents and environments of its own, so --agents, --envs and "
            + "--env-command cannot be given besides.")
      }
      (typed.against, typed.againstWherePresent) = (nil, against)
    }
    let plans = try blocks.map { block in
      var plan = try ExperimentPlan(typed.over(block.words))
      plan.name = block.name
      plan.stopsWhenSolved = stopWhenSolved
      plan.simulator = simulator.given.filter { $0.key != SimulatorSection.commandKey }
      plan.evaluation = evaluation.given
      return plan
    }
    let labels = plans.flatMap { $0.contestants.map(\.label) }
    if let wanted = typed.over(blocks[0].words).againstWherePresent, !labels.contains(wanted) {
      throw UsageError(unknown: "agent of this experiment", wanted, among: labels, listing: labels)
    }
    return plans
  }

  /// What is left to do, and what is there already, by the number of the run.
  private func sort(
    _ runs: [ExperimentRun], in folder: ExperimentFolder
  ) throws -> (todo: [(index: Int, job: ExperimentRunner.Job)], done: [RunOutcome?]) {
    var todo: [(index: Int, job: ExperimentRunner.Job)] = []
    var done: [RunOutcome?] = []
    var begun = 0
    for (index, run) in runs.enumerated() {
      var outcome: RunOutcome?
      switch try run.progress(in: folder) {
      case .done(let summary): outcome = RunOutcome(summary: summary)
      case .begun:
        begun += 1
        todo.append((index, ExperimentRunner.Job(run: run, isBegun: true)))
      case .new: todo.append((index, ExperimentRunner.Job(run: run, isBegun: false)))
      }
      done.append(outcome)
    }
    let others = try requireAlike(runs, in: folder)
    if !quiet {
      let skipped = runs.count - todo.count
      var parts = ["\(runs.count) runs"]
      if skipped > 0 { parts.append("\(skipped) are done already and skipped") }
      if begun > 0 { parts.append("\(begun) have begun and go on") }
      if others > 0 { parts.append("\(others) of other seeds lie in the folder and are left out") }
      Console.standardError.line(parts.joined(separator: "; ") + ".")
    }
    return (todo, done)
  }

  /// Makes sure that runs of seeds that were not asked for have the same settings, too.
  ///
  /// - Returns: how many there are.
  private func requireAlike(
    _ runs: [ExperimentRun], in folder: ExperimentFolder
  ) throws -> Int {
    var others = 0
    let known = Set(runs.map(\.folder))
    var seen: Set<String> = []
    for run in runs {
      let parent = "\(run.label)/\(run.environment)"
      guard seen.insert(parent).inserted else { continue }
      for name in try folder.folders(in: parent) where !known.contains("\(parent)/\(name)") {
        try run.requireSettings(of: "\(folder.path)/\(parent)/\(name)")
        others += 1
      }
    }
    return others
  }

  /// Makes the runs that are left to do.
  ///
  /// - Returns: the outcomes in the order of the runs; nil where the user interrupted.
  private func make(
    _ todo: [(index: Int, job: ExperimentRunner.Job)], _ done: [RunOutcome?],
    in folder: ExperimentFolder, threads: Int
  ) throws -> [RunOutcome]? {
    var outcomes = done
    guard !todo.isEmpty else { return outcomes.compactMap { $0 } }
    InterruptFlag.begin(.training)
    let reporter = ProgressReporter(
      isQuiet: quiet, startingAt: done.count - todo.count, totalSteps: done.count)
    let (results, isInterrupted) = ExperimentRunner(todo.map(\.job), in: folder.path).run(
      threads: threads
    ) { count in
      let over = done.count - todo.count + count
      reporter.update(
        ProgressSnapshot(
          steps: over, totalSteps: done.count, episodes: 0, meanReturn: nil,
          details: "", unit: "runs"))
    }
    // From here on a signal ends the program as usual: everything is saved.
    InterruptFlag.uninstall()
    for (entry, result) in zip(todo, results) { outcomes[entry.index] = result }
    let over = outcomes.count { $0?.summary != nil || $0?.failure != nil }
    if !quiet {
      Console.standardError.line("\(over) of \(done.count) runs are over.")
    }
    for outcome in outcomes.compactMap({ $0 }) {
      if let note = outcome.note { Console.standardError.line(note) }
    }
    guard isInterrupted else { return outcomes.compactMap { $0 } }
    Console.standardError.line("Interrupted; the runs under way are saved.")
    Console.standardError.line(
      "To go on, type the same command again: the folder is \(ShellWord.quoted(folder.path)).")
    return nil
  }

  private func finish(
    _ blocks: [ExperimentRuns], _ folder: ExperimentFolder, _ outcomes: [RunOutcome]?
  ) throws {
    guard let outcomes else { return }
    let failures = outcomes.compactMap(\.failure)
    let hasEvaluations = outcomes.contains { $0.summary?.evaluation != nil }
    var rest = outcomes[...]
    let report = ExperimentReport(
      blocks: blocks.map { runs in
        let own = Array(rest.prefix(runs.runs.count))
        rest = rest.dropFirst(own.count)
        // The runs are in the order environment, agent, seed.
        let seeds = runs.plan.seeds.count
        let table = runs.labels.indices.map { agent in
          runs.environments.indices.map { task in
            let first = (task * runs.labels.count + agent) * seeds
            return Array(own[first..<first + seeds])
          }
        }
        return ExperimentStatistics(
          table, labels: runs.labels, environments: runs.environments, seeds: runs.plan.seeds,
          against: runs.plan.against, block: runs.plan.name, hasEvaluations: hasEvaluations)
      })
    try report.write(to: folder)
    StandardStreams.output(json ? try JSONText.line(report.json) + "\n" : report.text)
    if !quiet {
      Console.standardError.line(
        "Saved in \(folder.path): runs.csv, statistics.csv, comparisons.csv, report.json.")
    }
    guard failures.isEmpty else {
      for failure in failures { Exit.say(failure) }
      throw Exit.failure
    }
  }
}
