import Agents
import ArgumentParser
import CAllocations
import Environments
import ReinforcementLearning

/// `rl-bench ddpg`: gradient updates per second of `ddpg`, `td3` and `sac`, in turns, beside what matrix
/// products alone would take.
///
/// An update is everything but environment steps: drawing a batch and noise, the gradients, the
/// optimizers and the target networks.
struct DDPGCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ddpg",
    abstract: "Speed of ddpg's, td3's and sac's updates on Pendulum beside matrix products' limit.")

  @Option(help: "Of ddpg, td3 and sac, separated by commas; compared with the first.")
  var agents = "ddpg"

  @Option(help: "Units of the hidden layers, separated by commas.")
  var hidden = "256,256"

  @Option(help: "Transitions of a batch.")
  var batch = 256

  @Option(help: "How many times it is measured, in turns with the limit; medians are reported.")
  var repeats = 9

  @Option(help: "Updates per measurement.")
  var updates = 300

  func validate() throws {
    guard repeats >= 1, (1...1000).contains(updates) else {
      throw ValidationError("--repeats must be at least 1, --updates from 1 to 1000.")
    }
    guard !names.isEmpty, names.allSatisfy(["ddpg", "td3", "sac"].contains) else {
      throw ValidationError("--agents must be some of ddpg, td3 and sac, but is \(agents).")
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

  /// An agent that is at its updates.
  private struct Candidate {
    let name: String
    let update: () throws -> Void
    let flops: Double
    var times: [Double] = []
    var allocations = 0
  }

  func run() throws {
    var candidates = try names.map { try candidate($0) }
    for candidate in candidates { try candidate.update() }
    var speeds: [Double] = []
    for _ in 0..<repeats {
      speeds.append(MultiplyAddLimit.measure())
      for index in candidates.indices {
        let before = allocation_count()
        let start = threadSeconds()
        try candidates[index].update()
        candidates[index].times.append((threadSeconds() - start) / Double(updates))
        candidates[index].allocations = Int(allocation_count() - before)
      }
    }
    for candidate in candidates { report(candidate, beside: candidates[0], median(speeds)) }
  }

  private var names: [String] { agents.split(separator: ",").map(String.init) }

  private func candidate(_ name: String) throws -> Candidate {
    switch name {
    case "td3":
      var settings = TD3Configuration()
      try adapt(&settings.hiddenSizes, &settings.batchSize)
      (settings.learningStarts, settings.updatesPerStep) = (Self.learningStarts, Double(updates))
      return try candidate(name, TD3(settings, seed: 1, makeEnvironment: makePendulum))
    case "sac":
      var settings = SACConfiguration()
      try adapt(&settings.hiddenSizes, &settings.batchSize)
      (settings.learningStarts, settings.updatesPerStep) = (Self.learningStarts, Double(updates))
      return try candidate(name, SAC(settings, seed: 1, makeEnvironment: makePendulum))
    default:
      var settings = DDPGConfiguration()
      try adapt(&settings.hiddenSizes, &settings.batchSize)
      (settings.learningStarts, settings.updatesPerStep) = (Self.learningStarts, Double(updates))
      return try candidate(name, DDPG(settings, seed: 1, makeEnvironment: makePendulum))
    }
  }

  // Then each turn of the loop is one step and all updates of a measurement.
  private static let learningStarts = 10_000

  private func adapt(_ hiddenSizes: inout [Int], _ batchSize: inout Int) throws {
    hiddenSizes = try self.hiddenSizes()
    batchSize = batch
  }

  private func makePendulum(_ count: Int, _ firstLane: Int) throws -> any VectorEnvironment {
    try EnvironmentBatch<Pendulum>(count: count, seed: 1, firstLane: firstLane)
  }

  private func candidate<A: OffPolicyAgent>(_ name: String, _ agent: A) throws -> Candidate {
    let loop = TrainingLoop(agent)
    while loop.progress.steps < Self.learningStarts { try loop.update(of: 1) }
    return Candidate(
      name: name, update: { try loop.update(of: 1) }, flops: agent.matrixFlopsPerUpdate)
  }

  private func report(
    _ candidate: Candidate, beside first: Candidate, _ flopsPerSecond: Double
  ) {
    let times = candidate.times
    var line = JSONLine()
    line.add("benchmark", candidate.name)
    line.add("hidden", hidden)
    line.add("batch", batch)
    line.add("updates_per_second", 1 / median(times))
    line.add("slowest", 1 / (times.max() ?? .nan))
    line.add("fastest", 1 / (times.min() ?? .nan))
    // In turns: the machine's moods fall on both.
    line.add("time_by_\(first.name)", median(zip(times, first.times).map { $0 / $1 }))
    line.add("limit_updates_per_second", flopsPerSecond / candidate.flops)
    line.add("ratio", candidate.flops / flopsPerSecond / median(times))
    line.add("gflops_limit", flopsPerSecond / 1e9)
    line.add("matrix_megaflops_per_update", candidate.flops / 1e6)
    line.add("allocations_per_update", Double(candidate.allocations) / Double(updates))
    print(line)
  }
}
