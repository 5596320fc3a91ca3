import ArgumentParser
import Runs

/// Which policy of a run plays, where, and how.
struct PlayOptions: ParsableArguments {
  @Option(
    parsing: .unconditional, help: "Of the environments, and of the actions with --stochastic.")
  var seed = TypedWord(1)

  @Flag(help: "Draw actions instead of taking the likeliest.")
  var stochastic = false

  @Option(help: "best (highest mean training return) or last.", completion: .checkpoints)
  var checkpoint: String?

  @Option(
    help: "The environment, where it is not the run's own: on another machine, say.",
    completion: .environments)
  var env: String?

  @Option(help: "What the environment is wrapped in, where that is not what the run's is.")
  var wrappers: String?

  @OptionGroup var folder: FolderOptions

  @OptionGroup(title: "Environments in other processes") var simulator: SimulatorOptions

  /// The environment that was asked for.
  var choice: EnvironmentChoice {
    var choice = folder.choice(env, simulator)
    choice.wrappers = wrappers
    return choice
  }

  /// The number behind `--seed`.
  func checkedSeed() throws(UsageError) -> UInt64 {
    try seed.number("--seed", in: 0...UInt64.max)
  }

  /// What a folder has of the run that was asked for.
  func run(in folder: String) throws -> TrainedRun {
    try TrainedRun(folder, slot: checkpoint.map { try CheckpointStore.Slot(typed: $0) })
  }
}

extension CheckpointStore.Slot {
  /// What was typed behind `--checkpoint`.
  init(typed name: String) throws(UsageError) {
    guard name == "best" || name == "last", let slot = Self(rawValue: name) else {
      throw UsageError("--checkpoint must be best or last, but is \(name).")
    }
    self = slot
  }
}
