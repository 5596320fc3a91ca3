import Foundation
import ReinforcementLearning

/// What a simulator has said of itself.
public struct SimulatorDescription: Hashable, Sendable {
  /// The task's name.
  public let name: String
  /// The set that observations come from.
  public let observationSpace: Space
  /// The set that actions come from.
  public let actionSpace: Space
  /// The number of steps after which the simulator truncates an episode, or nil for no limit.
  public let stepLimit: Int?
  /// The mean return over 100 episodes that counts as solved, or nil where there is none.
  public let rewardThreshold: Double?
  /// The most environments that one process hosts, or nil for any number.
  public let maximumEnvironments: Int?
  /// Whether observations come with masks of the allowed actions.
  public let hasActionMask: Bool
  /// Whether the state can be saved.
  public let hasSnapshots: Bool
  /// Whether it draws what its environments show.
  public let hasPictures: Bool
  /// Whether steps travel in binary frames.
  let isBinary: Bool

  private static let longestName = 200

  /// - Parameters:
  ///   - text: the simulator's answer.
  ///   - hello: what was asked.
  /// - Throws: the field that is wrong.
  init(_ text: UnsafeRawBufferPointer, answering hello: Hello) throws(ProtocolViolation) {
    func violation(_ field: String, _ expected: String, _ received: String) -> ProtocolViolation {
      ProtocolViolation(message: "ready", field: field, expected: expected, received: received)
    }
    let ready: Ready
    do {
      ready = try JSONDecoder().decode(Ready.self, from: Data(text))
    } catch let error as DecodingError {
      let (field, problem) = error.place
      var violation = violation(field, problem, "not that: \(quoted(text))")
      if text.first != 0x7B { violation.advice = ProtocolViolation.noiseAdvice }
      throw violation
    } catch {
      throw violation("", "a JSON object", quoted(text))
    }
    let version = ready.version.split(separator: ".").compactMap { Int($0) }
    guard version.first == ProtocolVersion.major else {
      throw violation(
        "protocol",
        "\(ProtocolVersion.major).x, as this trainer speaks \(ProtocolVersion.text)",
        "\"\(printable(ready.version, limit: 40))\"")
    }
    let encoding = ready.encoding ?? SimulatorEncoding.jsonName
    guard hello.encodings.contains(encoding) else {
      throw violation(
        "encoding", "one of \(hello.encodings)", "\"\(printable(encoding, limit: 40))\"")
    }
    isBinary = encoding == SimulatorEncoding.binaryName
    guard !ready.name.isEmpty else { throw violation("name", "the task's name", "empty") }
    // It becomes part of file names, tables and messages.
    guard ready.name.utf8.count <= Self.longestName, printable(ready.name) == ready.name else {
      throw violation(
        "name", "at most \(Self.longestName) bytes of UTF-8 without control characters",
        "\"\(printable(ready.name, limit: 60))\"")
    }
    name = ready.name
    observationSpace = try ready.observationSpace.space("observation_space")
    actionSpace = try ready.actionSpace.space("action_space")
    if let limit = ready.stepLimit, limit < 1 {
      throw violation("max_episode_steps", "at least 1, or null for no limit", "\(limit)")
    }
    stepLimit = ready.stepLimit
    rewardThreshold = ready.rewardThreshold
    if let most = ready.maximumEnvs, most < 1 {
      throw violation("max_envs", "at least 1, or null for any number", "\(most)")
    }
    maximumEnvironments = ready.maximumEnvs
    let capabilities = ready.capabilities ?? []
    hasActionMask = capabilities.contains(Ready.maskCapability)
    if hasActionMask && actionSpace.maskSize == nil {
      throw violation("capabilities", "without \"mask\" for real actions", shortened(capabilities))
    }
    hasSnapshots = capabilities.contains(Ready.snapshotCapability)
    hasPictures = capabilities.contains(Ready.renderCapability)
    if let envs = ready.envs, envs != hello.envs, hello.envs <= ready.maximumEnvs ?? .max {
      throw violation("num_envs", "\(hello.envs), as in hello", "\(envs)")
    }
  }

  /// Whether another process of the simulator simulates the same.
  func differs(from other: SimulatorDescription) -> String? {
    if name != other.name { return "its name is \(name) now and was \(other.name)" }
    if observationSpace != other.observationSpace {
      return "its observations are in \(observationSpace) now and were in \(other.observationSpace)"
    }
    if actionSpace != other.actionSpace {
      return "its actions are in \(actionSpace) now and were in \(other.actionSpace)"
    }
    if stepLimit != other.stepLimit || hasActionMask != other.hasActionMask
      || hasSnapshots != other.hasSnapshots || hasPictures != other.hasPictures
    {
      return "its step limit or capabilities have changed"
    }
    return nil
  }
}

extension DecodingError {
  /// The field that is wrong, and what it should be.
  var place: (field: String, problem: String) {
    func path(_ context: Context, _ key: (any CodingKey)? = nil) -> String {
      (context.codingPath + [key].compactMap { $0 }).map(\.stringValue).joined(separator: ".")
    }
    switch self {
    case .keyNotFound(let key, let context): return (path(context, key), "there")
    case .typeMismatch(let type, let context), .valueNotFound(let type, let context):
      return (path(context), "of the kind \(type)")
    case .dataCorrupted(let context):
      return (path(context), context.codingPath.isEmpty ? "JSON" : context.debugDescription)
    @unknown default: return ("", "readable")
    }
  }
}
