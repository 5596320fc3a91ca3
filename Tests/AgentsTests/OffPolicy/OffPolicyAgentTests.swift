import Environments
import Foundation
import GSL
import Networks
import ReinforcementLearning
import Testing

@testable import Agents

/// What the agents with a replay memory refuse, how they act, and when what moves.
@Suite struct `An agent with a replay memory` {
  @Test func `names settings of td3 that are out of range`() {
    let changes: [(String, (inout TD3Configuration) -> Void)] = [
      ("buffer_size", { $0.bufferSize = $0.batchSize - 1 }),
      ("policy_delay", { $0.policyDelay = 0 }),
      ("target_noise_deviation", { $0.targetNoiseDeviation = -1 }),
      ("target_noise_limit", { $0.targetNoiseLimit = .nan }),
      ("noise_deviation", { $0.noiseDeviation = -0.1 }), ("discount", { $0.discount = 2 }),
      ("critic_learning_rate", { $0.criticLearningRate = .constant(.nan) }),
    ]
    for (key, change) in changes {
      let error = #expect(throws: ConfigurationValueError.self) { try OffPolicyTask.td3(change) }
      #expect(error?.key == key)
    }
  }

  @Test func `names settings of sac that are out of range`() {
    let changes: [(String, (inout SACConfiguration) -> Void)] = [
      ("buffer_size", { $0.bufferSize = $0.batchSize - 1 }),
      ("initial_temperature", { $0.initialTemperature = 0 }),
      ("target_entropy_per_action", { $0.targetEntropyPerAction = .infinity }),
      ("target_entropy_per_action", { $0.targetEntropyPerAction = 0.7 }),
      ("temperature_learning_rate", { $0.temperatureLearningRate = .constant(-1) }),
    ]
    for (key, change) in changes {
      let error = #expect(throws: ConfigurationValueError.self) { try OffPolicyTask.sac(change) }
      #expect(error?.key == key)
    }
  }

  @Test func `names settings of dqn that are out of range`() {
    let changes: [(String, (inout DQNConfiguration) -> Void)] = [
      ("buffer_size", { $0.bufferSize = $0.batchSize - 1 }),
      ("return_steps", { $0.returnSteps = 0 }),
      ("target_every", { $0.targetEvery = 0 }), ("epsilon_start", { $0.epsilonStart = 1.1 }),
      ("epsilon_end", { $0.epsilonEnd = -0.1 }), ("epsilon_steps", { $0.epsilonSteps = 0 }),
    ]
    for (key, change) in changes {
      let error = #expect(throws: ConfigurationValueError.self) { try OffPolicyTask.dqn(change) }
      #expect(error?.key == key)
    }
  }

  @Test func `refuses a space that it cannot act in, and a run that ends before it learns`() {
    func makeWalk(_ count: Int, _ firstLane: Int) throws -> any VectorEnvironment {
      try EnvironmentBatch<MaskedWalk>(count: count, seed: 1, firstLane: firstLane)
    }
    #expect(throws: AgentError.self) {
      try TD3(TD3Configuration(), seed: 1, makeEnvironment: makeWalk)
    }
    #expect(throws: AgentError.self) {
      try SAC(SACConfiguration(), seed: 1, makeEnvironment: makeWalk)
    }
    #expect(throws: AgentError.self) {
      try DQN(DQNConfiguration(), seed: 1) {
        try EnvironmentBatch<TwoLevers>(count: $0, seed: 1, firstLane: $1)
      }
    }
    let error = #expect(throws: ConfigurationValueError.self) {
      try DQNConfiguration().requireLearning(within: 1_000)
    }
    #expect(error?.key == "learning_starts")
    #expect(throws: Never.self) { try DQNConfiguration().requireLearning(within: 1_001) }
  }

  @Test func `moves td3's actor and targets in every k-th update alone`() throws {
    let loop = try OffPolicyTask.td3 { $0.policyDelay = 3 }
    for _ in 0..<40 { try loop.update(of: 1_000) }
    let agent = loop.agent
    for update in 1...9 {
      let actor = agent.networks.actor.parameters.values
      let targets = agent.networks.targets.parameters.map(\.values)
      let critic = agent.networks.critics.networks[1].parameters.values
      try loop.update(of: 1_000)
      #expect(agent.shards[0].updatesDone == update)
      #expect((agent.networks.actor.parameters.values != actor) == (update % 3 == 0))
      #expect((agent.networks.targets.parameters.map(\.values) != targets) == (update % 3 == 0))
      #expect(agent.networks.critics.networks[1].parameters.values != critic)
    }
  }

  @Test func `cuts td3's target noise off, in units of half the actions' range`() throws {
    let noise = BatchNoise(
      rows: 2_000, width: 2, deviation: 0.2, limit: 0.3, seed: 1, purpose: "target-noise")
    noise.draw()
    let values = (0..<4_000).map { Double(noise.column[$0]) }
    #expect(values.allSatisfy { abs($0) <= Double(Float(0.3)) })
    // Beyond 1.5 deviations: 2 Φ(−1.5) = 0.1336 of them.
    let cut = Double(values.count { abs($0) == Double(Float(0.3)) }) / 4_000
    #expect(abs(cut - 0.1336) < 6.5 * (0.1336 * 0.8664 / 4_000).squareRoot())
  }

  @Test func `raises sac's temperature where there is too little entropy, and lowers it elsewhere`()
    throws
  {
    for (logDeviation, rises) in [(Float(-4), true), (0, false)] {
      let loop = try OffPolicyTask.sac {
        $0.targetEntropyPerAction = -1
        $0.initialTemperature = 0.5
      }
      let actor = loop.agent.networks.policy.network.parameters
      let bias = try #require(actor.layout.names.last)
      let half = actor[bias].count / 2
      actor[bias] =
        [Float](repeating: 0, count: half) + [Float](repeating: logDeviation, count: half)
      #expect(abs(loop.agent.networks.temperature - 0.5) < 1e-6)
      for _ in 0..<60 { try loop.update(of: 1_000) }
      #expect((loop.agent.networks.temperature > 0.5) == rises)
    }
  }

  @Test func `lets dqn explore by the steps of all lanes, whatever updates there were`() throws {
    var settings = DQNConfiguration()
    (settings.epsilonStart, settings.epsilonEnd, settings.epsilonSteps) = (1, 0.1, 1_000)
    #expect(settings.epsilon(atStep: 0) == 1)
    #expect(abs(settings.epsilon(atStep: 500) - 0.55) < 1e-12)
    #expect(abs(settings.epsilon(atStep: 2_000) - 0.1) < 1e-12)
    // With Q the same everywhere the first allowed action is the best: another one is exploration.
    for rate in [0.5, 2] {
      let loop = try OffPolicyTask.dqn {
        ($0.envs, $0.updatesPerStep, $0.learningRate) = (2, rate, .constant(0))
        ($0.epsilonSteps, $0.epsilonEnd) = (4_000, 0)
      }
      loop.agent.networks.value.parameters.fill(0)
      for _ in 0..<2_000 { try loop.update(of: 4_000) }
      let steps = loop.progress.steps
      #expect(steps == 4_000)
      func explored(_ rows: Range<Int>) throws -> Double {
        var file = SafetensorsFile()
        try loop.save(to: &file)
        let values = try #require(file["shard.0.replay"]).values(as: Float.self)
        return Double(rows.count { values[2 * $0 + 1] > 1 }) / Double(rows.count)
      }
      // About a third or half of random actions are the third one: ε from 1 to ¾, and below ¼.
      let count = loop.agent.shards[0].stepsRemembered
      #expect(try explored(0..<count / 4) > 0.25)
      #expect(try explored(count * 3 / 4..<count) < 0.12)
    }
  }

  @Test func `respects masks when dqn acts, trained or not`() throws {
    let loop = try OffPolicyTask.dqn()
    for _ in 0..<600 { try loop.update(of: 1_000) }
    var file = SafetensorsFile()
    try loop.save(to: &file)
    let values = try #require(file["shard.0.replay"]).values(as: Float.self)
    // The fourth action is always forbidden; the environment would refuse it.
    #expect(stride(from: 1, to: values.count, by: 2).allSatisfy { values[$0] < 3 })
    // Where the value of forbidden ones is the highest, too.
    let network = loop.agent.networks.value.parameters
    network.fill(0)
    network.pointer[network.count - 1] = 9
    network.pointer[network.count - 4] = 5
    file = SafetensorsFile()
    try loop.save(to: &file)
    let policy = try CompiledPolicy(
      loop.agent.configuration, observationSpace: .discrete(7), actionSpace: .discrete(4),
      checkpoint: file, rows: 2)
    let observations = [Float](repeating: 0, count: 14)
    let masks: [Float] = [0, 1, 1, 0, 1, 1, 1, 0]
    var streams: [RandomStream]?
    let actions = policy.act(
      observations: observations.span, masks: masks.span, streams: &streams)
    guard case .whole(let chosen) = actions else {
      Issue.record("\(actions) are no choices.")
      return
    }
    #expect(chosen == [1, 0])
  }

  @Test func `learns from bytes, which stay bytes in its memory`() throws {
    var settings = DQNConfiguration()
    (settings.hiddenSizes, settings.batchSize, settings.learningStarts) = ([8], 16, 40)
    settings.envs = 2
    let agent = try DQN(settings, seed: 3) {
      try EnvironmentBatch<ByteWalk>(count: $0, seed: 3, firstLane: $1)
    }
    let loop = TrainingLoop(agent)
    for _ in 0..<300 { try loop.update(of: 1_000) }
    var file = SafetensorsFile()
    try loop.save(to: &file)
    let stored = try #require(file["shard.0.replay.observations"])
    #expect(stored.dtype == .uint8 && agent.shards[0].updatesDone == 560)
    let bytes = try stored.values(as: UInt8.self)
    #expect(stride(from: 0, to: bytes.count, by: 2).allSatisfy { bytes[$0] == 255 - bytes[$0 + 1] })
  }

  @Test func `acts in evaluation as sac's distribution says`() throws {
    let loop = try OffPolicyTask.sac { $0.activation = .tanh }
    for _ in 0..<60 { try loop.update(of: 1_000) }
    let network = loop.agent.networks.policy.network.parameters
    network.fillRandomly(deviation: 1, seed: 2)
    var file = SafetensorsFile()
    try loop.save(to: &file)
    let policy = try CompiledPolicy(
      loop.agent.configuration, observationSpace: TwoLevers().observationSpace,
      actionSpace: TwoLevers().actionSpace, checkpoint: file, rows: 1)
    let plain = PlainNetwork(network)
    let observations: [Float] = [1, 1]
    func act(_ streams: inout [RandomStream]?) throws -> [Double] {
      let actions = policy.act(observations: observations.span, masks: nil, streams: &streams)
      guard case .real(let numbers) = actions else { return [] }
      return numbers.map(Double.init)
    }
    let outputs = plain([1, 1])
    var none: [RandomStream]?
    let likeliest = try act(&none)
    #expect(abs(likeliest[0] - (1 + 2 * tanh(outputs[0]))) < 1e-5)
    #expect(abs(likeliest[1] - (3.5 + 1.5 * tanh(outputs[1]))) < 1e-5)
    // The share of draws below the likeliest action is a half.
    var streams: [RandomStream]? = [RandomStream(seed: 4, purpose: "action")]
    let draws = try (0..<2_000).map { _ in try act(&streams)[1] }
    let below = Double(draws.count { $0 < likeliest[1] }) / 2_000
    #expect(abs(below - 0.5) < 6.5 * 0.5 / 2_000.0.squareRoot())
    #expect(draws.allSatisfy { $0 >= 2 && $0 <= 5 })
  }
}
