import EnvironmentContract
import Environments
import GSL
import Networks
import ReinforcementLearning
import Testing

@testable import Agents

/// Whole agents that make several choices in every step.
struct ChoiceAgentTests {
  static func configuration(
    _ estimator: PolicyGradientEstimator,
    _ change: (inout ActorCriticConfiguration) -> Void = { _ in }
  ) -> ActorCriticConfiguration {
    var configuration = ActorCriticConfiguration()
    configuration.estimator = estimator
    // Ten lanes in shards of three: the last shard is smaller.
    configuration.envs = 10
    configuration.envsPerShard = 3
    configuration.hiddenSizes = [6]
    configuration.entropyCoefficient = 0.01
    change(&configuration)
    return configuration
  }

  static func loop<E: Environment>(
    _ environment: E, _ configuration: ActorCriticConfiguration, threads: Int = 1
  ) throws -> TrainingLoop<ActorCritic> {
    TrainingLoop(
      try ActorCritic(configuration, seed: 7) {
        try EnvironmentBatch(environment, count: $0, seed: 7, firstLane: $1)
      }, threads: threads)
  }

  /// An agent with the parameters of the double-precision tests, and its policy's exact values.
  private func agent(
    _ scenario: ChoiceScenario, _ estimator: PolicyGradientEstimator
  ) throws -> (TrainingLoop<ActorCritic>, TabularPolicy) {
    var configuration = RealAgentUnbiasednessTests.configuration(estimator, baseline: true)
    configuration.entropyCoefficient = 0.3
    configuration.entropyInReturns = true
    let loop = TrainingLoop(
      try ActorCritic(configuration, seed: 5) {
        try EnvironmentBatch(ChoiceProcess(scenario), count: $0, seed: 5, firstLane: $1)
      }, threads: 2)
    let doubles = try scenario.networks(configuration)
    for (set, values) in zip(loop.agent.parameters, doubles.sets) {
      set.copy(from: values)
      // The oracle takes the parameters as they are after rounding.
      values.copy(from: set)
    }
    return (loop, try scenario.policy(doubles))
  }

  @Test(
    arguments: [PolicyGradientEstimator.relax, .allAction, .scoreFunction],
    [
      ChoiceScenario("2 bits", .bernoulli, [2, 2], horizon: 4),
      ChoiceScenario("2 and 3 values", .categoricals([2, 3]), [2, 3], horizon: 4),
    ])
  func `the agent's gradient of 204,000 episodes is that of return plus entropy`(
    estimator: PolicyGradientEstimator, scenario: ChoiceScenario
  ) throws {
    let (loop, policy) = try agent(scenario, estimator)
    let mean = try RealAgentUnbiasednessTests.mean(loop, updates: 3_400)
    // The gradient of the expected return whose rewards include the entropies, plus what they change by
    // themselves, as finite differences in double precision have it.
    let networks = policy.boundParameters
    let exact = (0..<networks.count).map { index in
      let center = networks.pointer[index]
      func value(_ offset: Double) -> Double {
        networks.pointer[index] = center + offset
        defer { networks.pointer[index] = center }
        return policy.expectedReturn(discount: 0.95, adding: policy.entropies.map { 0.3 * $0 })
      }
      return (value(1e-4) - value(-1e-4)) / 2e-4
    }
    let deviation = mean.largestDeviation(
      from: exact, tolerance: RealAgentUnbiasednessTests.rounding)
    report("agent, \(scenario.testDescription), \(estimator)", deviation)
    #expect(deviation <= Significance.unbiased)
    let reported = try #require(
      loop.agent.metrics.first { $0.name == "policy_entropy" }?.value)
    let possible = try #require(policy.entropies.min())...(try #require(policy.entropies.max()))
    #expect(reported >= possible.lowerBound - 1e-4 && reported <= possible.upperBound + 1e-4)
  }

  @Test func `the objective that is reported is the enumerated one`() throws {
    let (loop, policy) = try agent(
      ChoiceScenario("2 bits", .bernoulli, [2, 2], horizon: 4), .scoreFunction)
    var mean = VectorMean()
    for _ in 0..<500 {
      // Of 60 episodes each, so that the last 100 are others every time.
      for _ in 0..<2 { try loop.update(of: 1) }
      mean.add([try #require(loop.meanObjective)])
    }
    let entropies = policy.entropies
    let objective = policy.expectedReturn(discount: 1, adding: entropies.map { 0.3 * $0 })
    let rewards = policy.expectedReturn(discount: 1, adding: entropies.map { _ in 0 })
    let deviation = mean.largestDeviation(
      from: [objective], tolerance: RealAgentUnbiasednessTests.rounding)
    report("agent, reported objective", deviation)
    #expect(deviation <= Significance.unbiased)
    #expect(mean.largestDeviation(from: [rewards]) > Significance.detected)
  }

  @Test(
    arguments: [PolicyGradientEstimator.relax, .allAction, .scoreFunction],
    [ReturnEstimate.nStep, .monteCarlo])
  func `a forbidden value is never taken and its logit's gradient is exactly zero`(
    estimator: PolicyGradientEstimator, returns: ReturnEstimate
  ) throws {
    let configuration = Self.configuration(estimator) {
      $0.returns = returns
      // The random play that gives the first statistics respects masks too.
      $0.normalizeRewards = true
    }
    let values = try Self.loop(MaskedChoices(), configuration, threads: 2)
    let bits = try Self.loop(MaskedBits(), configuration, threads: 2)
    // The policies want nothing but what is forbidden: value 3 of the second choice, bit 3 at 0.
    values.agent.parameters[0]["policy.1.bias"] = [0, 0, 0, 0, 0, 50, 0, 0, 0]
    bits.agent.parameters[0]["policy.1.bias"] = [0, 0, 0, -50]
    for (loop, column, width) in [(values, 5, 9), (bits, 3, 4)] {
      let policy = loop.agent.parameters[0]
      let gradient = ParameterSet<Float>(policy.layout)
      var largest: Float = 0
      for _ in 0..<100 {
        // The environment refuses a forbidden action by an error.
        try loop.update(of: 20_000)
        gradient.copy(from: loop.agent.shards[0].gradients(of: 0)[0])
        #expect(gradient["policy.1.bias"][column] == 0)
        for unit in 0..<6 { #expect(gradient["policy.1.weight"][unit * width + column] == 0) }
        largest = max(largest, gradient["policy.1.bias"].map { abs($0) }.max() ?? 0)
      }
      #expect(largest > 1e-3)
    }
  }

  @Test(
    arguments: [PolicyGradientEstimator.relax, .allAction, .scoreFunction],
    [ReturnEstimate.gae, .monteCarlo])
  func `results depend neither on threads nor on where a run was stopped`(
    estimator: PolicyGradientEstimator, returns: ReturnEstimate
  ) throws {
    let configuration = Self.configuration(estimator) {
      $0.returns = returns
      $0.entropyInReturns = returns == .monteCarlo
      $0.controlVariate.linear = true
      $0.controlVariate.hiddenSizes = [3]
      $0.controlVariate.temperature = 0.1
    }
    let whole = try Self.loop(MaskedChoices(), configuration)
    let threads = try Self.loop(MaskedChoices(), configuration, threads: 3)
    let first = try Self.loop(MaskedChoices(), configuration)
    for _ in 0..<10 {
      try whole.update(of: 20_000)
      try threads.update(of: 20_000)
    }
    for _ in 0..<4 { try first.update(of: 20_000) }
    var file = SafetensorsFile()
    try first.save(to: &file)
    let resumed = try Self.loop(MaskedChoices(), configuration)
    try resumed.restore(from: file)
    for _ in 0..<6 { try resumed.update(of: 20_000) }
    #expect(try whole.checkpoint() == threads.checkpoint())
    #expect(try whole.checkpoint() == resumed.checkpoint())
  }

  @Test(arguments: [PolicyGradientEstimator.relax, .allAction, .scoreFunction])
  func `a box of whole numbers is acted in by choices`(
    estimator: PolicyGradientEstimator
  ) throws {
    let configuration = Self.configuration(estimator) {
      $0.optimizer = .adam
      $0.learningRate = .constant(0.02)
      $0.value.learningRate = .constant(0.02)
    }
    let loop = try Self.loop(WholeBox(), configuration)
    for _ in 0..<400 { try loop.update(of: 20_000) }
    var file = SafetensorsFile()
    try loop.save(to: &file)
    let policy = try ActorCriticPolicy(
      configuration, observationSpace: WholeBox().observationSpace,
      actionSpace: WholeBox().actionSpace, checkpoint: file, rows: 1)
    var none: [RandomStream]?
    #expect(
      policy.act(observations: ([1] as [Float]).span, masks: nil, streams: &none) == .real([1, 6]))
  }

  @Test func `training φ lowers the variance of the gradient at a frozen policy`() throws {
    /// The variance over 2,000 updates at rates of 0, after some at the given rate.
    func variance(rate: Double) throws -> Double {
      var configuration = Scenario.configuration(.relax)
      configuration.envs = 4
      configuration.optimizer = .adam
      configuration.hiddenSizes = [4]
      configuration.controlVariate.temperature = 0.1
      configuration.controlVariate.hiddenSizes = [16]
      configuration.controlVariate.linear = true
      configuration.controlVariate.scope = .logits
      configuration.learningRate = .constant(0)
      configuration.controlVariate.learningRate = .constant(rate)
      let task = try Quadratic(variables: 12, interaction: 0.3, seed: 2)
      let loop = try Self.loop(task, configuration)
      for _ in 0..<3_000 { try loop.update(of: 1) }
      return try RealAgentUnbiasednessTests.mean(loop, updates: 2_000, perGroup: 1).totalVariance
    }
    let ratio = try variance(rate: 0.01) / variance(rate: 0)
    report("variance after training φ over before, 12 bits", ratio, unit: "")
    #expect(ratio < 0.5)
  }

  @Test func `a box of whole numbers keeps the contract`() {
    let report = checkEnvironment(WholeBox())
    #expect(report.isKept, "\(report)")
  }

  @Test func `what cannot be is refused with its number`() throws {
    func refusal<E: Environment>(_ task: E, _ configuration: ActorCriticConfiguration) -> String {
      do {
        _ = try Self.loop(task, configuration)
        return "nothing"
      } catch { return "\(error)" }
    }
    let bits = try Quadratic(variables: 100, interaction: 0.3, seed: 1)
    let tooMany = refusal(bits, Self.configuration(.allAction))
    #expect(tooMany.contains("2^100") && tooMany.contains("1024"), "\(tooMany)")
    #expect(
      refusal(
        try Quadratic(variables: 11, interaction: 0.3, seed: 1), Self.configuration(.allAction)
      )
      .contains("2^11 = 2048"))
    #expect(
      refusal(
        try Quadratic(variables: 10, interaction: 0.3, seed: 1), Self.configuration(.allAction))
        == "nothing")
    var wide = WholeBox()
    wide.highest = 100_000
    let box = refusal(wide, Self.configuration(.relax))
    #expect(box.contains("1024 values") && box.contains("100000"), "\(box)")
    #expect(
      refusal(bits, Self.configuration(.relax) { $0.entropyCoefficient = -0.1 })
        .contains("not negative"))
    #expect(
      refusal(bits, Self.configuration(.relax) { $0.controlVariate.temperature = 0 }).contains(
        "temperature"))
    #expect(refusal(bits, Self.configuration(.lax)).contains("estimator"))
    #expect(
      refusal(bits, Self.configuration(.relax) { $0.entropyInReturns = true })
        .contains("monte-carlo"))
  }
}
