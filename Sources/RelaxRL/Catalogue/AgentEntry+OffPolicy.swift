import Agents
import Networks
import ReinforcementLearning
import Runs

extension DDPGConfiguration: AgentSettings {}
extension TD3Configuration: AgentSettings {}
extension SACConfiguration: AgentSettings {}
extension DQNConfiguration: AgentSettings {}

/// The agents with a replay memory.
extension AgentEntry {
  static var ddpg: AgentEntry {
    offPolicy(
      "ddpg", "deep deterministic policy gradient: replay buffer, target networks, biased",
      presets: Presets(embedded: PackageResources.ddpg_yaml, "ddpg.yaml"), needs: boundedActions,
      gradient: .learnedCritic,
      make: { try DDPG($0, seed: $1.seed, makeEnvironment: $1.environments) },
      policy: deterministic)
  }

  static var td3: AgentEntry {
    offPolicy(
      "td3", "ddpg with two critics, smoothed targets and an actor that waits for them",
      presets: Presets(embedded: PackageResources.td3_yaml, "td3.yaml"), needs: boundedActions,
      gradient: .learnedCritic,
      make: { try TD3($0, seed: $1.seed, makeEnvironment: $1.environments) },
      policy: deterministic)
  }

  static var sac: AgentEntry {
    offPolicy(
      "sac", "soft actor-critic: two critics, a policy that keeps a target entropy",
      presets: Presets(embedded: PackageResources.sac_yaml, "sac.yaml"), needs: boundedActions,
      gradient: .learnedCritic,
      make: { try SAC($0, seed: $1.seed, makeEnvironment: $1.environments) },
      policy: { settings, context in
        try CompiledPolicy(
          settings, observationSpace: context.observationSpace, actionSpace: context.actionSpace,
          checkpoint: context.checkpoint, rows: context.rows)
      })
  }

  static var dqn: AgentEntry {
    offPolicy(
      "dqn", "deep Q-learning: the value of each action, double targets, replay buffer",
      hiding: ["network.shared_torso", "network.value_weight"],
      presets: Presets(embedded: PackageResources.dqn_yaml, "dqn.yaml"),
      needs: { if case .discrete = $0.actionSpace { nil } else { DQN.actions } },
      gradient: .learnedValues,
      make: { try DQN($0, seed: $1.seed, makeEnvironment: $1.environments) },
      policy: { settings, context in
        try CompiledPolicy(
          settings, observationSpace: context.observationSpace, actionSpace: context.actionSpace,
          checkpoint: context.checkpoint, rows: context.rows)
      })
  }

  @Sendable private static func boundedActions(_ task: AgentTask) -> String? {
    BoxActions(bounded: task.actionSpace) == nil ? BoxActions.boundedOnly : nil
  }

  @Sendable private static func deterministic(
    _ settings: some OffPolicySettings, _ context: PolicyContext
  ) throws -> any TrainedPolicy {
    try CompiledPolicy(
      deterministic: settings, observationSpace: context.observationSpace,
      actionSpace: context.actionSpace, checkpoint: context.checkpoint, rows: context.rows)
  }

  private static func offPolicy<Settings: AgentSettings & OffPolicySettings, Learner: Agent>(
    _ name: String, _ summary: String, hiding hidden: [String] = [],
    presets: Presets,
    needs: @escaping @Sendable (AgentTask) -> String?, gradient: GradientClaim,
    make: @escaping @Sendable (Settings, AgentContext) throws -> Learner,
    policy: @escaping @Sendable (Settings, PolicyContext) throws -> any TrainedPolicy
  ) -> AgentEntry {
    var entry = AgentEntry(
      name, summary, settings: Settings.self, hiding: hidden, presets: [presets],
      needs: needs, gradient: { _ in gradient }, unbiasedSettings: nil,
      make: { settings, context in
        try settings.requireLearning(within: context.steps)
        return try make(settings, context)
      }, policy: policy)
    entry.memoryWarning = { settings, environment, steps in
      let isBytes =
        if case .box(let box) = environment.observationSpace { box.elementType == .uint8 } else {
          false
        }
      return try settings.decode(Settings.self).memoryWarning(
        observationSize: environment.observationSpace.observationSize,
        actionSize: environment.actionSpace.elementCount,
        maskSize: environment.hasActionMask ? environment.actionSpace.maskSize ?? 0 : 0,
        isBytes: isBytes, planes: environment.observationSpace.planes, steps: steps)
    }
    return entry
  }
}
