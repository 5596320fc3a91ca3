import Environments
import GSL
import Networks
import ReinforcementLearning
import Testing

@testable import Agents

/// Evolution strategies, whatever the actions are.
@Suite struct `An evolution strategy` {
  struct Training: Sendable {
    let name: String
    let configuration: EvolutionConfiguration
    let make:
      @Sendable (_ count: Int, _ firstLane: Int, _ seed: UInt64) throws -> any VectorEnvironment

    init<E: Environment>(
      _ name: String, _ task: E.Type, _ change: (inout EvolutionConfiguration) -> Void = { _ in }
    ) {
      self.name = name
      var configuration = EvolutionConfiguration()
      // Shards of three: pairs that lie in two of them, and a last one that is smaller.
      configuration.envs = 8
      configuration.envsPerShard = 3
      configuration.hiddenSizes = [4]
      change(&configuration)
      self.configuration = configuration
      make = { try EnvironmentBatch<E>(count: $0, seed: $2, firstLane: $1) }
    }

    func loop(
      threads: Int = 1, seed: UInt64 = 7, in reduction: any Reduction = SharedMemoryReduction()
    ) throws -> TrainingLoop<EvolutionStrategy> {
      let agent = try EvolutionStrategy(configuration, seed: seed, reduction: reduction) {
        try make($0, $1, seed)
      }
      return TrainingLoop(agent, threads: threads)
    }
  }

  static let all = [
    Training("one choice", CartPole.self),
    Training("masks, a linear policy, two episodes", MaskedWalk.self) {
      $0.hiddenSizes = []
      $0.episodesPerUpdate = 2
    },
    Training("several choices, masks", MaskedChoices.self),
    Training("bits, masks", MaskedBits.self),
    Training("real numbers, normalization", Pendulum.self) { $0.normalizeObservations = true },
    Training("squashed real numbers", Pendulum.self) { $0.squashActions = true },
  ]

  @Test(arguments: all.indices)
  func `gives the same bytes for any number of threads`(index: Int) throws {
    let training = Self.all[index]
    func run(threads: Int, seed: UInt64 = 7) throws -> [UInt8] {
      let loop = try training.loop(threads: threads, seed: seed)
      for _ in 0..<12 { try loop.update(of: 50_000) }
      return try loop.checkpoint()
    }
    let expected = try run(threads: 1)
    for threads in [1, 2, 4] { #expect(try run(threads: threads) == expected, "\(training.name)") }
    #expect(try run(threads: 1, seed: 8) != expected)
  }

  @Test(arguments: all.indices)
  func `goes on from a checkpoint, between updates or within one, as if never stopped`(
    index: Int
  ) throws {
    let training = Self.all[index]
    let whole = try training.loop(threads: 2)
    var stopped = try training.loop()
    for update in 0..<8 {
      if update % 2 == 1 {
        stopped.stepBound = stopped.progress.steps + 2 * training.configuration.envs
        #expect(throws: RolloutPause.stepsReached) { try stopped.update(of: 50_000) }
      }
      let saved = try stopped.checkpoint()
      stopped = try training.loop()
      // One that has gone its own way.
      if update % 3 == 0 { try stopped.update(of: 50_000) }
      try stopped.restore(from: SafetensorsFile(bytes: saved))
      #expect(try stopped.checkpoint() == saved)
      stopped.stepBound = .max
      try stopped.update(of: 50_000)
      try whole.update(of: 50_000)
      #expect(try stopped.checkpoint() == whole.checkpoint(), "\(training.name), \(update)")
    }
  }

  @Test func `ranks returns from −½ to ½, equal ones alike`() {
    #expect(Population.centeredRanks([3, 1, 2]) == [0.5, -0.5, 0])
    #expect(Population.centeredRanks([1, 1, 1, 1]) == [0, 0, 0, 0])
    #expect(Population.centeredRanks([5, 0, 5]) == [0.25, -0.5, 0.25])
    #expect(Population.centeredRanks([-1e300, 1e300, 0, 7, 8]) == [-0.5, 0.5, -0.25, 0, 0.25])
    #expect(Population.centeredRanks([4]) == [0])
  }

  /// The estimate worked out from the noise of the members and their ranks, with the controls of a wrong sign and
  /// of pairs that are not opposite.
  @Test func `has the gradient of the members' ranks and noise`() throws {
    let training = Training("gradient", CartPole.self) {
      $0.weightDecay = 0
      $0.noiseDeviation = 0.5
    }
    let agent = try training.loop().agent
    let count = agent.parameters[0].count
    for shard in agent.shards { _ = try shard.collect(clock: 0) }
    for pass in 0..<2 {
      for shard in agent.shards { shard.writeGradient(pass) }
      try agent.reduction.sum(agent.shards.map { $0.gradients(of: pass) })
      if pass == 0 { try agent.receive(gradient: 0, at: RunPosition(step: 0, of: 1)) }
    }
    let returns = agent.shards.flatMap(\.returns)
    #expect(Set(returns).count > 2)
    let ranks = Population.centeredRanks(returns)
    let population = Population(seed: 7, deviation: 0.5)
    func expected(opposite: Bool) -> [Double] {
      var sum = Array(repeating: 0.0, count: count)
      for (member, rank) in ranks.enumerated() {
        let sign = opposite ? (member % 2 == 0 ? 1.0 : -1) : 1
        population.forEachVariate(ofMember: member, update: 0, count: count) {
          sum[$0] -= rank * sign * Double($1) / (8 * 0.5)
        }
      }
      return sum
    }
    let found = agent.shards[0].gradients(of: 1)[0].values.map(Double.init)
    func difference(_ other: [Double]) -> Double {
      zip(found, other).map { abs($0 - $1) }.max() ?? .infinity
    }
    #expect(difference(expected(opposite: true)) < 1e-6)
    #expect(difference(expected(opposite: false)) > 0.05)
    #expect(difference(expected(opposite: true).map { -$0 }) > 0.05)
  }

  @Test func `perturbs the two of a pair in opposite directions, by σ`() {
    let layout = ParameterLayout([ParameterEntry("a", [20_000])])
    let (center, plus, minus) = (
      ParameterSet<Float>(layout), ParameterSet<Float>(layout), ParameterSet<Float>(layout)
    )
    center.fill(2)
    let population = Population(seed: 1, deviation: 0.25)
    population.perturb(center, member: 4, update: 3, into: plus)
    population.perturb(center, member: 5, update: 3, into: minus)
    var squares = 0.0
    for (a, b) in zip(plus.values, minus.values) {
      #expect(abs((a - 2) + (b - 2)) < 1e-6)
      squares += Double(a - 2) * Double(a - 2)
    }
    // The variance of n normal variates is known to σ² √(2 / n).
    let variance = squares / 20_000
    #expect(abs(variance - 0.0625) < 6.5 * 0.0625 * (2.0 / 20_000).squareRoot())
    for (member, update) in [(6, 3), (4, 2)] {
      population.perturb(center, member: member, update: update, into: minus)
      #expect(plus.values != minus.values)
    }
  }

  @Test(arguments: [
    "envs", "noise_deviation", "episodes_per_update", "weight_decay", "hidden_sizes",
  ])
  func `refuses settings out of their range, by name`(key: String) throws {
    var configuration = EvolutionConfiguration()
    switch key {
    case "envs": configuration.envs = 7
    case "noise_deviation": configuration.noiseDeviation = 0
    case "episodes_per_update": configuration.episodesPerUpdate = 0
    case "weight_decay": configuration.weightDecay = -1
    default: configuration.hiddenSizes = [0]
    }
    let error = #expect(throws: ConfigurationValueError.self) { try configuration.validate() }
    #expect(error?.key == key)
    try EvolutionConfiguration().validate()
  }
}
