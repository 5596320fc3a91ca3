import Agents
import Networks
import ReinforcementLearning

extension EvolutionConfiguration: AgentSettings {}

extension AgentEntry {
  /// Evolution strategies.
  static var evolutionStrategy: AgentEntry {
    AgentEntry(
      "es", "evolution strategies: perturbed parameters, ranked by the return of whole episodes",
      settings: EvolutionConfiguration.self, preset: { Preset.evolutionStrategy($0) },
      needs: needsPolicy, gradient: { $0.gradient }, unbiasedSettings: nil,
      make: { settings, context in
        try EvolutionStrategy(settings, seed: context.seed) {
          try context.environments($0, firstLane: $1)
        }
      },
      policy: { settings, context in
        try settings.policy(
          observationSpace: context.observationSpace, actionSpace: context.actionSpace,
          checkpoint: context.checkpoint, rows: context.rows)
      })
  }
}

extension Preset {
  /// The settings of `es`.
  static func evolutionStrategy(_ environment: EnvironmentEntry) -> Preset {
    var configuration = EvolutionConfiguration()
    switch environment.presetName {
    case "cartpole", "cartpole-v0":
      return Preset(steps: 1_000_000, settings: configuration)
    case "bandit", "gaussian-bandit", "contextual-bandit", "corridor", "random-mdp", "quadratic",
      "orchard":
      return Preset(steps: 500_000, settings: configuration)
    default:
      configuration.normalizeObservations = true
      return Preset(steps: 3_000_000, settings: configuration)
    }
  }
}
