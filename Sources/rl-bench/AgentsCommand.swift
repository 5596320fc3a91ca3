import Agents
import ArgumentParser
import Environments
import Foundation
import Networks
import ReinforcementLearning

/// `rl-bench agents`: environment steps per second of whole training loops.
struct AgentsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "agents",
    abstract: "Training speed with separate 64-64 tanh networks and 5 steps per rollout.",
    discussion: """
      On CartPole; relax-ddpg on Pendulum, with its default: φ by the whole variance. ppo, which is measured where it \
      is asked for, takes 128 steps per rollout, and goes through them 4 times in 4 minibatches. With --images on \
      MinAtar's Breakout, with a convolution and 128 units that policy, V and c share.
      """)

  @Option(help: "a2c, relax-a2c, relax-ddpg, ppo or all of them but ppo.")
  var agent = "all"

  @Option(help: "Numbers of environments, separated by commas.")
  var envs = "8,64,1024"

  @Flag(help: "A task of images in place of CartPole; not for relax-ddpg.")
  var images = false

  @Option(help: "Seconds per measurement.")
  var seconds = 1.0

  @Option(help: "How many times each case is measured.")
  var repeats = 3

  @Option(help: "Threads of the training loop.")
  var threads = 1

  @Option(help: "Environments per shard.")
  var envsPerShard = 64

  func validate() throws {
    guard (Self.names + ["ppo", "all"]).contains(agent) else {
      throw ValidationError(
        "--agent must be \(Self.names.joined(separator: ", ")), ppo or all, but is \(agent).")
    }
    guard !images || agent != "relax-ddpg" else {
      throw ValidationError("--images is not for relax-ddpg, whose actions are real numbers.")
    }
    guard seconds > 0, repeats >= 1, threads >= 1, envsPerShard >= 1 else {
      throw ValidationError(
        "--seconds, --repeats, --threads and --envs-per-shard must be positive.")
    }
  }

  private static let names = ["a2c", "relax-a2c", "relax-ddpg"]

  func run() throws {
    for name in agent == "all" ? Self.names : [agent] where !images || name != "relax-ddpg" {
      for count in envs.split(separator: ",").compactMap({ Int($0) }) {
        try measure(name, count)
      }
    }
  }

  private func measure(_ name: String, _ count: Int) throws {
    func environments(_ count: Int, _ firstLane: Int) throws -> any VectorEnvironment {
      if name == "relax-ddpg" {
        return try EnvironmentBatch<Pendulum>(count: count, seed: 1, firstLane: firstLane)
      }
      if images {
        return try EnvironmentBatch<MinAtarBreakout>(count: count, seed: 1, firstLane: firstLane)
      }
      return try EnvironmentBatch<CartPole>(count: count, seed: 1, firstLane: firstLane)
    }
    if name == "ppo" {
      var configuration = PPOConfiguration()
      configuration.envs = count
      configuration.envsPerShard = envsPerShard
      configuration.rolloutSteps = 128
      configuration.minibatchSize = 32 * count
      configuration.epochs = 4
      chooseNetwork(
        &configuration.hiddenSizes, &configuration.activation, &configuration.network)
      try measure(
        PPO(configuration, seed: 1, makeEnvironment: environments), name: name, envs: count)
    } else {
      var configuration = ActorCriticConfiguration()
      configuration.envs = count
      configuration.envsPerShard = envsPerShard
      let estimators: [String: PolicyGradientEstimator] = ["relax-a2c": .relax, "relax-ddpg": .lax]
      configuration.estimator = estimators[name] ?? .scoreFunction
      chooseNetwork(
        &configuration.hiddenSizes, &configuration.activation, &configuration.network)
      try measure(
        ActorCritic(configuration, seed: 1, makeEnvironment: environments), name: name, envs: count)
    }
  }

  /// For images, a convolution and 128 units that all networks share; else the defaults.
  private func chooseNetwork(
    _ hiddenSizes: inout [Int], _ activation: inout Activation, _ network: inout NetworkSettings
  ) {
    guard images else { return }
    (hiddenSizes, activation) = ([128], .relu)
    network.sharedTorso = true
  }

  private func measure(_ agent: some Agent, name: String, envs count: Int) throws {
    let loop = TrainingLoop(agent, threads: threads)
    // So many updates between looks at the clock.
    let block = max(1, (name == "ppo" ? 16 : 400) / count)
    for _ in 0..<20 { try loop.update(of: 1) }
    let clock = ContinuousClock()
    var rates: [Double] = []
    var shares: [Double] = []
    for _ in 0..<repeats {
      let start = clock.now
      let processorStart = processorSeconds()
      let first = loop.progress.steps
      var elapsed = 0.0
      while elapsed < seconds {
        for _ in 0..<block { try loop.update(of: 1) }
        elapsed = start.duration(to: clock.now).seconds
      }
      rates.append(Double(loop.progress.steps - first) / elapsed)
      shares.append((processorSeconds() - processorStart) / elapsed)
    }
    rates.sort()
    var line = JSONLine()
    line.add("benchmark", "agents")
    line.add("agent", name)
    if images { line.add("task", "minatar-breakout") }
    line.add("envs", count)
    line.add("threads", threads)
    line.add("envs_per_shard", envsPerShard)
    line.add("steps_per_second", Int(rates[rates.count / 2]))
    line.add("min", Int(rates[0]))
    line.add("max", Int(rates[rates.count - 1]))
    // Below 1 with one thread, something else had the core: the figure must be taken again.
    line.add("cpu_share", median(shares))
    print(line)
  }
}

/// Processor time of this process.
private func processorSeconds() -> Double { Double(clock()) / Double(CLOCKS_PER_SEC) }
