import ArgumentParser
import EnvironmentContract
import Environments
import Runs

/// `rl-train check-env --env <name>` or `--env-command '…'`.
struct CheckEnvironmentCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check-env", abstract: "Does an environment keep the contract?")

  @Option(help: "The environment's name.", completion: .environments)
  var env: String?

  @Option(help: "What it is wrapped in, such as frame-stack=4,clip-reward.")
  var wrappers: String?

  @OptionGroup(title: "Environments in other processes") var simulator: SimulatorOptions

  func run() throws {
    try Exit.reporting {
      let entry = try SettingsResolution.environment(
        env, simulator.given, wrappers: wrappers)
      // The number of steps over which two processes have to agree.
      let steps = entry.simulator == nil ? 500 : 1000
      var report = checkVectorEnvironment(entry.spec.name, steps: steps) { seed, count, firstLane in
        try entry.make(count, seed, firstLane)
      }
      if let simulator = entry.simulator { report.checkSimulator(simulator) }
      StandardStreams.output("\(report)\n")
      if let simulator = entry.simulator, report.isKept {
        for (environments, rate) in try SimulatorConformance.speed(simulator) {
          StandardStreams.output(
            "One process with \(environments) \(environments == 1 ? "environment" : "environments") takes "
              + "\(NumberText.grouped(Int(rate))) steps/s.\n")
        }
      }
      if !report.isKept { throw Exit.failure }
    }
  }
}

extension ContractReport {
  /// Adds what a simulator has to keep besides the contract.
  mutating func checkSimulator(_ simulator: Simulator) {
    let rules: [(String, (Simulator) throws -> SimulatorConformance.Finding)] = [
      (
        "rows of messages belong to the environments that env_ids names",
        SimulatorConformance.rowsByNumber
      ),
      ("without seeds an ended environment waits and shows its end", SimulatorConformance.waiting),
      (
        "an action outside the space is refused by the simulator, too",
        SimulatorConformance.refusalOfActions
      ),
      (
        "a killed process is replaced, and its episode does not count",
        SimulatorConformance.replacement
      ),
    ]
    for (rule, find) in rules {
      check(rule) {
        switch try find(simulator) {
        case .kept: return
        case .broken(let reason): throw Violation(reason)
        case .note(let text): throw Note(text)
        }
      }
    }
  }
}
