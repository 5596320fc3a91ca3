import Environments
import GSL
import Networks
import ReinforcementLearning
import Testing

@testable import Agents

/// The same through everything that runs in training, in single precision.
@Suite struct `Agents with control variates along a trajectory` {
  static func configuration(
    _ estimator: PolicyGradientEstimator = .allAction
  ) -> ActorCriticConfiguration {
    var configuration = RealAgentUnbiasednessTests.configuration(estimator, baseline: true)
    configuration.controlVariate.objective = .fit
    configuration.controlVariate.reach = .trajectory
    configuration.controlVariate.freeDraws = 2
    configuration.value.seesTime = true
    return configuration
  }

  /// The largest deviation from the exact gradient over some updates.
  private func deviation(
    _ loop: TrainingLoop<ActorCritic>, _ policy: TabularPolicy, updates: Int, _ name: String
  ) throws -> Double {
    let mean = try RealAgentUnbiasednessTests.mean(loop, updates: updates)
    let exact = policy.exactGradient(discount: 0.95, target: .discounted)
    #expect(exact.contains { abs($0) > 0.01 })
    let deviation = mean.largestDeviation(
      from: exact, tolerance: RealAgentUnbiasednessTests.rounding)
    report("agent, \(name)", deviation)
    return deviation
  }

  @Test(arguments: [PolicyGradientEstimator.allAction, .relax])
  func `the mean gradient of 204,000 episodes is the enumerated one`(
    estimator: PolicyGradientEstimator
  ) throws {
    let (loop, policy) = try RealAgentUnbiasednessTests.agent(
      Self.configuration(estimator), RandomMDP())
    let found = try deviation(
      loop, policy, updates: RealAgentUnbiasednessTests.updates, "random process, \(estimator)")
    #expect(found <= Significance.unbiased)
  }

  @Test func `training V, c and what is subtracted for later gradients does not move the mean`()
    throws
  {
    var configuration = Self.configuration()
    configuration.envs = 3
    configuration.envsPerShard = 2
    configuration.episodesPerUpdate = 1
    configuration.optimizer = .adam
    configuration.value.learningRate = .constant(0.02)
    configuration.controlVariate.learningRate = .constant(0.01)
    configuration.controlVariate.future = true
    configuration.controlVariate.gate = true
    let (loop, policy) = try RealAgentUnbiasednessTests.agent(configuration, RandomMDP())
    let before = loop.agent.parameters.map(\.values)
    let found = try deviation(loop, policy, updates: 12_000, "all in training")
    #expect(found <= Significance.unbiased)
    let after = loop.agent.parameters.map(\.values)
    #expect(after[0] == before[0] && after[1] != before[1] && after[2] != before[2])
  }

  @Test func `λ below 1 on whole episodes is noticed where V is wrong`() throws {
    var configuration = Self.configuration()
    configuration.returns = .episodeGAE
    configuration.gaeLambda = 0.5
    #expect(!configuration.gradient.isUnbiased)
    let (loop, policy) = try RealAgentUnbiasednessTests.agent(configuration, RandomMDP())
    let found = try deviation(
      loop, policy, updates: RealAgentUnbiasednessTests.updates, "λ = 0.5")
    #expect(found > Significance.detected)
  }

  @Test(arguments: [true, false])
  func `V and c that were fitted to the very batch are noticed`(isSame: Bool) throws {
    var configuration = Self.configuration()
    configuration.envs = 1
    configuration.episodesPerUpdate = 4
    configuration.optimizer = .adam
    let (loop, policy) = try RealAgentUnbiasednessTests.agent(configuration, RandomMDP())
    let (agent, shard) = (loop.agent, loop.agent.shards[0])
    let start = agent.parameters.map(\.values)
    var mean = VectorMean()
    for update in 0..<2_500 {
      for (set, values) in zip(agent.parameters, start) { set.values = values }
      _ = try shard.collect(clock: 0)
      try agent.fitCritics(onEpisodes: 0..<4, updates: 30, rate: 0.05, seed: UInt64(update))
      if !isSame {
        shard.finishUpdate()
        _ = try shard.collect(clock: 0)
      }
      shard.writeGradient(0)
      mean.add(RealAgentUnbiasednessTests.gradient(of: agent))
      shard.finishUpdate()
    }
    let exact = policy.exactGradient(discount: 0.95, target: .discounted)
    let deviation = mean.largestDeviation(
      from: exact, tolerance: RealAgentUnbiasednessTests.rounding)
    report("agent, fitted to the very batch: \(isSame)", deviation)
    if isSame {
      #expect(deviation > Significance.detected)
    } else {
      #expect(deviation <= Significance.unbiased)
    }
  }

  @Test func `critics that have learned leave less than half of the variance of V`() throws {
    func variance(_ configuration: ActorCriticConfiguration) throws -> Double {
      let (loop, _) = try RealAgentUnbiasednessTests.agent(configuration, Corridor())
      let agent = loop.agent
      for set in agent.parameters.dropFirst() { set.fillRandomly(deviation: 0.1, seed: 4) }
      _ = try agent.shards[0].collect(clock: 0)
      try agent.fitCritics(onEpisodes: 0..<500, updates: 3_000, rate: 0.01, seed: 1)
      var single = configuration
      single.episodesPerUpdate = 1
      let (measured, _) = try RealAgentUnbiasednessTests.agent(single, Corridor())
      for (set, learned) in zip(measured.agent.parameters, agent.parameters).dropFirst() {
        set.copy(from: learned)
      }
      for _ in 0..<600 { try measured.update(of: 1) }
      return try RealAgentUnbiasednessTests.mean(measured, updates: 3_000, perGroup: 1)
        .totalVariance
    }
    var configuration = Self.configuration()
    configuration.envs = 1
    configuration.episodesPerUpdate = 500
    configuration.optimizer = .adam
    var plain = configuration
    plain.estimator = .scoreFunction
    plain.controlVariate.reach = .step
    let value = try variance(plain)
    let ratio = try variance(configuration) / value
    report("corridor, along the trajectory over V", ratio, unit: "")
    #expect(ratio < 0.5)
    configuration.controlVariate.future = true
    let withFuture = try variance(configuration) / value
    report("corridor, with later gradients over V", withFuture, unit: "")
    #expect(withFuture < ratio)
  }

  @Test func `settings that do not go together are refused with what would`() {
    func refusal(_ change: (inout ActorCriticConfiguration) -> Void) -> String {
      var configuration = Self.configuration()
      change(&configuration)
      do { try configuration.validate() } catch { return "\(error)" }
      return ""
    }
    #expect(refusal { _ in }.isEmpty)
    #expect(refusal { $0.returns = .gae }.contains("gae-episodes"))
    #expect(refusal { $0.controlVariate.objective = .variance }.contains("fit"))
    #expect(refusal { $0.estimator = .scoreFunction }.contains("step"))
    #expect(refusal { $0.controlVariate.freeDraws = 0 }.contains("free_draws"))
    #expect(
      refusal {
        $0.estimator = .scoreFunction
        $0.controlVariate.reach = .step
        $0.returns = .nStep
        $0.discountedWeights = false
      }.contains("value.sees_time"))
    #expect(
      refusal {
        $0.estimator = .scoreFunction
        $0.controlVariate.reach = .step
        $0.controlVariate.future = true
        $0.value.seesTime = false
        $0.discountedWeights = false
        $0.returns = .gae
      }.contains("control_variate.future"))
    #expect(
      refusal {
        $0.controlVariate.gate = true
        $0.controlVariate.reach = .step
        $0.controlVariate.objective = .variance
      }.contains("control_variate.gate"))
  }

  @Test func `the gate lets through what lowers the variance and stops what raises it`() {
    var stream = RandomStream(seed: 9, purpose: "gate")
    func share(_ reduce: (_ noise: Double, _ other: Double) -> Double) -> Double {
      var gate = VarianceGate()
      #expect(gate.combined(plain: [1, 2], reduced: [3, 4]) == [1, 2])
      for _ in 0..<4_000 {
        let (noise, other) = (stream.gaussian(), stream.gaussian())
        gate.add(plain: [Float(noise)], reduced: [Float(reduce(noise, other))])
      }
      return gate.share
    }
    // E n (n − r) / E (n − r)², by hand: 1 for r = n / 2 (2 is kept at 1), 0 for noise of its own, 1 / 2 for
    // another draw of the same.
    #expect(abs(share { noise, _ in noise / 2 } - 1) < 1e-9)
    #expect(abs(share { noise, other in noise + other }) < 0.06)
    #expect(abs(share { _, other in other } - 0.5) < 0.06)
    #expect(share { noise, _ in 3 * noise } == 0)
    // 1 and 0 of two gradients: 1 / 2, less a standard error of √(1/4 + 1/4) / 2.
    var gate = VarianceGate()
    gate.add(plain: [1], reduced: [0])
    gate.add(plain: [0], reduced: [-1])
    #expect(abs(gate.share - (0.5 - 0.5.squareRoot() / 2)) < 1e-12)
  }
}

/// Several choices in every step, and draws of other actions for the mean of c.
@Suite struct `Several choices with control variates along a trajectory` {
  @Test(
    arguments: ChoiceScenario.all.filter { $0.horizon > 1 },
    [PolicyGradientEstimator.relax, .allAction])
  func `the mean over 100,000 episodes is the enumerated gradient`(
    scenario: ChoiceScenario, estimator: PolicyGradientEstimator
  ) throws {
    var configuration = Scenario.configuration(
      estimator, baseline: true, discount: 0.9, discountedWeights: true)
    configuration.controlVariate.objective = .fit
    configuration.controlVariate.reach = .trajectory
    configuration.controlVariate.freeDraws = 2
    let networks = try scenario.networks(configuration)
    let program = try scenario.program(configuration, networks)
    let policy = try scenario.policy(networks)
    let exact = policy.exactGradient(discount: 0.9, target: .discounted)
    #expect(exact.contains { abs($0) > 0.01 })
    var stream = RandomStream(seed: 6, purpose: "free-noise")
    var mean = VectorMean()
    var withoutMean = VectorMean()
    scenario.sample(batches: 200, of: 500, policy: policy, purpose: "choice-trajectories") {
      samples in
      var samples = samples
      samples.freeNoise = samples.noise.indices.flatMap { _ in
        (0..<2).map { _ in
          if scenario.kind != .bernoulli { return stream.exponential() }
          let uniform = stream.uniform()
          return uniform.logarithm - (1 - uniform).logarithm
        }
      }
      func gradient(_ advantages: [Double]) -> [Double] {
        program.policyGradient(
          samples, returns: samples.returns(discount: 0.9, without: advantages),
          weights: samples.weights(configuration))
      }
      let advantages = program.advantages(samples)
      mean.add(gradient(advantages))
      withoutMean.add(gradient(zip(advantages, samples.states).map { $0 + 3 * Double($1) }))
    }
    let deviation = mean.largestDeviation(from: exact)
    report("\(scenario.testDescription), \(estimator)", deviation)
    #expect(deviation <= Significance.unbiased)
    let bias = withoutMean.largestDeviation(from: exact)
    report("\(scenario.testDescription), \(estimator), a wrong mean", bias)
    #expect(bias > Significance.detected)
  }
}
