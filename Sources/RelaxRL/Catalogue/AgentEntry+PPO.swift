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
      settings: PPOConfiguration.self,
      presets: [Presets(embedded: PackageResources.ppo_yaml, "ppo.yaml")], needs: needsPolicy,
      gradient: { $0.gradient }, unbiasedSettings: nil,
      make: { settings, context in
        try PPO(settings, seed: context.seed, reduction: context.reduction) {
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
