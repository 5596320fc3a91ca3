import Environments
import GSL
import ReinforcementLearning
import Testing

@testable import Agents

/// An exact process on which gradients are compared with enumeration.
struct Scenario: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let process: MarkovDecisionProcess
  let horizon: Int

  static let corridor = Scenario(
    testDescription: "the corridor", process: Corridor().process, horizon: 20)
  static let randomMDP = Scenario(
    testDescription: "the random process", process: RandomMDP().process, horizon: 8)
  static let all = [corridor, randomMDP]

  /// Draws the parameters of all networks.
  static let seed: UInt64 = 20

  /// A small actor-critic in Monte Carlo mode.
  static func configuration(
    _ estimator: PolicyGradientEstimator, baseline: Bool = false, discount: Double = 1,
    discountedWeights: Bool = false
  ) -> ActorCriticConfiguration {
    var configuration = ActorCriticConfiguration()
    configuration.estimator = estimator
    configuration.returns = .monteCarlo
    configuration.value.baseline = baseline
    configuration.discount = discount
    configuration.discountedWeights = discountedWeights
    configuration.hiddenSizes = [4]
    configuration.policyOutputGain = 1
    configuration.optimizer = .sgd
    configuration.maxGradientNorm = 0
    configuration.value.maxGradientNorm = 0
    configuration.controlVariate.maxGradientNorm = 0
    return configuration
  }

  func networks(_ configuration: ActorCriticConfiguration) throws -> DoubleNetworks {
    try DoubleNetworks(
      configuration, observationSize: process.stateCount, actionCount: process.actionCount,
      seed: Self.seed)
  }

  func policy(_ networks: DoubleNetworks) throws -> TabularPolicy {
    try TabularPolicy(
      process, horizon: horizon, network: networks.networks.policy.network,
      parameters: networks.policy)
  }

  /// The agent's own graph in double precision.
  func program(
    _ configuration: ActorCriticConfiguration, _ networks: DoubleNetworks,
    rows: Int = GradientProgram.rows
  ) throws -> GradientProgram {
    try GradientProgram(
      GradientGraph(
        configuration, networks.networks, rows: rows, observationSize: process.stateCount,
        actionCount: process.actionCount),
      networks)
  }

  /// Plays episodes and hands them over in batches.
  func sample(
    batches: Int, of episodes: Int, policy: TabularPolicy, purpose: StreamPurpose,
    _ body: (EpisodeSamples) throws -> Void
  ) rethrows {
    var stream = RandomStream(seed: Self.seed, purpose: purpose)
    let logProbabilities = policy.logProbabilities
    var samples = EpisodeSamples()
    for _ in 0..<batches {
      samples.removeAll()
      for _ in 0..<episodes {
        samples.play(
          process, logProbabilities: logProbabilities, horizon: horizon, from: &stream)
      }
      try body(samples)
    }
  }
}
