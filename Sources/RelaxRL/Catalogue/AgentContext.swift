import Differentiation
import Formats
import ReinforcementLearning
import Runs

/// The settings of an agent, a structure.
///
/// Its properties, in `snake_case`, are what `--set` and files name: numbers, flags, texts, enumerations
/// with texts, arrays of them and nested structures.
public protocol AgentSettings: Codable, Sendable {
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
public struct AgentContext: Sendable {
  /// The task that it is to learn.
  public var task: AgentTask { environment.task }
  /// Of parameters, noise and environments.
  public let seed: UInt64
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
}

extension EnvironmentEntry {
  /// What an agent learns of it.
  var task: AgentTask {
    AgentTask(
      spec: spec, observationSpace: observationSpace, actionSpace: actionSpace,
      hasActionMask: hasActionMask)
  }
}
