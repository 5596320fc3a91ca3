import Agents
import ArgumentParser
import CAllocations
import Environments
import ReinforcementLearning

/// `rl-bench ddpg`: gradient updates per second beside what matrix products alone would take.
///
/// An update is everything but environment steps: drawing a batch, the gradients of actor and
/// critic, both optimizers and the target networks.
struct DDPGCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ddpg",
    abstract: "Speed of DDPG's updates on Pendulum beside the limit by matrix products.")

  @Option(help: "Units of the hidden layers, separated by commas.")
  var hidden = "256,256"

  @Option(help: "Transitions of a batch.")
  var batch = 256

  @Option(help: "How many times it is measured, in turns with the limit; medians are reported.")
  var repeats = 9

  @Option(help: "Updates per measurement.")
  var updates = 300

  func validate() throws {
    guard repeats >= 1, updates >= 1 else {
      throw ValidationError("--repeats and --updates must be at least 1.")
    }
    guard try hiddenSizes().contains(where: { $0 > 0 }), batch >= 1 else {
      throw ValidationError("--batch must be at least 1 but is \(batch).")
    }
  }

  private func hiddenSizes() throws -> [Int] {
    try hidden.split(separator: ",").map { text in
      guard let size = Int(text), size >= 1 else {
        throw ValidationError(
          "--hidden must be whole numbers of at least 1, such as 256,256, but has '\(text)'.")
      }
      return size
    }
  }

  func run() throws {
    var configuration = DDPGConfiguration()
    configuration.hiddenSizes = try hiddenSizes()
    configuration.batchSize = batch
    configuration.learningStarts = 10_000
    configuration.trainEvery = 100
    // A round of steps, then that many turns of the loop with one update each and no step.
    configuration.updatesPerStep = 1000
    let agent = try DDPG(configuration, seed: 1) {
      try EnvironmentBatch<Pendulum>(count: $0, seed: 1, firstLane: $1)
    }
    let loop = TrainingLoop(agent)
    while loop.progress.steps <= configuration.learningStarts { try loop.update(of: 1) }
    for _ in 0..<updates { try loop.update(of: 1) }
    var times: [Double] = []
    var speeds: [Double] = []
    var allocations = 0
    for _ in 0..<repeats {
      speeds.append(MultiplyAddLimit.measure())
      let before = allocation_count()
      let start = threadSeconds()
      for _ in 0..<updates { try loop.update(of: 1) }
      times.append((threadSeconds() - start) / Double(updates))
      allocations = Int(allocation_count() - before)
    }
    let flops = Double(agent.matrixFlopsPerUpdate)
    let flopsPerSecond = median(speeds)
    var line = JSONLine()
    line.add("benchmark", "ddpg")
    line.add("hidden", hidden)
    line.add("batch", batch)
    line.add("updates_per_second", 1 / median(times))
    line.add("slowest", 1 / (times.max() ?? .nan))
    line.add("fastest", 1 / (times.min() ?? .nan))
    line.add("limit_updates_per_second", flopsPerSecond / flops)
    line.add("ratio", flops / flopsPerSecond / median(times))
    line.add("gflops_limit", flopsPerSecond / 1e9)
    line.add("matrix_megaflops_per_update", flops / 1e6)
    line.add("allocations_per_update", Double(allocations) / Double(updates))
    print(line)
  }
}
