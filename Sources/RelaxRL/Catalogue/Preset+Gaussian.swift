import Agents
import Networks

extension Preset {
  /// The settings of `reinforce`, `a2c` and `relax-ddpg` on tasks with real-valued actions.
  static func gaussian(agent: String, environment: String) -> Preset {
    var configuration = ActorCriticConfiguration()
    configuration.estimator = agent == "relax-ddpg" ? .lax : .scoreFunction
    configuration.returns = agent == "reinforce" ? .monteCarlo : .gae
    configuration.normalizeObservations = true
    configuration.normalizeRewards = true
    configuration.optimizer = .adam
    configuration.maxGradientNorm = 0
    configuration.maxValueGradientNorm = 0
    configuration.maxControlVariateGradientNorm = 0
    configuration.learningRate = .linear(from: 1e-3, to: 0)
    configuration.valueLearningRate = .linear(from: 3e-3, to: 0)
    configuration.controlVariateLearningRate = .linear(from: 3e-3, to: 0)
    configuration.controlVariateObjective = .fit
    configuration.gaeLambda = 0.9
    configuration.rolloutSteps = 16
    switch environment {
    case "pendulum":
      configuration.discount = 0.9
      return Preset(steps: 400_000, settings: configuration)
    default: return Preset(steps: 300_000, settings: configuration)
    }
  }
}
