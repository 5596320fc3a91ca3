import Agents
import Differentiation
import Formats
import ReinforcementLearning
import Runs

/// The settings of an agent, a structure.
///
/// Its properties, in `snake_case`, are what `--set` and files name: numbers, flags, texts, enumerations
/// with texts, arrays of them and nested structures. `descriptions` are what `rl-train settings` says of them.
public protocol AgentSettings: DescribedSettings, Codable, Sendable {
  /// The defaults.
  init()

  /// Makes sure that the settings are in their ranges.
  ///
  /// - Throws: what is wrong, the value received and what would be right; see `ConfigurationValueError`.
  func validate() throws
}

extension AgentSettings {
  /// Accepts all of them.
  public func validate() throws {}

  /// Refuses a setting that is out of its range.
  ///
  /// - Parameters:
  ///   - isRight: whether it is in its range.
  ///   - key: the setting, in snake_case.
  ///   - value: the value received.
  ///   - expected: what would be right, behind "must be".
  /// - Throws: ``ReinforcementLearning/ConfigurationValueError`` with all of these.
  public func require(
    _ isRight: Bool, _ key: String, _ value: Any, _ expected: String
  ) throws(ConfigurationValueError) {
    try ReinforcementLearning.require(isRight, key, value, expected)
  }
}

/// What an agent learns of a task before it is made.
public struct AgentTask: Sendable {
  /// Name, aliases, step limit and threshold.
  public let spec: EnvironmentSpec
  /// The set that observations come from.
  public let observationSpace: Space
  /// The set that actions come from.
  public let actionSpace: Space
  /// Whether some actions are forbidden in some states.
  public let hasActionMask: Bool
}

/// What an agent is made with, besides its settings.
public struct AgentContext {
  /// The task that it is to learn.
  public var task: AgentTask { environment.task }
  /// Of parameters, noise and environments.
  public let seed: UInt64
  /// Environment steps of the run.
  public let steps: Int
  /// How shards come together: what the agent gives as its own, if its shards may be spread over ranks.
  public let reduction: any Reduction
  let environment: EnvironmentEntry

  /// Makes environments.
  ///
  /// - Parameters:
  ///   - count: how many, at least 1.
  ///   - firstLane: the index of the first among all of the agent's.
  /// - Returns: the lanes of one shard.
  /// - Throws: what is wrong with the environment.
  public func environments(
    _ count: Int, firstLane: Int = 0
  ) throws -> any VectorEnvironment {
    try environment.make(count, seed, firstLane)
  }

  /// Makes all environments that are this process's and begins their first episodes.
  ///
  /// - Parameters:
  ///   - count: of environments, at least 1.
  ///   - size: of them for one shard, at least 1; results depend on it, and never on threads.
  /// - Returns: the lanes of each shard, in their order; the last may be fewer.
  /// - Throws: `AgentError` for a space that no `ActionModel` is for; `RankCountError` where the ranks cannot
  ///   share so many shards; what is wrong with the environment.
  public func lanes(_ count: Int, perShard size: Int) throws -> [Lanes] {
    let actions = try ActionModel(task.actionSpace, of: task.spec.name)
    return try forEachShard(of: count, size: size, in: reduction) { count, first in
      let lanes = Lanes(try environments(count, firstLane: first), actions: actions)
      try lanes.reset()
      return lanes
    }
  }

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

/// What a policy is made of, besides the settings of its agent.
public struct PolicyContext {
  /// The set that observations come from.
  public let observationSpace: Space
  /// The set that actions come from.
  public let actionSpace: Space
  /// What the agent saved.
  public let checkpoint: SafetensorsFile
  /// How many observations to act for at once.
  public let rows: Int

  /// A policy that draws one choice by the logits of a multilayer perceptron, `TrainedNetwork(name, …)`.
  ///
  /// - Parameters:
  ///   - name: under which the agent has saved it.
  ///   - hiddenSizes: the number of units of each hidden layer.
  /// - Returns: the policy with the checkpoint's parameters.
  /// - Throws: what is missing in the checkpoint, or does not fit.
  public func categoricalPolicy(_ name: String, hiddenSizes: [Int]) throws -> CompiledPolicy {
    let actions = try ActionModel(actionSpace, of: "the environment")
    let network = try TrainedNetwork(
      name, [observationSpace.observationSize] + hiddenSizes + [actions.noiseSize])
    try network.parameters.restore(from: checkpoint)
    return try CompiledPolicy(choosingBy: network, actions: actions, rows: rows)
  }
}

extension EnvironmentEntry {
  /// What an agent learns of it.
  var task: AgentTask {
    AgentTask(
      spec: spec, observationSpace: observationSpace, actionSpace: actionSpace,
      hasActionMask: hasActionMask)
  }
}
