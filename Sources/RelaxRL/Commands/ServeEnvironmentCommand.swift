import ArgumentParser
import Environments
import Runs

/// `rl-train serve-env --env cartpole --envs 64`.
struct ServeEnvironmentCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve-env",
    abstract: "Offer a built-in environment to another program (docs/protocol.md).")

  @Option(help: "The environment's name.", completion: .environments)
  var env: String

  @Option(parsing: .unconditional, help: "Its parameters, such as length=9.")
  var envArgs = ""

  @Option(parsing: .unconditional, help: "The most environments that a client gets.")
  var envs = TypedWord(1024)

  func run() throws {
    try Exit.reporting {
      let envs = try envs.number("--envs", in: 1...65_536)
      let entry = try Catalogue.current.environment(env).with(arguments: envArgs)
      guard let serve = entry.serve else {
        throw UsageError("\(entry.spec.name) is not a built-in environment.")
      }
      if !serve(envs) { throw Exit.failure }
    }
  }
}

/// `rl-train python-module`.
struct PythonModuleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "python-module",
    abstract: "Print relaxrl.py, the Python module for environments of your own.")

  func run() { StandardStreams.output(PythonBridge.pythonModule) }
}
