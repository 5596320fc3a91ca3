import Distributions
import Environments
import Foundation
import GSL
import Networks
import ReinforcementLearning
import Testing

@testable import Agents

/// RLOO of agents: several actions for the same observation, or several episodes that begin alike.
struct LeaveOneOutTests {
  static func configuration(
    _ estimator: PolicyGradientEstimator, samples: Int = 4
  ) -> ActorCriticConfiguration {
    var configuration = RealAgentUnbiasednessTests.configuration(estimator)
    configuration.envs = 24
    configuration.envsPerShard = 8
    configuration.episodesPerUpdate = 1
    configuration.discount = 1
    configuration.discountedWeights = false
    configuration.samples = samples
    return configuration
  }

  private func agent(
    _ scenario: ChoiceScenario, _ configuration: ActorCriticConfiguration, threads: Int = 2
  ) throws -> (TrainingLoop<ActorCritic>, TabularPolicy) {
    let loop = TrainingLoop(
      try ActorCritic(configuration, seed: 5) {
        try EnvironmentBatch(
          ChoiceProcess(scenario),
          spec: EnvironmentSpec(name: "choices", stepLimit: scenario.horizon), count: $0, seed: 5,
          firstLane: $1)
      }, threads: threads)
    let doubles = try scenario.networks(configuration)
    for (set, values) in zip(loop.agent.parameters, doubles.sets) {
      set.copy(from: values)
      values.copy(from: set)
    }
    return (loop, try scenario.policy(doubles))
  }

  private static let scenarios = [
    ChoiceScenario("2 bits", .bernoulli, [2, 2], horizon: 1),
    ChoiceScenario("2 and 3 values", .categoricals([2, 3]), [2, 3], horizon: 1),
    ChoiceScenario("2 bits, several steps", .bernoulli, [2, 2], horizon: 4),
  ]

  @Test(
    arguments: scenarios.map { ($0, PolicyGradientEstimator.leaveOneOut) }
      + scenarios.prefix(2).flatMap { [($0, .relaxLeaveOneOut), ($0, .linearSurrogate)] })
  func `its mean is the enumerated gradient`(
    scenario: ChoiceScenario, estimator: PolicyGradientEstimator
  ) throws {
    _ = try checkedVariance(scenario, Self.configuration(estimator))
  }

  /// Checks that the mean gradient is the enumerated one.
  ///
  /// - Returns: the gradient's variance, summed over the parameters.
  private func checkedVariance(
    _ scenario: ChoiceScenario, _ configuration: ActorCriticConfiguration
  ) throws -> Double {
    let (loop, policy) = try agent(scenario, configuration)
    let mean = try RealAgentUnbiasednessTests.mean(loop, updates: 8_000, perGroup: 1)
    let exact = policy.exactGradient(discount: 1, target: .discounted)
    let name =
      "\(configuration.estimator) of \(configuration.samples), \(scenario.testDescription)"
    let deviation = mean.largestDeviation(
      from: exact, tolerance: RealAgentUnbiasednessTests.rounding)
    report(name, deviation)
    #expect(deviation <= Significance.unbiased)
    // With the action's own return in the baseline it would come out shorter by a quarter, which shows.
    let shorter = mean.largestDeviation(from: exact.map { 0.75 * $0 })
    report("\(name), own return in the baseline", shorter)
    #expect(shorter > Significance.detected)
    return mean.totalVariance
  }

  @Test(arguments: [2, 4]) func `of antithetic bits its mean is the enumerated gradient, too`(
    samples: Int
  ) throws {
    let scenario = ChoiceScenario("3 bits", .bernoulli, [2, 2, 2], horizon: 1)
    let antithetic = try checkedVariance(scenario, Self.configuration(.arms, samples: samples))
    // The same number of actions, drawn apart from each other.
    let apart = try checkedVariance(scenario, Self.configuration(.leaveOneOut, samples: samples))
    let ratio = antithetic / apart
    report("arms, \(samples) samples, variance over RLOO's", ratio, unit: "")
    #expect(ratio < 1)
  }

  @Test(arguments: [2, 3, 5])
  func `antithetic noise is logistic and as unlike as the samples of ARMS`(
    samples: Int
  ) throws {
    let (lanes, width) = (4_000, 3)
    var noise = LaneNoise(seed: 3, purpose: "action", firstLane: 0, count: samples * lanes)
    let table = Experience(rows: samples * lanes, lanes: samples * lanes)
    table.add(.noise, width: width)
    let column = table[.noise]
    noise.fill(column, rows: 0..<samples * lanes, .logistic)
    noise.makeAntithetic(column, rows: 0..<samples * lanes, samples)
    for logit in [-2.0, -0.3, 0.8] {
      let sign: Double = logit < 0 ? 1 : -1
      let probability = 1 / (1 + exp(-logit))
      func bit(_ lane: Int, _ copy: Int, _ element: Int) -> Double {
        logit + sign * Double(column[((copy * lanes) + lane) * width + element]) > 0 ? 1 : 0
      }
      var (ones, both) = (0.0, 0.0)
      for lane in 0..<lanes {
        for element in 0..<width {
          ones += bit(lane, 0, element)
          both += bit(lane, 0, element) * bit(lane, 1, element)
        }
      }
      let count = Double(lanes * width)
      // P(both have the rarer value) = max(0, 2 p^(1/(K − 1)) − 1)^(K − 1), Dimitriev and Zhou (2021).
      let rarer = min(probability, 1 - probability)
      let bothRarer = pow(
        max(0, 2 * pow(rarer, 1 / Double(samples - 1)) - 1), Double(samples - 1))
      let bothOne = logit < 0 ? bothRarer : 2 * probability - 1 + bothRarer
      for (found, expected) in [(ones / count, probability), (both / count, bothOne)] {
        let error = (max(expected * (1 - expected), 1e-12) / count).squareRoot()
        #expect(abs(found - expected) <= 6.5 * error)
      }
    }
  }

  @Test func `its variance is less than REINFORCE's where rewards are far from zero`() throws {
    func variance(_ estimator: PolicyGradientEstimator) throws -> Double {
      let loop = TrainingLoop(
        try ActorCritic(Self.configuration(estimator), seed: 5) {
          try EnvironmentBatch(BernoulliBandit(), count: $0, seed: 5, firstLane: $1)
        }, threads: 1)
      return try RealAgentUnbiasednessTests.mean(loop, updates: 3_000, perGroup: 1).totalVariance
    }
    // One observation, so that copies lose nothing; payments of 0 or 1, half of the time each.
    let ratio = try variance(.leaveOneOut) / variance(.scoreFunction)
    report("rloo, variance over REINFORCE's", ratio, unit: "")
    #expect(ratio < 0.8)
  }

  @Test func `a linear surrogate leaves nothing of a reward that adds up`() throws {
    func variance(_ estimator: PolicyGradientEstimator, interaction: Double) throws -> Double {
      let agent = try ActorCritic(Self.configuration(estimator), seed: 5) {
        try EnvironmentBatch(
          try Quadratic(variables: 10, interaction: interaction, seed: 1), count: $0, seed: 5,
          firstLane: $1)
      }
      let loop = TrainingLoop(agent, threads: 1)
      // What it knows after some updates is kept by the policy that does not move.
      for _ in 0..<200 { try loop.update(of: 1 << 30) }
      return try RealAgentUnbiasednessTests.mean(loop, updates: 400, perGroup: 1).totalVariance
    }
    for (interaction, most) in [(0.0, 0.01), (0.3, 0.5)] {
      let ratio =
        try variance(.linearSurrogate, interaction: interaction)
        / variance(.leaveOneOut, interaction: interaction)
      report("linear surrogate, interaction \(interaction), variance over RLOO's", ratio, unit: "")
      #expect(ratio < most)
    }
  }

  @Test func `copies see the same and go on where they were`() throws {
    let environment = try CopiedEnvironments(3) {
      try EnvironmentBatch(ContextualBandit(), count: 4, seed: 2, firstLane: 8)
    }
    #expect(environment.count == 12 && environment.firstLane == 24)
    var memory = Memory(environment)
    try memory.reset()
    for round in 0..<20 {
      let (one, two, three) = (0..<12, 12..<24, 24..<36)
      #expect(memory.observations[one].elementsEqual(memory.observations[two]))
      #expect(memory.observations[one].elementsEqual(memory.observations[three]))
      let saved = try environment.snapshot()
      try memory.step((0..<12).map { Int32($0 / 4) })
      let after = (memory.observations, memory.rewards)
      if round % 5 == 0 {
        try environment.restore(saved)
        try memory.step((0..<12).map { Int32($0 / 4) })
        #expect(after.0 == memory.observations && after.1 == memory.rewards)
      }
      // The same random numbers, and means that differ.
      #expect(Set(memory.rewards[0..<1] + memory.rewards[4..<5] + memory.rewards[8..<9]).count == 3)
    }
    #expect(throws: EnvironmentError.self) { try environment.restore([1, 2, 3]) }
    #expect(throws: EnvironmentError.self) {
      try environment.restore(try environment.snapshot().dropLast(5).map { $0 })
    }
  }

  @Test(arguments: [
    PolicyGradientEstimator.leaveOneOut, .relaxLeaveOneOut, .arms, .linearSurrogate,
  ])
  func `results depend neither on threads nor on where a run was stopped`(
    estimator: PolicyGradientEstimator
  ) throws {
    let scenario = ChoiceScenario("3 bits", .bernoulli, [2, 2, 2], horizon: 1)
    var configuration = Self.configuration(estimator)
    configuration.learningRate = .constant(0.01)
    let (whole, _) = try agent(scenario, configuration)
    let (one, _) = try agent(scenario, configuration, threads: 1)
    for _ in 0..<12 {
      try whole.update(of: 10_000)
      try one.update(of: 10_000)
    }
    let (first, _) = try agent(scenario, configuration)
    for _ in 0..<5 { try first.update(of: 10_000) }
    var file = SafetensorsFile()
    try first.save(to: &file)
    let (resumed, _) = try agent(scenario, configuration)
    try resumed.restore(from: file)
    for _ in 0..<7 { try resumed.update(of: 10_000) }
    #expect(try whole.checkpoint() == one.checkpoint())
    #expect(try whole.checkpoint() == resumed.checkpoint())
  }

  @Test func `what it is not for is refused`() throws {
    func refusal(_ change: (inout ActorCriticConfiguration) -> Void, oneStep: Bool = true) -> String
    {
      var configuration = Self.configuration(.leaveOneOut)
      change(&configuration)
      do {
        _ = try ActorCritic(configuration, seed: 5) { count, first -> any VectorEnvironment in
          oneStep
            ? try EnvironmentBatch(BernoulliBandit(), count: count, seed: 5, firstLane: first)
            : try EnvironmentBatch(Corridor(), count: count, seed: 5, firstLane: first)
        }
        return "nothing"
      } catch { return "\(error)" }
    }
    #expect(refusal { _ in } == "nothing")
    #expect(refusal { $0.estimator = .arms }.contains("with this task's actions"))
    #expect(refusal { $0.samples = 1 }.contains("samples must be at least 2"))
    #expect(refusal { $0.samples = 5 }.contains("multiple of samples, which is 5"))
    #expect(refusal { $0.envsPerShard = 6 }.contains("envs_per_shard"))
    #expect(refusal { $0.returns = .gae }.contains("monte-carlo"))
    #expect(refusal({ _ in }, oneStep: false) == "nothing")
    #expect(refusal({ $0.estimator = .arms }, oneStep: false).contains("up to 20 steps"))
    #expect(refusal({ $0.estimator = .relaxLeaveOneOut }, oneStep: false).contains("20 steps"))
    #expect(refusal({ $0.estimator = .linearSurrogate }, oneStep: false).contains("20 steps"))
  }
}

/// Memory for the steps of some environments.
private struct Memory {
  let environment: any VectorEnvironment
  var observations: [Float]
  var rewards: [Double]

  init(_ environment: any VectorEnvironment) {
    self.environment = environment
    observations = Array(repeating: 0, count: environment.count * environment.observationSize)
    rewards = Array(repeating: 0, count: environment.count)
  }

  mutating func reset() throws {
    var seen = observations
    var span = seen.mutableSpan
    try environment.reset(observations: &span)
    observations = seen
  }

  mutating func step(_ actions: [Int32]) throws {
    var (seen, final, rewards) = (observations, observations, rewards)
    var outcomes = [Outcome](repeating: .ongoing, count: environment.count)
    var seenSpan = seen.mutableSpan
    var finalSpan = final.mutableSpan
    var rewardSpan = rewards.mutableSpan
    var outcomeSpan = outcomes.mutableSpan
    try environment.step(
      actions: actions.span, atEnd: .startNext, observations: &seenSpan,
      finalObservations: &finalSpan, rewards: &rewardSpan, outcomes: &outcomeSpan)
    (observations, self.rewards) = (seen, rewards)
  }
}
