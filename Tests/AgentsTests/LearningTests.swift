import Environments
import Networks
import ReinforcementLearning
import Testing

@testable import Agents

/// Agents reach known optima within a budget, at fixed seeds.
struct LearningTests {
  private func train(
    _ configuration: ActorCriticConfiguration, steps: Int, seed: UInt64,
    threshold: Double? = nil, _ make: (Int, Int) throws -> any VectorEnvironment
  ) throws -> TrainingLoop<ActorCritic> {
    let agent = try ActorCritic(configuration, seed: seed, makeEnvironment: make)
    let loop = TrainingLoop(agent, rewardThreshold: threshold)
    while loop.progress.steps < steps && loop.progress.solvedAtStep == nil {
      try loop.update(of: steps)
    }
    return loop
  }

  private static func small(_ estimator: PolicyGradientEstimator) -> ActorCriticConfiguration {
    var configuration = ActorCriticConfiguration()
    configuration.estimator = estimator
    configuration.hiddenSizes = [16]
    configuration.optimizer = .adam
    configuration.learningRate = .linear(from: 0.01, to: 0)
    configuration.value.learningRate = .constant(0.01)
    configuration.controlVariate.learningRate = .constant(0.01)
    return configuration
  }

  @Test(arguments: PolicyGradientEstimator.ofChoices, [ReturnEstimate.nStep, .monteCarlo])
  func `a bandit's best arm is found`(
    estimator: PolicyGradientEstimator, returns: ReturnEstimate
  ) throws {
    var configuration = Self.small(estimator)
    configuration.returns = returns
    let loop = try train(configuration, steps: 20_000, seed: 1) {
      try EnvironmentBatch<BernoulliBandit>(count: $0, seed: 1, firstLane: $1)
    }
    let probabilities = softmax(PlainNetwork(loop.agent.parameters[0])([1]))
    let expected = zip(probabilities, BernoulliBandit().probabilities).map { $0 * $1 }.reduce(0, +)
    // The best arm pays 0.8; playing it 19 times out of 20 is worth at least 0.77.
    #expect(expected > 0.77, "\(probabilities)")
  }

  @Test(arguments: PolicyGradientEstimator.ofChoices, [ReturnEstimate.gae, .monteCarlo])
  func `the corridor's optimal return is reached`(
    estimator: PolicyGradientEstimator, returns: ReturnEstimate
  ) throws {
    var configuration = Self.small(estimator)
    configuration.returns = returns
    configuration.discount = 1
    let loop = try train(configuration, steps: 40_000, seed: 2) {
      try EnvironmentBatch<Corridor>(count: $0, seed: 2, firstLane: $1)
    }
    let process = Corridor().process
    let network = PlainNetwork(loop.agent.parameters[0])
    let policy = (0..<process.stateCount).flatMap { state in
      softmax(network((0..<process.stateCount).map { $0 == state ? 1 : 0 }))
    }
    func value(_ policy: [Double]) -> Double {
      process.evaluate(policy: policy, discount: 1, horizon: 20).expectedReturn
    }
    let right = (0..<process.stateCount).flatMap { _ in [0.0, 1.0] }
    // Always right is best; a start at random gets less than half of it.
    #expect(value(right) > 0.77)
    #expect(value(policy) > value(right) - 0.02, "\(policy)")
  }

  @Test(arguments: [PolicyGradientEstimator.scoreFunction, .relax, .allAction], [1, 2, 3])
  func `CartPole-v0 is solved within 150,000 steps`(
    estimator: PolicyGradientEstimator, seed: UInt64
  ) throws {
    var configuration = ActorCriticConfiguration()
    configuration.estimator = estimator
    configuration.returns = .gae
    configuration.rolloutSteps = 16
    configuration.hiddenSizes = [32, 32]
    configuration.learningRate = .linear(from: 0.003, to: 0)
    configuration.value.learningRate = .constant(0.006)
    configuration.controlVariate.learningRate = .constant(0.006)
    let loop = try train(configuration, steps: 150_000, seed: seed, threshold: 195) {
      try EnvironmentBatch<CartPole>(spec: CartPole.specV0, count: $0, seed: seed, firstLane: $1)
    }
    let best = loop.progress.bestMeanReturn ?? 0
    let solved = try #require(loop.progress.solvedAtStep, "The best mean is \(best).")
    report("CartPole-v0, \(estimator), seed \(seed)", Double(solved), unit: "steps")
    #expect(try #require(loop.log.meanReturn) >= 195)
  }

  @Test(arguments: [PolicyGradientEstimator.scoreFunction, .lax], [1, 2])
  func `Pendulum is solved within 200,000 steps`(
    estimator: PolicyGradientEstimator, seed: UInt64
  ) throws {
    var configuration = ActorCriticConfiguration()
    configuration.estimator = estimator
    configuration.returns = .gae
    configuration.envs = 16
    configuration.rolloutSteps = 4
    configuration.discount = 0.95
    configuration.gaeLambda = 0.8
    configuration.hiddenSizes = [32, 32]
    configuration.activation = .relu
    configuration.gaussian.squashActions = true
    configuration.normalizeObservations = true
    configuration.normalizeRewards = true
    configuration.controlVariate.scope = .logits
    configuration.value.learningRate = .constant(2e-3)
    configuration.controlVariate.learningRate = .constant(2e-3)
    let loop = try train(configuration, steps: 200_000, seed: seed, threshold: -200) {
      try EnvironmentBatch<Pendulum>(count: $0, seed: seed, firstLane: $1)
    }
    let solved = try #require(loop.progress.solvedAtStep)
    report("Pendulum, \(estimator), seed \(seed)", Double(solved), unit: "steps")
  }
}
