import GSL
import Networks
import ReinforcementLearning
import Testing

@testable import Agents

/// An estimate of the gradient of a Gaussian policy.
struct GaussianEstimate: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let change: @Sendable (inout ActorCriticConfiguration) -> Void

  init(_ name: String, _ change: @escaping @Sendable (inout ActorCriticConfiguration) -> Void) {
    testDescription = name
    self.change = change
  }

  static let unbiased =
    chosen
    + PolicyGradientEstimator.ofRealActions.filter { estimator in
      estimator.isUnbiased && !chosen.contains { $0.configuration.estimator == estimator }
    }.map { estimator in GaussianEstimate(estimator.rawValue) { $0.estimator = estimator } }

  private static let chosen = [
    GaussianEstimate("score function") { $0.value.baseline = false },
    GaussianEstimate("score function with V") { _ in },
    GaussianEstimate("LAX, network, by variance") { $0.estimator = .lax },
    GaussianEstimate("LAX, network, by each row's variance") {
      $0.estimator = .lax
      $0.controlVariate.scope = .logits
    },
    GaussianEstimate("LAX, network, fitted, without V") {
      $0.estimator = .lax
      $0.controlVariate.objective = .fit
      $0.value.baseline = false
    },
    GaussianEstimate("LAX, quadratic, by variance") {
      $0.estimator = .lax
      $0.controlVariate.form = .quadratic
    },
    GaussianEstimate("quadratic in closed form, along the trajectory, later gradients") {
      $0.estimator = .lax
      $0.controlVariate.form = .quadratic
      $0.controlVariate.objective = .fit
      $0.controlVariate.reach = .trajectory
      $0.controlVariate.future = true
    },
    GaussianEstimate("LAX, network, along the trajectory, free draws") {
      $0.estimator = .lax
      $0.controlVariate.objective = .fit
      $0.controlVariate.reach = .trajectory
      $0.controlVariate.freeDraws = 2
      $0.controlVariate.gate = true
    },
  ]

  /// 20 lanes in shards of 7, 7 and 6 that play five episodes each per update.
  var configuration: ActorCriticConfiguration {
    var configuration = ActorCriticConfiguration()
    configuration.returns = .monteCarlo
    configuration.discount = 1
    configuration.activation = .relu
    configuration.hiddenSizes = LinearPolicy.hiddenSizes
    configuration.envs = 20
    configuration.envsPerShard = 7
    configuration.episodesPerUpdate = 5
    configuration.optimizer = .adam
    configuration.learningRate = .constant(0)
    configuration.value.learningRate = .constant(0.01)
    configuration.controlVariate.learningRate = .constant(0.003)
    change(&configuration)
    return configuration
  }
}

/// The gradient of a Gaussian policy is compared with a closed form, through all that runs in training.
@Suite struct `A Gaussian policy on a linear-quadratic task of two steps` {
  private func train(
    _ configuration: ActorCriticConfiguration, updates: Int
  ) throws -> (mean: VectorMean, exact: [Double], loop: TrainingLoop<ActorCritic>) {
    let agent = try ActorCritic(configuration, seed: 11) {
      try EnvironmentBatch(LinearQuadratic(), count: $0, seed: 11, firstLane: $1)
    }
    let policy = LinearPolicy.write(to: agent.parameters[0])
    // A control variate of 0, as it starts, would leave nothing to correct.
    for set in agent.parameters.dropFirst() { set.fillRandomly(deviation: 0.5, seed: 3) }
    let loop = TrainingLoop(agent, threads: 2)
    var mean = VectorMean()
    for _ in 0..<updates {
      try loop.update(of: 1)
      mean.add(RealAgentUnbiasednessTests.gradient(of: agent))
    }
    return (mean, policy.exactGradient(steps: 2), loop)
  }

  @Test(arguments: GaussianEstimate.unbiased)
  func `the mean gradient of 200,000 episodes is the exact one while φ and V learn`(
    estimate: GaussianEstimate
  ) throws {
    let (mean, exact, loop) = try train(estimate.configuration, updates: 2_000)
    let deviation = mean.largestDeviation(from: exact, tolerance: 1e-4)
    report("linear-quadratic, \(estimate.testDescription)", deviation)
    #expect(deviation <= Significance.unbiased, "\(mean.means), not \(exact)")
    #expect(exact.contains { abs($0) > 0.1 })
    #expect(loop.agent.parameters.dropFirst().allSatisfy { $0.values.contains { $0 != 0 } })
  }

  @Test func `the reparameterized term alone is found to be biased`() throws {
    let estimate = GaussianEstimate("reparameterization") {
      $0.estimator = .reparameterization
      $0.controlVariate.objective = .fit
      $0.controlVariate.learningRate = .constant(0)
    }
    let (mean, exact, _) = try train(estimate.configuration, updates: 500)
    let deviation = mean.largestDeviation(from: exact, tolerance: 1e-4)
    report("linear-quadratic, reparameterized term alone", deviation)
    #expect(deviation > Significance.detected)
  }
}
