import ArgumentParser
import Differentiation

@main
struct RLBench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rl-bench",
    abstract: "Benchmarks on one core; one JSON object per line.",
    subcommands: [
      AgentsCommand.self, DDPGCommand.self, EngineCommand.self, EnvironmentsCommand.self,
      EstimatorsCommand.self, ExchangeCommand.self, KernelsCommand.self, PipeCommand.self,
      VAECommand.self,
    ])

  /// Refuses a width of vectors that cannot be had before anything is measured.
  static func main() {
    do {
      try VectorWidth.check()
    } catch {
      exit(withError: ValidationError("\(error)"))
    }
    main(nil)
  }
}
