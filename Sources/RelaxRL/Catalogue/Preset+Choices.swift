import Agents
import Networks

extension Preset {
  /// The settings of `reinforce`, `a2c` and `relax-a2c` on tasks with several choices at once.
  ///
  /// What c looks like is what won where many choices are made at once: relaxed choices of a low
  /// temperature, a linear part and one narrow layer, a bias of its own in place of V.
  static func choices(agent: String, environment: String) -> Preset {
    var configuration = ActorCriticConfiguration()
    configuration.optimizer = .adam
    configuration.temperature = 0.1
    configuration.controlVariateHiddenSizes = [16]
    configuration.controlVariateLinear = true
    configuration.controlVariateLearningRate = .constant(5e-3)
    configuration.maxGradientNorm = 0
    configuration.maxValueGradientNorm = 0
    configuration.maxControlVariateGradientNorm = 0
    configuration.controlVariateScope = .logits
    if agent == "relax-a2c" { configuration.estimator = .relax }
    if environment == "quadratic" {
      // One step: every row is an evaluation, four for each update.
      configuration.returns = .monteCarlo
      configuration.envs = 4
      configuration.discount = 1
      configuration.hiddenSizes = [16]
      configuration.learningRate = .linear(from: 2e-2, to: 0)
      configuration.valueLearningRate = .constant(1e-2)
      configuration.controlVariateLearningRate = .constant(1e-2)
      // c has a bias, which learns what lowers the variance most.
      configuration.valueBaseline = agent != "relax-a2c"
      configuration.entropyCoefficient = 0.05
      configuration.entropyInReturns = true
      return Preset(steps: 8_000, settings: configuration)
    }
    configuration.returns = agent == "reinforce" ? .monteCarlo : .gae
    configuration.hiddenSizes = [32, 32]
    configuration.learningRate = .constant(2e-3)
    configuration.valueLearningRate = .constant(6e-3)
    guard environment == "orchard" else {
      // Of any scale: normalization is what suits most.
      configuration.normalizeObservations = true
      configuration.normalizeRewards = true
      return Preset(steps: 500_000, settings: configuration)
    }
    configuration.entropyCoefficient = 0.01
    return Preset(steps: 200_000, settings: configuration)
  }
}
