import Agents
import Differentiation
import Formats
import Networks
import ReinforcementLearning
import Runs

/// What an agent is to be trained with, besides its settings.
struct TrainingContext {
  let environment: EnvironmentEntry
  let seed: UInt64
  let threads: Int

  /// Makes sure that the observations of all lanes fit into memory, in the few places that hold them.
  func requireMemory(lanes: Int) throws(MemoryError) {
    let size = environment.observationSpace.observationSize + environment.actionSpace.elementCount
    let copies = 8 * MemoryLayout<Float>.size
    let (bytes, overflows) = size.multipliedReportingOverflow(by: copies * lanes)
    try AvailableMemory.require(
      overflows ? nil : bytes, for: "Holding the observations of \(lanes) environments",
      remedy: "Lower envs.")
  }
}

/// An agent that can be named on the command line.
struct AgentEntry: Sendable {
  let name: String
  let summary: String
  /// Says why the agent cannot act in a space, or nil if it can.
  let objection: @Sendable (EnvironmentEntry) -> String?
  /// The settings that there are, with values that suit no task in particular.
  let settings: any Codable & Sendable
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
    @Sendable (
      SettingsTable, _ spaces: (observation: Space, action: Space), SafetensorsFile, _ rows: Int
    ) throws -> any TrainedPolicy
  /// What the user should know of the memory that a run of so many steps will take.
  var memoryWarning: @Sendable (SettingsTable, EnvironmentEntry, _ steps: Int) throws -> String? = {
    _, _, _ in nil
  }

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
    settings: DDPGConfiguration(),
    preset: { Preset.ddpg(environment: $0.presetName) },
    gradient: { try $0.decode(DDPGConfiguration.self).gradient },
    unbiasedSettings: nil,
    makeLoop: { settings, context in
      let configuration = try settings.decode(DDPGConfiguration.self)
      try configuration.validate()
      try context.requireMemory(lanes: configuration.envs)
      let agent = try DDPG(configuration, seed: context.seed) {
        try context.environment.make($0, context.seed, $1)
      }
      return TrainingLoop(
        agent, threads: context.threads, rewardThreshold: context.environment.spec.rewardThreshold)
    },
    makePolicy: { settings, spaces, checkpoint, rows in
      try DDPGPolicy(
        try settings.decode(DDPGConfiguration.self),
        observationSpace: spaces.observation, actionSpace: spaces.action,
        checkpoint: checkpoint, rows: rows)
    },
    memoryWarning: { settings, environment, steps in
      try settings.decode(DDPGConfiguration.self).memoryWarning(
        observationSize: environment.observationSpace.observationSize,
        actionSize: environment.actionSpace.elementCount, steps: steps)
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
      settings: ActorCriticConfiguration(),
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
        try context.requireMemory(lanes: configuration.envs)
        let agent = try ActorCritic(configuration, seed: context.seed) {
          try context.environment.make($0, context.seed, $1)
        }
        return TrainingLoop(
          agent, threads: context.threads,
          rewardThreshold: context.environment.spec.rewardThreshold)
      },
      makePolicy: { settings, spaces, checkpoint, rows in
        try ActorCriticPolicy(
          try settings.decode(ActorCriticConfiguration.self),
          observationSpace: spaces.observation, actionSpace: spaces.action,
          checkpoint: checkpoint, rows: rows)
      })
  }
}
