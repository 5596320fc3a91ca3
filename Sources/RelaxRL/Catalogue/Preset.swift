import Agents
import Networks

/// Settings that solve a task without a flag, and for how long to train at most.
///
/// Found on seeds from 1000 up; docs/results.md has what they give on seeds 1 to 20.
struct Preset {
  var steps: Int
  var settings: any Codable & Sendable

  /// The settings of `reinforce`, `a2c` and `relax-a2c`.
  static func actorCritic(agent: String, environment: String) -> Preset {
    var configuration = ActorCriticConfiguration()
    if agent == "relax-a2c" { configuration.estimator = .relax }
    let steps = tune(&configuration, for: environment)
    if agent == "reinforce" { configuration.returns = .monteCarlo }
    return Preset(steps: steps, settings: configuration)
  }

  /// - Returns: environment steps at most.
  private static func tune(
    _ configuration: inout ActorCriticConfiguration, for environment: String
  ) -> Int {
    switch environment {
    case "mountaincar":
      // Short bootstrapped returns explore here: V starts above what it learns, so states never
      // seen look better than the others. Longer returns and Adam never reach the goal. V learns
      // three times as fast as the policy, which halves the steps.
      configuration.valueLearningRate = .constant(2e-3)
      configuration.normalizeObservations = true
      configuration.normalizeRewards = true
      return 1_000_000
    case "acrobot":
      learnFast(&configuration)
      // Its six numbers have different scales, and its returns start near −500.
      configuration.normalizeObservations = true
      configuration.normalizeRewards = true
      configuration.entropyCoefficient = 0.01
      return 500_000
    case "cartpole", "cartpole-v0":
      learnFast(&configuration)
      // A shorter horizon halves the steps and costs nothing: falling is seen well in advance.
      configuration.discount = 0.98
      return 500_000
    default:
      // Bandits and small decision problems: whole episodes are short, so nothing need be biased.
      learnFast(&configuration)
      configuration.learningRate = .constant(5e-3)
      configuration.returns = .monteCarlo
      return 50_000
    }
  }

  /// Adam at a high, falling rate over rollouts of 16 steps: on CartPole half the steps of RMSProp
  /// with rollouts of 5, and 20 of 20 seeds.
  private static func learnFast(_ configuration: inout ActorCriticConfiguration) {
    configuration.optimizer = .adam
    configuration.returns = .gae
    configuration.gaeLambda = 0.98
    configuration.rolloutSteps = 16
    configuration.learningRate = .linear(from: 5e-3, to: 0)
    configuration.valueLearningRate = .constant(1e-2)
    configuration.controlVariateLearningRate = .constant(1e-3)
  }
}
