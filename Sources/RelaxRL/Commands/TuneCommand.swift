import ArgumentParser
import Formats
import Foundation
import ReinforcementLearning
import Runs

/// `rl-train tune --agent a2c --env cartpole --out DIR`.
struct TuneCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tune",
    abstract: "Search for settings of an agent in an environment.",
    discussion: """
      Configurations are the points of a Sobol sequence (GSL's, not scrambled, moved by one random \
      shift) in the ranges of the settings. Successive halving: all train for few steps with few seeds, \
      the better ones for more with more. They are ranked, seed by seed, by the step at which the task was \
      solved, then by the mean return of the last 100 episodes. The preset takes part in every rung. The \
      same command again goes on after Ctrl-C or a kill. What the tables mean: docs/experiments.md
      """)

  @Option(help: "The agent, such as relax-a2c; `rl-train list` shows all.", completion: .agents)
  var agent: String?

  @Option(help: "The environment, such as cartpole or CartPole-v1.", completion: .environments)
  var env: String?

  @Option(parsing: .unconditional, help: "How many configurations to try.")
  var configurations = TypedWord(200)

  @Option(
    parsing: .unconditional,
    help: "Environment steps of a run in the last rung; those of the preset if missing.")
  var steps: TypedWord?

  @Option(
    name: .customLong("range"),
    help: ArgumentHelp(
      "Where to search a setting: LOW:HIGH, LOW:HIGH:log or A|B|C, such as "
        + "learning_rate=0.0001:0.01:log.",
      valueName: "key=range"))
  var ranges: [String] = []

  @Option(
    name: .customLong("ranges"),
    help: "A YAML file of ranges in the place of those that come with the program for the agent.")
  var rangesFile: String?

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "A setting of all runs, which is not searched then.", valueName: "key=value"))
  var assignments: [String] = []

  @Option(
    parsing: .unconditional,
    help: "The seeds of the last rung; half as many in each before. 1000-1011 if missing.")
  var seeds: String?

  @Option(parsing: .unconditional, help: "How many rungs there are.")
  var rungs = TypedWord(3)

  @Option(
    parsing: .unconditional,
    help:
      "Each rung has so many times the steps of the one before, and one in so many goes on to it.")
  var factor = TypedWord(4)

  @Option(parsing: .unconditional, help: "Of the shift of the Sobol sequence.")
  var samplingSeed = TypedWord(1)

  @Option(help: "The search's folder; it is made, or gone on with.")
  var out: String?

  @Option(parsing: .unconditional, help: "Runs at the same time; the number of cores if missing.")
  var jobs: TypedWord?

  @Flag(
    inversion: .prefixedNo,
    help: "Whether a run ends when its task counts as solved, and the earlier the better.")
  var stopWhenSolved: Bool?

  @OptionGroup(title: "Environments in other processes") var simulator: SimulatorOptions

  @Flag(help: "Print the report as one line of JSON on standard output.")
  var json = false

  @Flag(help: "Print no progress.")
  var quiet = false

  func run() throws {
    try Exit.reporting {
      try Launch.requireNone(for: "tune")
      guard let out, !out.isEmpty else {
        throw UsageError("--out is missing: the folder in which the search keeps its runs.")
      }
      let threads =
        try jobs?.number("--jobs", in: 1...1024) ?? ProcessInfo.processInfo.activeProcessorCount
      InterruptFlag.install(during: .starting)
      let plan = try TuningPlan(try words())
      let folder = try SearchFolder(out, of: plan.description)
      var search = try TuningSearch(plan, in: folder, threads: threads, isQuiet: quiet)
      InterruptFlag.begin(.training)
      let outcomes = try search.run()
      // From here on a signal ends the program as usual: everything is saved.
      InterruptFlag.uninstall()
      guard let outcomes else {
        Console.standardError.line("Interrupted; the runs that were over are saved.")
        Console.standardError.line(
          "To go on, type the same command again: the folder is \(ShellWord.quoted(folder.path)).")
        return
      }
      try finish(TuningReport(plan, outcomes), in: folder)
    }
  }

  private func words() throws -> TuningPlan.Words {
    TuningPlan.Words(
      agent: agent, environment: env,
      configurations: try configurations.number("--configurations", in: 2...100_000),
      rungs: try rungs.number("--rungs", in: 1...20),
      factor: try factor.number("--factor", in: 2...1000), steps: steps?.text, seeds: seeds,
      samplingSeed: try samplingSeed.number("--sampling-seed", in: 0...UInt64.max),
      stopsWhenSolved: stopWhenSolved, assignments: assignments,
      ranges: TuningRanges(file: rangesFile, typed: ranges, assignments: assignments),
      simulator: simulator.given)
  }

  private func finish(_ report: TuningReport, in folder: SearchFolder) throws {
    try report.write(to: folder)
    StandardStreams.output(json ? try JSONText.line(report.json) + "\n" : report.text)
    guard !quiet else { return }
    let console = Console.standardError
    let preset = ShellWord.quoted("\(folder.path)/\(TuningReport.presetName)")
    let command = ProgramName.current
    console.line(
      "Saved in \(folder.path): configurations.csv, effects.csv, report.json, best.yaml.")
    if report.best.configuration == 0 {
      console.line("Nothing that was tried is better than the preset.")
      return
    }
    console.line("To train with the best: \(command) --config \(preset)")
    let settings = report.plan.settings
    guard report.plan.runs.environment.simulator == nil else { return }
    console.line(
      "It was chosen by these seeds, which flatter it. On others: \(command) experiment --agents "
        + "\(settings.agent),tuned=\(preset) --envs \(settings.env) --seeds 1-20 --out DIR")
  }
}
