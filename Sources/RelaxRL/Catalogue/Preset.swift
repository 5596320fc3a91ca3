import Agents
import Networks

/// Settings that solve a task without a flag, and for how long to train at most.
///
/// docs/presets-tuning.md says how each was found, on seeds from 1000 up.
struct Preset {
  var steps: Int
  var settings: any Codable & Sendable

  /// Stands for a task of another program, about which nothing is known.
  static let unknownTask = "unknown"

  /// The settings of `reinforce`, `a2c` and `relax-a2c`.
  static func actorCritic(agent: String, environment: String) -> Preset {
    var configuration = base
    if agent == "relax-a2c" { configuration.estimator = .relax }
    if agent == "reinforce" { return reinforce(configuration, environment) }
    let steps = adapt(&configuration, to: environment)
    return Preset(steps: steps, settings: configuration)
  }

  /// Whole episodes, one at a time where they are long: each gives hundreds of rows.
  private static func reinforce(
    _ base: ActorCriticConfiguration, _ environment: String
  ) -> Preset {
    var configuration = base
    configuration.returns = .monteCarlo
    switch environment {
    case "cartpole", "acrobot":
      configuration.envs = 1
      configuration.normalizeRewards = environment == "acrobot"
      return Preset(steps: 500_000, settings: configuration)
    case "cartpole-v0":
      configuration.envs = 1
      return Preset(steps: 250_000, settings: configuration)
    default:
      return Preset(steps: adapt(&configuration, to: environment), settings: configuration)
    }
  }

  /// What all discrete tasks share.
  private static var base: ActorCriticConfiguration {
    var configuration = ActorCriticConfiguration()
    configuration.returns = .gae
    // RMSProp; V learns three times as fast as the policy.
    configuration.learningRate = .constant(2e-3)
    configuration.valueLearningRate = .constant(6e-3)
    configuration.controlVariateLearningRate = .constant(2e-3)
    // V's gradients are far longer than 0.5, so a limit would rule its step size.
    configuration.maxGradientNorm = 0
    configuration.maxValueGradientNorm = 0
    // As good as 64-64 and about twice as fast.
    configuration.hiddenSizes = [32, 32]
    // No worse than the whole gradient on these tasks, in one phase instead of two.
    configuration.controlVariateScope = .logits
    return configuration
  }

  /// - Returns: environment steps at most.
  private static func adapt(
    _ configuration: inout ActorCriticConfiguration, to environment: String
  ) -> Int {
    switch environment {
    case "cartpole", "cartpole-v0":
      configuration.rolloutSteps = 16
      // A shorter horizon: falling is seen well in advance.
      configuration.discount = 0.98
      configuration.learningRate = .linear(from: 5e-3, to: 0)
      configuration.valueLearningRate = .linear(from: 15e-3, to: 0)
      configuration.controlVariateLearningRate = .linear(from: 5e-3, to: 0)
      return environment == "cartpole" ? 500_000 : 250_000
    case "acrobot":
      // Returns near −500 at the start; without it some seeds fail.
      configuration.normalizeRewards = true
      return 200_000
    case "mountaincar":
      // The velocity is within ±0.07, and every reward is −1.
      configuration.envs = 16
      configuration.normalizeObservations = true
      configuration.normalizeRewards = true
      return 1_000_000
    case unknownTask:
      // Of any scale: normalization is what suits most.
      configuration.normalizeObservations = true
      configuration.normalizeRewards = true
      return 500_000
    default: return 20_000
    }
  }
}
