import ArgumentParser
import GSL
import RelaxRL

/// `rl-bench learning`: how many steps and episodes presets need, over seeds.
struct LearningCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "learning", abstract: "Trains a preset with many seeds, until solved.")

  @Option(help: "The agent.")
  var agent: String

  @Option(help: "The environment.")
  var env: String

  @Option(help: "First and last seed, such as 1-20.")
  var seeds = "1-20"

  @Option(help: "Environment steps at most; the preset's if missing.")
  var steps: Int?

  @Option(name: .customLong("set"), help: ArgumentHelp("A setting.", valueName: "key=value"))
  var assignments: [String] = []

  @Option(help: "A second agent, on the same seeds: the ratio of mean episodes is printed too.")
  var against: String?

  @Option(
    name: .customLong("against-set"),
    help: ArgumentHelp("A setting of the second agent.", valueName: "key=value"))
  var againstAssignments: [String] = []

  @Flag(help: "Print a line per seed as well.")
  var each = false

  func run() throws {
    let ends = seeds.split(separator: "-").compactMap { Int($0) }
    guard ends.count == 2, ends[0] >= 0, ends[0] <= ends[1] else {
      throw ValidationError("--seeds must be two numbers such as 1-20, but is \(seeds).")
    }
    let trials = try study(agent, assignments, ends[0]...ends[1])
    if let against {
      print(
        try ratio(trials, over: try study(against, againstAssignments, ends[0]...ends[1]), against))
    }
  }

  /// Trains one agent with every seed and prints what came of it.
  private func study(
    _ agent: String, _ assignments: [String], _ seeds: ClosedRange<Int>
  ) throws -> [LearningTrial] {
    let trials = try seeds.map { seed in
      let trial = try LearningTrial(
        agent: agent, environment: env, seed: seed, steps: steps, assignments: assignments)
      if each { print(line(of: trial)) }
      return trial
    }
    print(try summary(agent, trials))
    return trials
  }

  /// Mean episodes to solve of two agents, over the seeds that each solved.
  private func ratio(
    _ trials: [LearningTrial], over others: [LearningTrial], _ against: String
  ) throws -> JSONLine {
    var stream = RandomStream(seed: 1, purpose: "bootstrap")
    let interval = try ConfidenceInterval(
      ofRatio: trials.compactMap { $0.solvedAtEpisode.map(Double.init) },
      over: others.compactMap { $0.solvedAtEpisode.map(Double.init) }, using: &stream)
    var line = JSONLine()
    line.add("benchmark", "learning")
    line.add("ratio", "episodes of \(agent) over those of \(against)")
    line.add("mean", interval.mean)
    line.add("lower_95_percent", interval.lower)
    line.add("upper_95_percent", interval.upper)
    return line
  }

  private func line(of trial: LearningTrial) -> JSONLine {
    var line = JSONLine()
    line.add("seed", trial.seed)
    line.add("solved_at_step", trial.solvedAtStep ?? -1)
    line.add("solved_at_episode", trial.solvedAtEpisode ?? -1)
    line.add("best_mean_return_100", trial.bestMeanReturn ?? .nan)
    line.add("seconds", trial.seconds)
    return line
  }

  private func summary(_ agent: String, _ trials: [LearningTrial]) throws -> JSONLine {
    // A run that was never solved counts as infinitely many steps, so the median stays honest.
    let steps = trials.map { $0.solvedAtStep.map(Double.init) ?? .infinity }.sorted()
    let episodes = trials.compactMap { $0.solvedAtEpisode.map(Double.init) }
    var line = JSONLine()
    line.add("benchmark", "learning")
    line.add("agent", agent)
    line.add("env", env)
    line.add("seeds", seeds)
    line.add("solved", trials.count { $0.solvedAtStep != nil })
    line.add("median_steps", middle(steps))
    line.add("min_steps", steps[0])
    line.add("max_steps", steps[steps.count - 1])
    line.add(
      "median_episodes",
      middle(trials.map { $0.solvedAtEpisode.map(Double.init) ?? .infinity }.sorted()))
    if episodes.count > 1 {
      let interval = try ConfidenceInterval(ofMean: episodes)
      line.add("mean_episodes_of_solved", interval.mean)
      line.add("mean_episodes_95_percent", (interval.upper - interval.lower) / 2)
    }
    line.add("median_seconds", middle(trials.map(\.seconds).sorted()))
    return line
  }

  /// The median, the mean of the middle two for an even count.
  private func middle(_ sorted: [Double]) -> Double {
    let half = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2
  }
}
