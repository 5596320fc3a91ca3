import Agents
import Networks
import ReinforcementLearning
import Runs

extension ActorCriticConfiguration: AgentSettings {}

extension AgentEntry {
  /// The agents that come with the library; a new one is a line here.
  static let builtIn: [AgentEntry] = [
    .actorCritic(
      "relax-a2c", "actor-critic with RELAX: a learned control variate, which adds no bias",
      presets: [
        controlVariates, Presets(embedded: PackageResources.relax_a2c_yaml, "relax-a2c.yaml"),
      ],
      estimators: [.relax, .allAction, .relaxLeaveOneOut], acts: [.discrete, .choices],
      hiding: ["gaussian", "control_variate.form"]),
    .actorCritic(
      "relax-ddpg", "actor-critic with LAX: a critic of state and action, which adds no bias",
      presets: [
        controlVariates, Presets(embedded: PackageResources.relax_ddpg_yaml, "relax-ddpg.yaml"),
      ],
      estimators: [.lax, .reparameterization], acts: [.real],
      hiding: ["samples", "control_variate.temperature"]),
    .actorCritic(
      "a2c", "advantage actor-critic: score function with V(s) as baseline",
      presets: [controlVariates],
      estimators: [.scoreFunction, .allAction], acts: [.discrete, .choices, .real],
      hiding: ["samples", "control_variate.form", "control_variate.temperature"]),
    .actorCritic(
      "reinforce", "Monte Carlo policy gradient, optionally with V(s) as baseline",
      presets: [Presets(embedded: PackageResources.reinforce_yaml, "reinforce.yaml")],
      estimators: [.scoreFunction, .leaveOneOut, .arms, .linearSurrogate],
      acts: [.discrete, .choices, .real],
      hiding: ["control_variate"]),
    .ppo, .ddpg, .td3, .sac, .dqn, .evolutionStrategy,
  ]

  private static let actorCritics = Presets(
    embedded: PackageResources.actor_critic_yaml, "actor-critic.yaml")
  private static let controlVariates = Presets(
    embedded: PackageResources.control_variate_yaml, "control-variate.yaml")

  private static func actorCritic(
    _ name: String, _ summary: String, presets: [Presets],
    estimators: [PolicyGradientEstimator], acts kinds: [ActionKind.Name], hiding hidden: [String]
  ) -> AgentEntry {
    AgentEntry(
      name, summary, settings: ActorCriticConfiguration.self, hiding: hidden,
      presets: [actorCritics] + presets,
      needs: { task in
        if let kind = ActionKind(task.actionSpace)?.name, kinds.contains(kind) { return nil }
        let kinds = kinds.map(\.rawValue)
        let several =
          kinds.count < 3
          ? kinds.joined(separator: " or ")
          : kinds.dropLast().joined(separator: ", ") + " or " + (kinds.last ?? "")
        guard case .box(let box) = task.actionSpace, box.elementType.isWholeNumber else {
          return several
        }
        return several
          + " (of at most \(ChoiceActions.largestCount) values for each element of a box "
          + "of whole numbers)"
      },
      gradient: { $0.gradient }, unbiasedSettings: ActorCriticConfiguration.unbiasedSettings,
      make: { settings, context in
        guard estimators.contains(settings.estimator) else {
          throw ConfigurationValueError(
            key: "estimator", value: settings.estimator.rawValue,
            expected: "\(estimators.map(\.rawValue).joined(separator: " or ")) for \(name)")
        }
        return try ActorCritic(settings, seed: context.seed, reduction: context.reduction) {
          try context.environments($0, firstLane: $1)
        }
      },
      policy: { settings, context in
        try ActorCriticPolicy(
          settings, observationSpace: context.observationSpace, actionSpace: context.actionSpace,
          checkpoint: context.checkpoint, rows: context.rows)
      })
  }
}
