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
      estimators: [.relax, .allAction], spaces: [.discrete, .choices]),
    .actorCritic(
      "relax-ddpg", "actor-critic with LAX: a critic of state and action, which adds no bias",
      estimators: [.lax, .reparameterization], spaces: [.box]),
    .actorCritic(
      "a2c", "advantage actor-critic: score function with V(s) as baseline",
      estimators: [.scoreFunction, .allAction], spaces: [.discrete, .choices, .box]),
    .actorCritic(
      "reinforce", "Monte Carlo policy gradient, optionally with V(s) as baseline",
      estimators: [.scoreFunction, .leaveOneOut], spaces: [.discrete, .choices, .box]),
    .ddpg, .td3, .sac, .dqn,
  ]

  /// The kinds of action space that agents tell apart.
  private enum SpaceKind: String {
    case discrete = "one discrete action"
    case choices = "several choices"
    case box = "real-valued actions"

    init?(_ space: Space) {
      switch space {
      case .discrete: self = .discrete
      case .multiDiscrete, .multiBinary: self = .choices
      case .box(let box) where !box.elementType.isWholeNumber: self = .box
      case .box(let box):
        guard ChoiceActions(wholeNumbers: box) != nil else { return nil }
        self = .choices
      }
    }
  }

  private static func actorCritic(
    _ name: String, _ summary: String, estimators: [PolicyGradientEstimator],
    spaces: [SpaceKind]
  ) -> AgentEntry {
    AgentEntry(
      name, summary, settings: ActorCriticConfiguration.self,
      preset: { environment in
        if SpaceKind(environment.actionSpace) == .choices {
          return Preset.choices(agent: name, environment: environment.presetName)
        }
        if case .box(let box) = environment.actionSpace {
          return Preset.gaussian(
            agent: name, environment: environment.presetName,
            isBounded: BoxActions(box).isBounded)
        }
        return Preset.actorCritic(agent: name, environment: environment.presetName)
      },
      needs: { task in
        if let kind = SpaceKind(task.actionSpace), spaces.contains(kind) { return nil }
        let kinds = spaces.map(\.rawValue)
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
        return try ActorCritic(settings, seed: context.seed) {
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
