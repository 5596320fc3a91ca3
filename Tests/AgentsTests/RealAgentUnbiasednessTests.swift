import Environments
import GSL
import Networks
import ReinforcementLearning
import Testing

@testable import Agents

/// The same proof through everything that runs in training: rollouts, waiting lanes, chunks of rows,
/// padding, shards, single precision.
struct RealAgentUnbiasednessTests {
  /// A step of single precision in sums of about 700 terms of magnitude 1/60.
  static let rounding = 2e-5
  static let updates = 3_400

  /// 20 lanes in shards of 7, 7 and 6 that play three episodes each per update.
  static func configuration(
    _ estimator: PolicyGradientEstimator, baseline: Bool = false
  ) -> ActorCriticConfiguration {
    var configuration = Scenario.configuration(
      estimator, baseline: baseline, discount: 0.95, discountedWeights: true)
    configuration.envs = 20
    configuration.envsPerShard = 7
    configuration.episodesPerUpdate = 3
    configuration.learningRate = .constant(0)
    configuration.value.learningRate = .constant(0)
    configuration.controlVariate.learningRate = .constant(0)
    return configuration
  }

  /// An agent with the parameters of the double-precision tests, and its policy's exact values.
  static func agent<E: TabularEnvironment>(
    _ configuration: ActorCriticConfiguration, _ environment: E
  ) throws -> (TrainingLoop<ActorCritic>, TabularPolicy) {
    let process = environment.process
    let agent = try ActorCritic(configuration, seed: 5) {
      try EnvironmentBatch(environment, count: $0, seed: 5, firstLane: $1)
    }
    let doubles = try DoubleNetworks(
      configuration, observationSize: process.stateCount, actionCount: process.actionCount,
      seed: Scenario.seed)
    for (set, values) in zip(agent.parameters, doubles.sets) {
      set.copy(from: values)
      // The oracle takes the parameters as they are after rounding.
      values.copy(from: set)
    }
    let policy = try TabularPolicy(
      process, horizon: E.spec.stepLimit ?? 1, network: doubles.networks.policy.network,
      parameters: doubles.policy)
    return (TrainingLoop(agent, threads: 2), policy)
  }

  /// The policy's gradient as the last update left it, with the sign of ∇J.
  static func gradient(of agent: ActorCritic) -> [Double] {
    agent.shards[0].gradients(of: 0)[0].values.map { -Double($0) }
  }

  static func mean(
    _ loop: TrainingLoop<ActorCritic>, updates: Int, perGroup: Int = 10
  ) throws -> VectorMean {
    var mean = VectorMean()
    for _ in 0..<updates / perGroup {
      var group = [Double](repeating: 0, count: loop.agent.parameters[0].count)
      for _ in 0..<perGroup {
        try loop.update(of: 1)
        for (index, element) in gradient(of: loop.agent).enumerated() {
          group[index] += element / Double(perGroup)
        }
      }
      mean.add(group)
    }
    return mean
  }

  @Test(arguments: [PolicyGradientEstimator.relax, .allAction, .scoreFunction])
  func `the gradient of 204,000 episodes of the corridor is the enumerated one`(
    estimator: PolicyGradientEstimator
  ) throws {
    let (loop, policy) = try Self.agent(
      Self.configuration(estimator, baseline: true), Corridor())
    try check(loop, policy, "corridor, \(estimator)")
  }

  @Test(arguments: [PolicyGradientEstimator.relax, .allAction])
  func `the gradient of 204,000 episodes of the random process is the enumerated one`(
    estimator: PolicyGradientEstimator
  ) throws {
    let (loop, policy) = try Self.agent(Self.configuration(estimator), RandomMDP())
    try check(loop, policy, "random process, \(estimator)")
  }

  private func check(
    _ loop: TrainingLoop<ActorCritic>, _ policy: TabularPolicy, _ name: String
  ) throws {
    let before = loop.agent.parameters.map(\.values)
    let mean = try Self.mean(loop, updates: Self.updates)
    #expect(loop.agent.parameters.map(\.values) == before, "A learning rate of 0 changes nothing.")
    let exact = policy.exactGradient(discount: 0.95, target: .discounted)
    let deviation = mean.largestDeviation(from: exact, tolerance: Self.rounding)
    report("agent, \(name)", deviation)
    #expect(deviation <= Significance.unbiased)
    // The same numbers tell ∇J from what the gradient without the factor γ^t would be.
    let undiscounted = policy.exactGradient(discount: 0.95, target: .undiscounted)
    let bias = mean.largestDeviation(from: undiscounted, tolerance: Self.rounding)
    report("agent, \(name), against the undiscounted target", bias)
    #expect(bias > Significance.detected)
  }

  @Test(arguments: [PolicyGradientEstimator.relax, .allAction])
  func `training φ and V does not move the mean`(
    estimator: PolicyGradientEstimator
  ) throws {
    // Each estimate uses φ and V from before its batch; fitted to it, they would bias it. Few
    // episodes per update and fast rates make that visible.
    var configuration = Self.configuration(estimator, baseline: true)
    configuration.envs = 3
    configuration.envsPerShard = 2
    configuration.episodesPerUpdate = 1
    configuration.optimizer = .adam
    configuration.value.learningRate = .constant(0.02)
    configuration.controlVariate.learningRate = .constant(0.01)
    let (loop, policy) = try Self.agent(configuration, Corridor())
    let before = loop.agent.parameters.map(\.values)
    let mean = try Self.mean(loop, updates: 12_000)
    let after = loop.agent.parameters.map(\.values)
    #expect(after[0] == before[0])
    #expect(after[1] != before[1] && after[2] != before[2])
    let exact = policy.exactGradient(discount: 0.95, target: .discounted)
    let deviation = mean.largestDeviation(from: exact, tolerance: Self.rounding)
    report("agent, corridor, \(estimator), φ and V in training", deviation)
    #expect(deviation <= Significance.unbiased)
  }

  @Test(arguments: [PolicyGradientEstimator.relax, .allAction])
  func `training φ lowers the variance of the gradient at a frozen policy`(
    estimator: PolicyGradientEstimator
  ) throws {
    /// The variance over 2,000 updates at rates of 0, after some at the given rate.
    func variance(rate: Double) throws -> Double {
      var configuration = Self.configuration(estimator)
      configuration.episodesPerUpdate = 1
      configuration.optimizer = .adam
      configuration.controlVariate.learningRate = .constant(rate)
      let (loop, _) = try Self.agent(configuration, Corridor())
      for _ in 0..<3_000 { try loop.update(of: 1) }
      return try Self.mean(loop, updates: 2_000, perGroup: 1).totalVariance
    }
    let ratio = try variance(rate: 0.003) / variance(rate: 0)
    report("variance after training φ over before, \(estimator)", ratio, unit: "")
    #expect(ratio < 0.7)
  }
}
