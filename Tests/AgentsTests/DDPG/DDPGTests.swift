import Environments
import Foundation
import GSL
import Networks
import ReinforcementLearning
import Testing

@testable import Agents

/// The agent as a whole: when it updates, what it refuses, what it learns.
struct DDPGTests {
  @Test(arguments: [(1, 1, 1.0), (1, 1, 0.5), (2, 3, 0.25), (4, 1, 1.5), (3, 2, 2)])
  func `an update is its steps and all the gradients that they ask for`(
    envs: Int, trainEvery: Int, rate: Double
  ) throws {
    let loop = try DDPGTraining.twoLevers {
      $0.envs = envs
      $0.trainEvery = trainEvery
      $0.updatesPerStep = rate
    }
    let shard = loop.agent.shards[0]
    for _ in 0..<200 {
      let (steps, updates) = (shard.stepsTaken, shard.updatesDone)
      let before = loop.agent.parameters.map(\.values)
      try loop.update(of: 1_000)
      #expect(shard.stepsTaken - steps == envs * trainEvery)
      #expect(shard.updatesDone == Int(Double(max(0, shard.stepsTaken - 40)) * rate))
      #expect((loop.agent.parameters.map(\.values) != before) == (shard.updatesDone > updates))
    }
    #expect(loop.progress.updates == 200)
    #expect(shard.updatesDone > 50 && loop.progress.steps == shard.stepsTaken)
  }

  @Test func `the warm-up plays each action of the range`() throws {
    let loop = try DDPGTraining.twoLevers { $0.learningStarts = 5_000 }
    for _ in 0..<5_000 { try loop.update(of: 5_000) }
    var file = SafetensorsFile()
    try loop.save(to: &file)
    let rows = try #require(file["shard.0.replay"]).values(as: Float.self)
    for component in 1...2 {
      let values = stride(from: component, to: rows.count, by: 3).map { Double(rows[$0]) }.sorted()
      let distance = values.enumerated().map { rank, value in
        abs((value + 1) / 2 - (Double(rank) + 0.5) / Double(values.count))
      }.max()
      #expect(
        try TailProbability.kolmogorov(above: try #require(distance), count: values.count) > 1e-7)
    }
  }

  @Test func `a policy of a checkpoint acts as the actor does, in the environment's units`() throws
  {
    let loop = try DDPGTraining.twoLevers { $0.activation = .tanh }
    for _ in 0..<100 { try loop.update(of: 100) }
    loop.agent.parameters[0].fillRandomly(deviation: 1, seed: 2)
    var file = SafetensorsFile()
    try loop.save(to: &file)
    let policy = try CompiledPolicy(
      deterministic: loop.agent.configuration, observationSpace: TwoLevers().observationSpace,
      actionSpace: TwoLevers().actionSpace, checkpoint: file, rows: 2)
    let actor = PlainNetwork(loop.agent.parameters[0])
    let observations: [Float] = [1, 1, 4, -1]
    var streams: [RandomStream]?
    let actions = policy.act(observations: observations.span, masks: nil, streams: &streams)
    guard case .real(let numbers) = actions else {
      Issue.record("\(actions) are no real numbers.")
      return
    }
    for row in 0..<2 {
      let expected = actor(observations[2 * row..<2 * row + 2].map(Double.init)).map { tanh($0) }
      #expect(abs(Double(numbers[2 * row]) - (1 + 2 * expected[0])) < 1e-5)
      #expect(abs(Double(numbers[2 * row + 1]) - (3.5 + 1.5 * expected[1])) < 1e-5)
    }
  }

  @Test func `settings out of range are named`() {
    let changes: [(String, (inout DDPGConfiguration) -> Void)] = [
      ("envs", { $0.envs = 0 }), ("batch_size", { $0.batchSize = 0 }),
      ("buffer_size", { $0.bufferSize = $0.batchSize - 1 }),
      ("learning_starts", { $0.learningStarts = 0 }), ("train_every", { $0.trainEvery = 0 }),
      ("updates_per_step", { $0.updatesPerStep = 0 }),
      ("updates_per_step", { $0.updatesPerStep = .nan }), ("discount", { $0.discount = 1.01 }),
      ("target_rate", { $0.targetRate = 0 }), ("hidden_sizes", { $0.hiddenSizes = [] }),
      ("policy_output_gain", { $0.policyOutputGain = .infinity }),
      ("learning_rate", { $0.learningRate = .constant(-1) }),
      ("critic_learning_rate", { $0.criticLearningRate = .linear(from: 1, to: .nan) }),
      ("adam_beta2", { $0.adamBeta2 = 1 }), ("max_gradient_norm", { $0.maxGradientNorm = -1 }),
      ("max_critic_gradient_norm", { $0.maxCriticGradientNorm = .nan }),
      ("noise_deviation", { $0.noiseDeviation = -0.1 }),
      ("noise_reversion", { $0.noiseReversion = .nan }),
      ("noise_time_step", { $0.noiseTimeStep = 10 }),
      ("variance_interval", { $0.varianceInterval = 0 }),
    ]
    for (key, change) in changes {
      let error = #expect(throws: ConfigurationValueError.self) {
        try DDPGTraining.twoLevers(change)
      }
      #expect(error?.key == key)
    }
    #expect(throws: Never.self) { try DDPGConfiguration().validate() }
  }

  @Test(arguments: [0, 1])
  func `a gradient that is not finite is named, and changes no parameter`(network: Int) throws {
    let loop = try DDPGTraining.twoLevers()
    for _ in 0..<60 { try loop.update(of: 1_000) }
    var saved = SafetensorsFile()
    try loop.save(to: &saved)
    let gradientAt = loop.agent.parameters[network]
    gradientAt.pointer[0] = .nan
    let before = loop.agent.parameters.map { $0.values.map(\.bitPattern) }
    #expect(throws: (any Error).self) { for _ in 0..<3 { try loop.update(of: 1_000) } }
    #expect(loop.agent.parameters.map { $0.values.map(\.bitPattern) } == before)
    try loop.restore(from: saved)
    for _ in 0..<10 { try loop.update(of: 1_000) }
  }

  @Test func `a reward that is not finite is named before it is remembered`() throws {
    let loop = try DDPGTraining.twoLevers(poison: .nan)
    #expect(throws: EnvironmentError.self) { try loop.update(of: 1_000) }
    #expect(loop.agent.shards[0].stepsTaken == 0)
  }

  @Test func `rewards too large for single precision stop the run with a reason`() throws {
    let loop = try DDPGTraining.twoLevers(poison: 1e30)
    let before = loop.agent.parameters.map(\.values)
    let error = #expect(throws: (any Error).self) {
      for _ in 0..<50 { try loop.update(of: 1_000) }
    }
    #expect("\(try #require(error))".contains("loss is inf"))
    #expect(loop.agent.parameters.map(\.values) == before)
  }

  @Test func `Pendulum is learned, and not without an actor that moves`() throws {
    func best(_ rate: Double, steps: Int) throws -> Double {
      let training = DDPGTraining("") {
        $0.hiddenSizes = [64, 64]
        $0.batchSize = 64
        $0.learningStarts = 1_000
        $0.discount = 0.98
        $0.learningRate = .constant(rate)
      }
      let loop = try training.loop(seed: 1_001)
      var returns: [Double] = []
      while loop.progress.steps < steps {
        returns += try loop.update(of: steps).episodes.map(\.totalReward)
      }
      return returns.suffix(20).reduce(0, +) / 20
    }
    // Random play is worth some −1200; a return has a deviation of about 90 when learned.
    #expect(try best(1e-3, steps: 14_000) > -250)
    #expect(try best(0, steps: 6_000) < -700)
  }
}
