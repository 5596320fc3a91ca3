import Agents
import Networks
import ReinforcementLearning

extension PPOConfiguration: AgentSettings {}

extension AgentEntry {
  /// Says what an agent needs that acts in every space of actions for which there is a policy.
  static func needsPolicy(_ task: AgentTask) -> String? {
    if (try? ActionModel(task.actionSpace, of: task.spec.name)) != nil { return nil }
    return "one discrete action, several choices or real-valued actions (of at most "
      + "\(ChoiceActions.largestCount) values for each element of a box of whole numbers)"
  }

  /// Proximal policy optimization.
  static var ppo: AgentEntry {
    AgentEntry(
      "ppo", "proximal policy optimization: clipped surrogate, several epochs on each rollout",
      settings: PPOConfiguration.self, preset: { Preset.ppo($0) }, needs: needsPolicy,
      gradient: { $0.gradient }, unbiasedSettings: nil,
      make: { settings, context in
        try PPO(settings, seed: context.seed) { try context.environments($0, firstLane: $1) }
      },
      policy: { settings, context in
        try settings.policy(
          observationSpace: context.observationSpace, actionSpace: context.actionSpace,
          checkpoint: context.checkpoint, rows: context.rows)
      })
  }
}

extension Preset {
  /// The settings of `ppo`.
  ///
  /// Those of RL Baselines3 Zoo where it has the task, tuned further on seeds from 1000 up: docs/ppo.md.
  static func ppo(_ environment: EnvironmentEntry) -> Preset {
    var configuration = PPOConfiguration()
    let simulated = environment.spec.name.lowercased()
    let name = environment.presetName == unknownTask ? simulated : environment.presetName
    let steps = adapt(&configuration, to: name)
    return Preset(steps: steps, settings: configuration)
  }

  /// - Returns: environment steps at most.
  private static func adapt(_ configuration: inout PPOConfiguration, to task: String) -> Int {
    switch task {
    case "cartpole", "cartpole-v0":
      configuration.rolloutSteps = 32
      configuration.minibatchSize = 256
      configuration.epochs = 20
      configuration.discount = 0.98
      configuration.gaeLambda = 0.8
      configuration.learningRate = .linear(from: 1e-3, to: 0)
      configuration.valueLearningRate = .linear(from: 1e-3, to: 0)
      configuration.clipRange = .linear(from: 0.2, to: 0)
      return 100_000
    case "acrobot":
      configuration.envs = 16
      configuration.rolloutSteps = 256
      configuration.epochs = 4
      configuration.gaeLambda = 0.94
      configuration.normalizeObservations = true
      configuration.normalizeRewards = true
      return 200_000
    case "mountaincar":
      configuration.envs = 16
      configuration.rolloutSteps = 16
      configuration.epochs = 4
      configuration.gaeLambda = 0.98
      configuration.normalizeObservations = true
      configuration.normalizeRewards = true
      return 1_000_000
    case "pendulum":
      configuration.envs = 4
      configuration.rolloutSteps = 1024
      configuration.discount = 0.9
      configuration.learningRate = .constant(1e-3)
      configuration.valueLearningRate = .constant(1e-3)
      return 200_000
    case "mountaincar-continuous":
      configuration.normalizeObservations = true
      configuration.normalizeRewards = true
      return 300_000
    case "gym:lunarlander-v3", "gym:lunarlandercontinuous-v3":
      configuration.envs = 16
      configuration.rolloutSteps = 1024
      configuration.epochs = 4
      configuration.discount = 0.999
      configuration.gaeLambda = 0.98
      configuration.entropyCoefficient = 0.01
      return 1_000_000
    case "gym:halfcheetah-v5", "gym:hopper-v5":
      configuration.envs = 1
      configuration.rolloutSteps = 2048
      configuration.normalizeObservations = true
      configuration.normalizeRewards = true
      return 1_000_000
    case "bandit", "gaussian-bandit", "contextual-bandit", "corridor", "random-mdp":
      configuration.rolloutSteps = 16
      return 20_000
    default:
      // Of any scale: normalization is what suits most.
      configuration.normalizeObservations = true
      configuration.normalizeRewards = true
      return 500_000
    }
  }
}
