import Agents
import Networks
import ReinforcementLearning

/// A training loop whose agent's type no longer matters.
protocol TrainingDriver: AnyObject {
  var progress: TrainingProgress { get }
  var log: EpisodeLog { get }
  var metrics: [(name: String, value: Double?)] { get }
  var parameters: [ParameterSet<Float>] { get }
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
  /// Checks settings and makes an agent with fresh parameters.
  let makeLoop: @Sendable (SettingsTable, TrainingContext) throws -> any TrainingDriver
  /// Makes what acts with the parameters of a checkpoint.
  let makePolicy:
    @Sendable (SettingsTable, EnvironmentEntry, SafetensorsFile, _ rows: Int) throws ->
      any TrainedPolicy

  static let all: [AgentEntry] = [
    .actorCritic(
      "relax-a2c", "actor-critic with RELAX: an unbiased, learned, low-variance gradient",
      estimators: [.relax, .allAction]),
    .actorCritic(
      "a2c", "advantage actor-critic: score function with V(s) as baseline",
      estimators: [.scoreFunction, .allAction]),
    .actorCritic(
      "reinforce", "Monte Carlo policy gradient, optionally with V(s) as baseline",
      estimators: [.scoreFunction]),
  ]

  private static func actorCritic(
    _ name: String, _ summary: String, estimators: [PolicyGradientEstimator]
  ) -> AgentEntry {
    AgentEntry(
      name: name, summary: summary,
      objection: { environment in
        if case .discrete = environment.actionSpace { return nil }
        return "\(name) needs one discrete action, but \(environment.spec.name) has "
          + "\(environment.actionSpace)."
      },
      preset: { Preset.actorCritic(agent: name, environment: $0.presetName ?? $0.spec.name) },
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
