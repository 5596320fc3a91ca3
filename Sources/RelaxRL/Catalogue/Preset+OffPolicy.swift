import Agents
import Networks

/// The settings of the agents with a replay memory; docs/off-policy.md says how they were found.
extension Preset {
  /// The settings of `ddpg`.
  @Sendable static func ddpg(environment: String) -> Preset {
    var configuration = DDPGConfiguration()
    switch environment {
    case "pendulum":
      configuration.bufferSize = 200_000
      configuration.discount = 0.98
      return Preset(steps: 60_000, settings: configuration)
    case "mountaincar-continuous":
      configuration.warmUp = .noise
      configuration.noise = .ornsteinUhlenbeck
      configuration.noiseDeviation = 0.5
      return Preset(steps: 100_000, settings: configuration)
    default: return Preset(steps: 100_000, settings: configuration)
    }
  }

  /// The settings of `td3`.
  @Sendable static func td3(environment: String) -> Preset {
    var configuration = TD3Configuration()
    var steps = 100_000
    switch environment {
    case "pendulum":
      configuration.bufferSize = 200_000
      configuration.discount = 0.98
      configuration.learningStarts = 500
      configuration.targetRate = 0.01
      steps = 20_000
    case "mountaincar-continuous":
      configuration.warmUp = .noise
      configuration.noise = .ornsteinUhlenbeck
      configuration.noiseDeviation = 0.5
    case "gym:lunarlandercontinuous-v3": steps = 300_000
    case "gym:halfcheetah-v5", "gym:hopper-v5":
      // The paper's.
      configuration.hiddenSizes = [256, 256]
      configuration.batchSize = 256
      configuration.learningStarts = 10_000
      configuration.learningRate = .constant(3e-4)
      configuration.criticLearningRate = .constant(3e-4)
      steps = 1_000_000
    default: break
    }
    return Preset(steps: steps, settings: configuration)
  }

  /// The settings of `sac`.
  @Sendable static func sac(environment: String) -> Preset {
    var configuration = SACConfiguration()
    var steps = 100_000
    switch environment {
    case "pendulum":
      configuration.bufferSize = 200_000
      configuration.discount = 0.98
      steps = 20_000
    case "gym:lunarlandercontinuous-v3":
      configuration.targetRate = 0.01
      steps = 300_000
    case "gym:halfcheetah-v5", "gym:hopper-v5":
      // Those of the paper and of RL Baselines3 Zoo.
      configuration.hiddenSizes = [256, 256]
      configuration.batchSize = 256
      configuration.learningStarts = 10_000
      configuration.learningRate = .constant(3e-4)
      configuration.criticLearningRate = .constant(3e-4)
      configuration.temperatureLearningRate = .constant(3e-4)
      steps = 1_000_000
    default: break
    }
    return Preset(steps: steps, settings: configuration)
  }

  /// The settings of `dqn`.
  @Sendable static func dqn(environment: String) -> Preset {
    var configuration = DQNConfiguration()
    var steps = 100_000
    switch environment {
    case "cartpole", "cartpole-v0":
      // Found on seeds 1000 to 1008: with one step, or with targets that follow slowly, Q runs away.
      configuration.hiddenSizes = [128, 128]
      configuration.returnSteps = 3
      configuration.learningRate = .constant(5e-4)
      configuration.targetRate = 1
      configuration.targetEvery = 250
      configuration.epsilonSteps = 5_000
      configuration.epsilonEnd = 0.04
      steps = 50_000
    case "mountaincar":
      // Found on seeds 1000 to 1002: the flag is some 100 steps away, which five at a time get over.
      configuration.epsilonSteps = 24_000
      configuration.epsilonEnd = 0.07
      configuration.batchSize = 128
      configuration.bufferSize = 50_000
      configuration.returnSteps = 5
      configuration.updatesPerStep = 0.25
      configuration.targetRate = 1
      configuration.targetEvery = 100
      steps = 120_000
    case "acrobot": steps = 100_000
    case "gym:lunarlander-v3":
      configuration.epsilonSteps = 50_000
      configuration.hiddenSizes = [128, 128]
      configuration.batchSize = 128
      steps = 500_000
    default: break
    }
    return Preset(steps: steps, settings: configuration)
  }
}

extension EnvironmentEntry {
  /// The name by which agents with a replay memory have settings for the task: its own, for those of
  /// Gymnasium's too.
  var offPolicyPresetName: String {
    let name = spec.name.lowercased()
    return presetName == Preset.unknownTask && name.hasPrefix("gym:") ? name : presetName
  }
}
