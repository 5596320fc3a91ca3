import Agents
import Networks
import ReinforcementLearning

/// A training loop whose agent's type no longer matters.
protocol TrainingDriver: AnyObject {
  var progress: TrainingProgress { get }
  var log: EpisodeLog { get }
  var metrics: [(name: String, value: Double?)] { get }
  var parameters: [ParameterSet<Float>] { get }
  var stepBound: Int? { get set }
  var largestReward: Double { get }
  func update(of steps: Int) throws -> UpdateReport
  func save(to checkpoint: inout SafetensorsFile) throws
  func restore(from checkpoint: SafetensorsFile) throws
}

extension TrainingLoop: TrainingDriver {
  var metrics: [(name: String, value: Double?)] { agent.metrics }
  var parameters: [ParameterSet<Float>] { agent.parameters }
}

/// What an agent is to be trained with, besides its settings.
struct TrainingContext {
  let environment: EnvironmentEntry
  let seed: UInt64
  let threads: Int
}

/// An agent that can be named on the command line.
struct AgentEntry: Sendable {
  let name: String
  let summary: String
  /// Says why the agent cannot act in a space, or nil if it can.
  let objection: @Sendable (EnvironmentEntry) -> String?
  /// The settings for a task.
  let preset: @Sendable (EnvironmentEntry) -> Preset
  /// Whether the gradient is unbiased with some settings.
  let gradient: @Sendable (SettingsTable) throws -> GradientClaim
  /// The settings that make it so, each `key=value`, or nil where none can.
  let unbiasedSettings: [String]?
  /// Checks settings and makes an agent with fresh parameters.
  let makeLoop: @Sendable (SettingsTable, TrainingContext) throws -> any TrainingDriver
  /// Makes what acts with the parameters of a checkpoint.
  let makePolicy:
    @Sendable (SettingsTable, EnvironmentEntry, SafetensorsFile, _ rows: Int) throws ->
      any TrainedPolicy

  static let all: [AgentEntry] = [
    .actorCritic(
      "relax-a2c", "actor-critic with RELAX: a learned control variate, which adds no bias",
      estimators: [.relax, .allAction], spaces: [.discrete]),
    .actorCritic(
      "relax-ddpg", "actor-critic with LAX: a critic of state and action, which adds no bias",
      estimators: [.lax, .reparameterization], spaces: [.box]),
    .actorCritic(
      "a2c", "advantage actor-critic: score function with V(s) as baseline",
      estimators: [.scoreFunction, .allAction], spaces: [.discrete, .box]),
    .actorCritic(
      "reinforce", "Monte Carlo policy gradient, optionally with V(s) as baseline",
      estimators: [.scoreFunction], spaces: [.discrete, .box]),
    .ddpg,
  ]

  /// The kinds of action space that agents tell apart.
  private enum SpaceKind: String {
    case discrete = "one discrete action"
    case box = "real-valued actions"
  }

  private static let ddpg = AgentEntry(
    name: "ddpg",
    summary: "deep deterministic policy gradient: replay buffer, target networks, biased",
    objection: { environment in
      if BoxActions(bounded: environment.actionSpace) != nil { return nil }
      return "ddpg needs \(DDPG.actions), but \(environment.spec.name) has "
        + "\(environment.actionSpace)."
    },
    preset: { Preset.ddpg(environment: $0.presetName) },
    gradient: { try $0.decode(DDPGConfiguration.self).gradient },
    unbiasedSettings: nil,
    makeLoop: { settings, context in
      let agent = try DDPG(try settings.decode(DDPGConfiguration.self), seed: context.seed) {
        try context.environment.make($0, context.seed, $1)
      }
      return TrainingLoop(
        agent, threads: context.threads, rewardThreshold: context.environment.spec.rewardThreshold)
    },
    makePolicy: { settings, environment, checkpoint, rows in
      try DDPGPolicy(
        try settings.decode(DDPGConfiguration.self),
        observationSpace: environment.observationSpace, actionSpace: environment.actionSpace,
        checkpoint: checkpoint, rows: rows)
    })

  private static func actorCritic(
    _ name: String, _ summary: String, estimators: [PolicyGradientEstimator],
    spaces: [SpaceKind]
  ) -> AgentEntry {
    AgentEntry(
      name: name, summary: summary,
      objection: { environment in
        let kind: SpaceKind? =
          switch environment.actionSpace {
          case .discrete: .discrete
          case .box(let box): box.elementType.isWholeNumber ? nil : .box
          case .multiDiscrete: nil
          }
        if let kind, spaces.contains(kind) { return nil }
        let needed = spaces.map(\.rawValue).joined(separator: " or ")
        return "\(name) needs \(needed), but \(environment.spec.name) has "
          + "\(environment.actionSpace)."
      },
      preset: { environment in
        if case .box(let box) = environment.actionSpace {
          return Preset.gaussian(
            agent: name, environment: environment.presetName,
            isBounded: BoxActions(box).isBounded)
        }
        return Preset.actorCritic(agent: name, environment: environment.presetName)
      },
      gradient: { try $0.decode(ActorCriticConfiguration.self).gradient },
      unbiasedSettings: ActorCriticConfiguration.unbiasedSettings,
      makeLoop: { settings, context in
        let configuration = try settings.decode(ActorCriticConfiguration.self)
        try configuration.validate()
        guard estimators.contains(configuration.estimator) else {
          throw ConfigurationValueError(
            key: "estimator", value: configuration.estimator.rawValue,
            expected: "\(estimators.map(\.rawValue).joined(separator: " or ")) for \(name)")
        }
        let agent = try ActorCritic(configuration, seed: context.seed) {
          try context.environment.make($0, context.seed, $1)
        }
        return TrainingLoop(
          agent, threads: context.threads,
          rewardThreshold: context.environment.spec.rewardThreshold)
      },
      makePolicy: { settings, environment, checkpoint, rows in
        try ActorCriticPolicy(
          try settings.decode(ActorCriticConfiguration.self),
          observationSpace: environment.observationSpace, actionSpace: environment.actionSpace,
          checkpoint: checkpoint, rows: rows)
      })
  }
}
