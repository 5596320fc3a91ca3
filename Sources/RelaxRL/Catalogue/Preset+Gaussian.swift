import Agents
import Networks

extension Preset {
  /// The settings of `reinforce`, `a2c` and `relax-ddpg` on tasks with real-valued actions.
  ///
  /// docs/continuous-control.md says how they were found, on seeds from 1000 up.
  static func gaussian(agent: String, environment: String, isBounded: Bool) -> Preset {
    var configuration = gaussianBase
    if agent == "relax-ddpg" { configuration.estimator = .lax }
    var steps = 1_000_000
    switch environment {
    case "pendulum":
      // A swing up is over within a second, 20 steps: a short horizon and many small updates.
      configuration.discount = 0.95
      configuration.gaeLambda = 0.8
      configuration.learningRate = .constant(5e-4)
      configuration.valueLearningRate = .linear(from: 1.5e-3, to: 0)
      configuration.controlVariateLearningRate = .linear(from: 1.5e-3, to: 0)
      steps = 400_000
    case "mountaincar-continuous":
      // Up to 999 steps until the only reward: returns that reach far, noise that does not shrink.
      configuration.discount = 0.995
      configuration.gaeLambda = 0.98
      configuration.rolloutSteps = 32
      configuration.activation = .tanh
      configuration.initialLogDeviation = 0
      configuration.entropyCoefficient = 0.01
      configuration.learningRate = .constant(8e-4)
      configuration.valueLearningRate = .linear(from: 8e-3, to: 0)
      configuration.controlVariateLearningRate = .linear(from: 8e-3, to: 0)
      steps = 300_000
    case "gym:invertedpendulum-v5":
      // The best of some 20 settings on seeds 1000 and 1001.
      configuration.discount = 0.99
      configuration.gaeLambda = 0.98
      configuration.envs = 8
      configuration.rolloutSteps = 16
      configuration.activation = .tanh
      configuration.squashActions = false
      configuration.learningRate = .constant(1.5e-3)
      configuration.valueLearningRate = .constant(4.5e-3)
      configuration.controlVariateLearningRate = .constant(4.5e-3)
      steps = 300_000
    case "gym:lunarlandercontinuous-v3":
      // Not tuned: γ and λ as is usual for the task, rollouts four times as long as the base's.
      configuration.discount = 0.99
      configuration.gaeLambda = 0.95
      configuration.rolloutSteps = 16
    default: break
    }
    if agent == "reinforce" {
      configuration.returns = .monteCarlo
      // One episode at a time gives hundreds of rows.
      configuration.envs = 1
      configuration.learningRate = .linear(from: 1e-3, to: 0)
      configuration.valueLearningRate = .linear(from: 3e-3, to: 0)
      steps = 1_000_000
    }
    // Without bounds there is nothing that tanh could keep actions within.
    if !isBounded { configuration.squashActions = false }
    return Preset(steps: steps, settings: configuration)
  }

  /// The name of a simulator's task here: its own if there are settings for it.
  static func simulatedName(of name: String) -> String {
    let known = ["gym:invertedpendulum-v5", "gym:lunarlandercontinuous-v3"]
    return known.first { $0 == name.lowercased() } ?? unknownTask
  }

  /// What all tasks with real-valued actions share.
  private static var gaussianBase: ActorCriticConfiguration {
    var configuration = ActorCriticConfiguration()
    configuration.returns = .gae
    configuration.envs = 16
    configuration.rolloutSteps = 4
    configuration.activation = .relu
    configuration.squashActions = true
    configuration.normalizeObservations = true
    configuration.normalizeRewards = true
    configuration.learningRate = .constant(5e-4)
    configuration.valueLearningRate = .constant(1.5e-3)
    configuration.controlVariateLearningRate = .constant(1.5e-3)
    // V's gradients are far longer than 0.5, so a limit would rule its step size.
    configuration.maxGradientNorm = 0
    configuration.maxValueGradientNorm = 0
    configuration.maxControlVariateGradientNorm = 0
    // No worse than the whole gradient here, in one phase instead of two.
    configuration.controlVariateScope = .logits
    return configuration
  }
}
