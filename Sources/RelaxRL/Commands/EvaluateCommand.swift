import ArgumentParser
import Formats
import GSL
import ReinforcementLearning
import Runs

/// `rl-train evaluate <run-dir>`.
struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate", abstract: "Play episodes with what a run has learned.")

  @Argument(help: "The run folder.", completion: .runFolders)
  var runDir: String

  @Option(parsing: .unconditional, help: "Whole episodes to play.")
  var episodes = TypedWord(100)

  @OptionGroup var play: PlayOptions

  @Flag(help: "Print the result as one line of JSON on standard output.")
  var json = false

  private struct Result: Encodable {
    var episodes: Int
    var mean: Double
    var lower: Double?
    var upper: Double?
    var seed: UInt64
    var stochastic: Bool
    var checkpoint: String

    private enum CodingKeys: String, CodingKey {
      case episodes, mean, lower, upper, seed, stochastic, checkpoint
    }

    /// Encodes a missing interval as null, so that the keys are always there.
    func encode(to encoder: any Encoder) throws {
      var values = encoder.container(keyedBy: CodingKeys.self)
      try values.encode(episodes, forKey: .episodes)
      try values.encode(mean, forKey: .mean)
      try values.encode(lower, forKey: .lower)
      try values.encode(upper, forKey: .upper)
      try values.encode(seed, forKey: .seed)
      try values.encode(stochastic, forKey: .stochastic)
      try values.encode(checkpoint, forKey: .checkpoint)
    }
  }

  func run() throws {
    try Exit.reporting {
      let episodes = try episodes.number("--episodes", in: 1...Int.max)
      let seed = try play.checkedSeed()
      let run = try play.run(in: runDir)
      let (returns, areDrawn) = try run.evaluate(
        episodes: episodes, seed: seed, stochastic: play.stochastic, in: play.choice)
      let interval = episodes > 1 ? try ConfidenceInterval(ofMean: returns) : nil
      let mean = try Statistics.mean(returns)
      if json {
        StandardStreams.output(
          try JSONText.line(
            Result(
              episodes: episodes, mean: mean, lower: interval?.lower, upper: interval?.upper,
              seed: seed, stochastic: areDrawn, checkpoint: run.slot.rawValue)) + "\n")
      } else {
        let spread =
          interval.map { " ± \(NumberText.fixed(($0.upper - $0.lower) / 2, decimals: 2)) (95 %)" }
          ?? ""
        let actions =
          areDrawn
          ? "actions drawn" : play.stochastic ? "actions that are never drawn" : "likeliest actions"
        StandardStreams.output(
          "Mean return \(NumberText.fixed(mean, decimals: 2))\(spread) over \(episodes) episodes, "
            + "\(actions), seed \(seed), checkpoint \(run.slot.rawValue).\n")
      }
    }
  }
}
