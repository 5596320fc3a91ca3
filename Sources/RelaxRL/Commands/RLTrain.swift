import ArgumentParser
import Differentiation
import Environments
import Networks
import ReinforcementLearning
import Runs

/// The command line of `rl-train`, for a program that may have environments and agents of its own.
///
/// The program gets everything `rl-train` can do: training, resuming, evaluating, listing.
///
/// ```swift
/// import RelaxRL
/// RelaxRL.main(environments: [MyTask.self], agents: [myAgent])
/// ```
///
/// A name that two have is refused with exit code 64.
///
/// - Parameters:
///   - environments: tasks beside the built-in ones.
///   - agents: what can be trained, beside the built-in ones.
///   - callbacks: makes what is told of a run, and may stop it; called once for each run.
public func main(
  environments: [any Environment.Type] = [], agents: [AgentEntry] = [],
  callbacks: @escaping CallbackMaker = { _ in [] }
) {
  StandardStreams.prepare()
  ProgramName.set(from: CommandLine.arguments.first)
  var code = Exit.success
  do {
    var catalogue = Catalogue()
    try catalogue.add(environments: environments.map { EnvironmentEntry($0) }, agents: agents)
    catalogue.callbacks = callbacks
    Catalogue.shared.withLock { [catalogue] in $0 = catalogue }
    try VectorWidth.check()
    try RLTrain.refuseUnknownCommand()
    try run(RLTrain.parseAsRoot())
  } catch let error as UsageError {
    Exit.say("\(error)")
    code = Exit.usage
  } catch let error as VectorWidthError {
    Exit.say("\(error)")
    code = Exit.usage
  } catch let error as ExitCode {
    code = error
  } catch {
    code = RLTrain.exitCode(for: error)
    if code.isSuccess {
      // Help, which is what was asked for.
      StandardStreams.output(CompletionScript.completed(RLTrain.fullMessage(for: error)) + "\n")
    } else {
      // What the parser found wrong is one line too; its usage is what --help shows.
      Exit.say(RLTrain.message(for: error))
      code = code == .validationFailure ? Exit.usage : Exit.failure
    }
  }
  do {
    try StandardStreams.finish()
  } catch {
    Exit.say("\(error)")
    if code.isSuccess { code = Exit.failure }
  }
  RLTrain.exit(withError: code)
}

/// Generic, because the compiler (6.3) crashes where an existential's `run` is called above a `catch`.
private func run(_ command: some ParsableCommand) throws {
  var command = command
  try command.run()
}

struct RLTrain: ParsableCommand {
  // Computed, because the name is known only when the program has begun.
  static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: ProgramName.current,
      abstract: "Trains agents with policy gradients of low variance.",
      discussion: """
        Whether a preset's gradient is unbiased, and if not by what: \(ProgramName.current) list
        Without a subcommand it trains: \(ProgramName.current) --agent relax-a2c --env cartpole
        The options for that are listed by: \(ProgramName.current) train --help
        """,
      version: "RelaxRL \(ReleaseVersion.current)",
      subcommands: [
        TrainCommand.self, ResumeCommand.self, EvaluateCommand.self, WatchCommand.self,
        ReportCommand.self, ExportCommand.self, ExperimentCommand.self, TuneCommand.self,
        ListCommand.self, SettingsCommand.self,
        CheckEnvironmentCommand.self, ServeEnvironmentCommand.self, PythonModuleCommand.self,
      ],
      defaultSubcommand: TrainCommand.self)
  }

  /// Names the closest subcommand where a mistyped one would be taken for an argument of `train`.
  static func refuseUnknownCommand() throws(UsageError) {
    guard let word = CommandLine.arguments.dropFirst().first, !word.hasPrefix("-") else { return }
    let names = configuration.subcommands.compactMap { $0.configuration.commandName } + ["help"]
    guard !names.contains(word) else { return }
    throw UsageError(unknown: "command", word, among: names, listing: names)
  }
}

/// Exit codes of the contract.
enum Exit {
  static let success = ExitCode(0)
  static let failure = ExitCode(1)
  static let usage = ExitCode(64)

  /// Runs a command's work and turns errors into one line on standard error and an exit code.
  static func reporting(_ work: () throws -> Void) throws {
    do {
      try work()
    } catch let error as ExitCode {
      throw error
    } catch {
      say("\(error)")
      throw code(of: error)
    }
  }

  /// The exit code of a process that an error has ended.
  static func code(of error: any Error) -> ExitCode {
    if let failure = error as? RankFailure { return ExitCode(failure.exitCode) }
    return interruption(error) ?? (isUsage(error) ? usage : failure)
  }

  /// The exit code of a process that a signal ended, where one kept a simulator from being waited for.
  private static func interruption(_ error: any Error) -> ExitCode? {
    guard case EnvironmentError.interrupted = error, let signal = InterruptFlag.signal else {
      return nil
    }
    return ExitCode(128 + signal)
  }

  /// Writes a line on standard error, of a bounded length: what it quotes can be of any.
  static func say(_ text: String) {
    StandardStreams.errors("\(ProgramName.current): \(Console.readable(text))\n")
  }

  /// Whether an error is a mistake in what was typed.
  static func isUsage(_ error: any Error) -> Bool {
    switch error {
    case is UsageError, is ConfigurationError, is ConfigurationValueError, is AgentError,
      is SimulatorUsageError, is MemoryError, is MLPConfigurationError, is RankCountError:
      true
    case ProgramError.memory: true
    case let error as RunFolderError:
      switch error {
      case .exists, .notARun: true
      default: false
      }
    default: false
    }
  }
}
