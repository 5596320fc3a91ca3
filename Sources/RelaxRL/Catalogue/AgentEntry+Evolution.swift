import Agents
import Networks
import ReinforcementLearning

extension EvolutionConfiguration: AgentSettings {}

extension AgentEntry {
  /// Evolution strategies.
  static var evolutionStrategy: AgentEntry {
    AgentEntry(
      "es", "evolution strategies: perturbed parameters, ranked by the return of whole episodes",
      settings: EvolutionConfiguration.self,
      presets: [Presets(embedded: PackageResources.es_yaml, "es.yaml")],
      needs: needsPolicy, gradient: { $0.gradient }, unbiasedSettings: nil,
      make: { settings, context in
        try EvolutionStrategy(settings, seed: context.seed, reduction: context.reduction) {
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
