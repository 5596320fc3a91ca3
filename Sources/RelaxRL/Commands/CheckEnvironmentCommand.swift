import ArgumentParser
import EnvironmentContract

/// `rl-train check-env --env <name>`.
struct CheckEnvironmentCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check-env", abstract: "Does an environment keep the contract?")

  @Option(help: "The environment's name.")
  var env: String?

  @OptionGroup(title: "Environments in other processes") var simulator: SimulatorOptions

  func run() throws {
    try Exit.reporting {
      let entry = try SettingsResolution.environment(env, simulator.given)
      let report = checkVectorEnvironment(entry.spec.name) { seed, count, firstLane in
        try entry.make(count, seed, firstLane)
      }
      print(report)
      if !report.isKept { throw Exit.failure }
    }
  }
}
