import ArgumentParser
import Formats
import ReinforcementLearning
import Runs

/// `rl-train --agent relax-a2c --env cartpole`.
struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Train an agent (the default).")

  @OptionGroup(title: "Agent and environment") var task: TaskOptions

  @OptionGroup(title: "Evaluation while training") var evaluation: EvaluationOptions

  @OptionGroup(title: "Environments in other processes") var simulator: SimulatorOptions

  @Option(help: "The run folder to make; it must not exist.", completion: .directory)
  var runDir: String?

  @Option(parsing: .unconditional, help: "Threads; the result does not depend on them.")
  var threads = TypedWord(1)

  @Option(
    help: ArgumentHelp(
      "jsonl: every event of the run as a line of log.jsonl.", valueName: "format"),
    completion: .list(["jsonl"]))
  var log: String?

  @Flag(help: "Print the summary as one line of JSON on standard output.")
  var json = false

  @Flag(help: "Print no progress.")
  var quiet = false

  func run() throws {
    try Exit.reporting {
      try RankedRun.together { reduction in
        if runDir?.isEmpty == true {
          throw UsageError("--run-dir must name a folder, but is empty.")
        }
        let threads = try threads.number("--threads", in: threadCounts)
        let table = try SettingsResolution.resolve(try typed(through: reduction))
        let session = try TrainingSession.start(
          table, threads: threads, runDirectory: runDir, reduction: reduction)
        try SessionRunner(json: json, quiet: quiet).run(session)
      }
    }
  }

  /// What was typed; a seed that was not is drawn by the first rank.
  private func typed(through reduction: any Reduction) throws -> TypedSettings {
    var typed = TypedSettings(
      agent: task.agent, environment: task.env, seed: task.seed?.text, steps: task.steps?.text,
      environments: task.envs?.text, stopsWhenSolved: task.stopWhenSolved,
      assignments: task.assignments, isUnbiased: task.unbiased, file: task.config, log: log,
      initialParameters: task.initFrom, simulator: simulator.given, wrappers: task.wrappers,
      evaluation: evaluation.given)
    typed.drawnSeed = try reduction.gather([typed.drawnSeed])[0]
    return typed
  }
}

/// `rl-train resume <run-dir>`.
struct ResumeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "resume", abstract: "Go on exactly where a run stopped.")

  @Argument(help: "The run folder.", completion: .runFolders)
  var runDir: String

  @Option(
    parsing: .unconditional,
    help: "The new total of environment steps; with it a run goes on that is solved already.")
  var steps: TypedWord?

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "A setting from here on: rates, intervals and limits may change.", valueName: "key=value"),
    completion: .settings)
  var assignments: [String] = []

  @Option(
    help: "The environment, where it is not the run's own: on another machine, say.",
    completion: .environments)
  var env: String?

  @OptionGroup var folder: FolderOptions

  @OptionGroup(title: "Environments in other processes") var simulator: SimulatorOptions

  @Option(parsing: .unconditional, help: "Threads; the result does not depend on them.")
  var threads = TypedWord(1)

  @Flag(help: "Go on from the previous checkpoint if the last one is damaged.")
  var usePrevious = false

  @Flag(help: "Print the summary as one line of JSON on standard output.")
  var json = false

  @Flag(help: "Print no progress.")
  var quiet = false

  func run() throws {
    try Exit.reporting {
      try RankedRun.together { reduction in
        let threads = try threads.number("--threads", in: threadCounts)
        let steps = try steps?.number("--steps", in: 1...Int.max)
        let session = try TrainingSession.resume(
          runDir,
          Continuation(
            steps: steps, acceptsPrevious: usePrevious, assignments: assignments,
            environment: folder.choice(env, simulator)),
          threads: threads, reduction: reduction)
        if let simulator = session.simulator, !simulator.description.hasSnapshots, !quiet {
          Console.standardError.note(
            "\(simulator.description.name) cannot save its state: the episodes that were under way at "
              + "the checkpoint do not count, and new ones begin.")
        }
        try SessionRunner(json: json, quiet: quiet, isResumed: true).run(session)
      }
    }
  }
}

private let threadCounts = 1...1024

/// What a run folder is allowed to bring with it.
struct FolderOptions: ParsableArguments {
  @Flag(help: "Start the program that the folder of another user names as its environment.")
  var allowCommand = false

  @Flag(help: "Go on in an environment with another name, other spaces or another step limit.")
  var allowChangedEnv = false

  /// The environment that was asked for.
  func choice(_ name: String?, _ simulator: SimulatorOptions) -> EnvironmentChoice {
    EnvironmentChoice(
      name: name, simulator: simulator.given, allowsCommand: allowCommand,
      allowsChanges: allowChangedEnv)
  }
}

/// Runs a session under a progress display and says at the end what to do next.
private struct SessionRunner {
  let json: Bool
  let quiet: Bool
  var isResumed = false

  func run(_ session: TrainingSession) throws {
    guard session.ranks.isFirst else {
      _ = try session.train()
      return
    }
    if let warning = session.warning { Console.standardError.line(warning) }
    let reporter = ProgressReporter(
      isQuiet: quiet, startingAt: session.stepsDone, totalSteps: session.totalSteps)
    if !quiet { Console.standardError.line("The policy's gradient is \(session.gradient).") }
    if !quiet { Console.standardError.line(session.task) }
    if !quiet, let origin = session.origin { Console.standardError.line(origin) }
    if !quiet, let stretching = session.stretching { Console.standardError.line(stretching) }
    if !quiet && session.waitsForEpisodes {
      Console.standardError.line(
        "\(session.settings.env) has no step limit, and an update waits for whole episodes: --steps "
          + "counts up to the end of an update.")
    }
    let (summary, ending) = try session.train([ProgressLine(reporter)])
    if !quiet { say(summary, ending, session) }
    if json { StandardStreams.output(try JSONText.line(summary) + "\n") }
  }

  private func say(_ simulator: SimulatorSummary, on console: Console) {
    console.line(
      "Per environment step: \(NumberText.fixed(simulator.simulatorMicroseconds, decimals: 1)) µs of "
        + "waiting for the simulator, \(NumberText.fixed(simulator.adapterMicroseconds, decimals: 1)) "
        + "µs of talking to it.")
    if simulator.restarts > 0 {
      console.line(
        "It was started again \(simulator.restarts) times; \(simulator.lostEpisodes) episodes were "
          + "lost and do not count.")
    }
  }

  private func say(
    _ summary: RunSummary, _ ending: TrainingEnding, _ session: TrainingSession
  ) {
    let console = Console.standardError
    if let simulator = summary.simulator { say(simulator, on: console) }
    let command = ProgramName.current
    let folder = ShellWord.quoted(summary.runDir)
    switch ending {
    case .solved:
      console.line(
        "Solved after \(NumberText.grouped(summary.solvedAtStep ?? summary.steps)) steps and "
          + "\(NumberText.grouped(summary.solvedAtEpisode ?? summary.episodes)) episodes: "
          + "\(outcome(summary)).")
    case .finished:
      console.line(
        "Done after \(NumberText.grouped(summary.steps)) steps: \(outcome(summary)).")
    case .interrupted:
      console.line("Interrupted and saved after \(NumberText.grouped(summary.steps)) steps.")
      console.line("To go on: \(command) resume \(folder)")
      return
    case .stopped:
      console.line(
        "Stopped by a callback after \(NumberText.grouped(summary.steps)) steps: \(outcome(summary))."
      )
    case .brokenOff(let reason):
      console.line("Stopped while the environment was waited for: \(reason)")
      console.line(
        "Saved is what there was after \(NumberText.grouped(session.lastSavedStep)) steps.")
      console.line("To go on: \(command) resume \(folder)")
      return
    case .endless:
      console.line(
        "Stopped after \(NumberText.grouped(summary.steps)) steps of whole updates: the episodes under "
          + "way have not ended within --steps, and this agent learns from whole episodes. Give the task "
          + "a step limit, or train with --set returns=gae.")
      console.line("To wait longer: \(command) resume \(folder) --steps N")
      return
    }
    console.line(
      "Saved in \(summary.runDir). To see it act: \(command) watch \(folder)")
    console.line("To see what it learned: \(command) evaluate \(folder)")
    if ending == .solved, isResumed {
      console.line("To train it further: \(command) resume \(folder) --steps N")
    }
  }

  /// The mean return, and of how many episodes it is.
  private func outcome(_ summary: RunSummary) -> String {
    guard let mean = summary.meanReturnLast100 else { return "no episode has ended" }
    let episodes =
      summary.episodes >= EpisodeLog.window
      ? "the last \(EpisodeLog.window) episodes"
      : summary.episodes == 1 ? "the only episode" : "all \(summary.episodes) episodes"
    let others = [
      ("the policy's entropy", summary.policyEntropy),
      ("return and weighted entropy", summary.meanObjectiveLast100),
    ].compactMap { name, value in
      value.map { ", \(name) \(NumberText.fixed($0, decimals: 2))" }
    }
    return "mean return of \(episodes) \(NumberText.fixed(mean, decimals: 1))" + others.joined()
  }
}
