import ArgumentParser
import Foundation
import ReinforcementLearning

/// The command line of a program that has environments of its own beside the built-in ones.
///
/// The program gets everything `rl-train` can do: training, resuming, evaluating, listing.
///
/// ```swift
/// import RelaxRL
/// await RelaxRL.main(environments: [.init(MyTask.self)])
/// ```
public func main(environments: [EnvironmentEntry]) {
  Catalogue.shared.withLock { $0.add(environments) }
  RLTrain.main()
}

/// The command line with the built-in environments.
public func main() { RLTrain.main() }

struct RLTrain: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rl-train",
    abstract: "Trains agents with unbiased, learned, low-variance policy gradients.",
    discussion: "Without a subcommand it trains: rl-train --agent relax-a2c --env cartpole",
    subcommands: [
      TrainCommand.self, ResumeCommand.self, EvaluateCommand.self, ListCommand.self,
      CheckEnvironmentCommand.self,
    ],
    defaultSubcommand: TrainCommand.self)
}

/// Exit codes of the contract.
enum Exit {
  static let failure = ExitCode(1)
  static let usage = ExitCode(64)

  /// Runs a command's work and turns errors into one line on standard error and an exit code.
  static func reporting(_ work: () throws -> Void) throws {
    do {
      try work()
    } catch let error as ExitCode {
      throw error
    } catch {
      FileHandle.standardError.write(Data("rl-train: \(error)\n".utf8))
      throw isUsage(error) ? usage : failure
    }
  }

  private static func isUsage(_ error: any Error) -> Bool {
    switch error {
    case is UsageError, is ConfigurationError, is ConfigurationValueError, is AgentError: true
    case let error as RunFolderError:
      switch error {
      case .exists, .notARun: true
      default: false
      }
    default: false
    }
  }
}
