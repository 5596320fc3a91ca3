import Foundation
import ReinforcementLearning

/// The trainer's first message.
struct Hello: Codable, Hashable {
  var type = "hello"
  var id = 0
  var version = ProtocolVersion.text
  var encodings: [String]
  var envs: Int

  private enum CodingKeys: String, CodingKey {
    case type, id, encodings
    case version = "protocol"
    case envs = "num_envs"
  }
}

/// The simulator's answer to it: what it simulates.
struct Ready: Codable, Hashable {
  var type = "ready"
  var id = 0
  var version = ProtocolVersion.text
  var encoding: String?
  var name: String
  var envs: Int?
  /// The most environments that one process hosts; nil for any number.
  var maximumEnvs: Int?
  var observationSpace: WireSpace
  var actionSpace: WireSpace
  var stepLimit: Int?
  var rewardThreshold: Double?
  var capabilities: [String]?

  private enum CodingKeys: String, CodingKey {
    case type, id, encoding, name, capabilities
    case version = "protocol"
    case envs = "num_envs"
    case maximumEnvs = "max_envs"
    case observationSpace = "observation_space"
    case actionSpace = "action_space"
    case stepLimit = "max_episode_steps"
    case rewardThreshold = "reward_threshold"
  }

  static let maskCapability = "mask"
  static let snapshotCapability = "snapshot"
  static let renderCapability = "render"
}

/// An answer that says what went wrong instead.
struct ErrorReply: Codable, Hashable {
  struct Content: Codable, Hashable {
    var code: String
    var message: String
    var environment: Int?
    var isFatal: Bool?

    private enum CodingKeys: String, CodingKey {
      case code, message
      case environment = "env_id"
      case isFatal = "fatal"
    }

    /// The code and the first line of the message, as they can be shown.
    var summary: String { "\(printable(code, limit: 40)): \(firstLine)" }

    /// The first line of the message, as it can be shown.
    var firstLine: String { printable(message.prefix { !$0.isNewline }, limit: 1000) }

    /// The other lines of the message, such as a traceback, of which the end is what counts.
    var details: [String] {
      let lines = message.suffix(1 << 16).split(whereSeparator: \.isNewline)
      return lines.dropFirst().suffix(40).map { printable($0, limit: 200) }
    }
  }

  var type = "error"
  var id: Int?
  var error: Content

  /// The code that means that the simulator broke, not that it was asked for something wrong.
  static let simulatorFailure = "sim-failure"
  /// The program has a mistake in it that it found itself: another process would have it, too.
  static let mistake = "bug"
  /// What was typed cannot be: a name that does not exist, say.
  static let usage = "usage"
}

/// A space as simulators write it: the words are Gymnasium's.
struct WireSpace: Codable, Hashable {
  /// One bound for all elements, or one for each in row-major order.
  enum Bound: Codable, Hashable {
    case all(Double)
    case each([Double])

    /// JSON has no infinities: they are "inf" and "-inf".
    private struct Number: Codable, Hashable {
      var value: Double

      init(_ value: Double) { self.value = value }

      init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let number = try? container.decode(Double.self) {
          value = number
          return
        }
        switch try? container.decode(String.self) {
        case "inf": value = .infinity
        case "-inf": value = -.infinity
        default:
          throw DecodingError.dataCorruptedError(
            in: container, debugDescription: "a bound must be a number, \"inf\" or \"-inf\"")
        }
      }

      func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if value.isFinite {
          try container.encode(value)
        } else {
          try container.encode(value > 0 ? "inf" : "-inf")
        }
      }
    }

    init(_ values: [Double]) {
      if let first = values.first, values.allSatisfy({ $0 == first }) {
        self = .all(first)
      } else {
        self = .each(values)
      }
    }

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let numbers = try? container.decode([Number].self) {
        self = .each(numbers.map(\.value))
      } else {
        self = .all(try container.decode(Number.self).value)
      }
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      switch self {
      case .all(let value): try container.encode(Number(value))
      case .each(let values): try container.encode(values.map(Number.init))
      }
    }

    func values(count: Int) -> [Double] {
      switch self {
      case .all(let value): Array(repeating: value, count: count)
      case .each(let values): values
      }
    }
  }

  var type: String
  var shape: [Int]?
  var low: Bound?
  var high: Bound?
  var elementType: BoxSpace.ElementType?
  var n: Int?
  var start: Int?
  var counts: [Int]?

  private enum CodingKeys: String, CodingKey {
    case type, shape, low, high, n, start
    case elementType = "dtype"
    case counts = "nvec"
  }

  /// The most numbers that a space may have: a frame has a limit too.
  private static let maximumCount = 1 << 22
  /// The most dimensions of a box.
  private static let maximumRank = 32

  init(_ space: Space) {
    switch space {
    case .box(let box):
      type = "box"
      shape = box.shape
      low = Bound(box.lower)
      high = Bound(box.upper)
      elementType = box.elementType
    case .discrete(let space):
      type = "discrete"
      n = space.count
      start = space.start == 0 ? nil : space.start
    case .multiDiscrete(let space):
      type = "multi_discrete"
      counts = space.counts
    case .multiBinary(let space):
      type = "multi_binary"
      n = space.count
    }
  }

  /// The space that is meant.
  ///
  /// - Parameter field: where it stands, for messages.
  /// - Returns: the space, which makes sense.
  /// - Throws: the field that is wrong.
  func space(_ field: String) throws(ProtocolViolation) -> Space {
    func missing(_ key: String, _ received: String = "nothing") -> ProtocolViolation {
      ProtocolViolation(
        message: "ready", field: "\(field).\(key)",
        expected: "what a \(printable(type, limit: 40)) space needs",
        received: received)
    }
    let space: Space
    switch type {
    case "box":
      guard let shape else { throw missing("shape") }
      guard shape.count <= Self.maximumRank, shape.allSatisfy({ $0 >= 1 }),
        let count = Self.product(shape), count <= Self.maximumCount
      else { throw missing("shape", shortened(shape)) }
      space = .box(
        BoxSpace(
          // A scalar is a vector of one element here.
          shape: shape.isEmpty ? [1] : shape,
          lower: (low ?? .all(-.infinity)).values(count: count),
          upper: (high ?? .all(.infinity)).values(count: count),
          elementType: elementType ?? .float32))
    case "discrete":
      guard let n else { throw missing("n") }
      guard n >= 1, n <= Self.maximumCount, let start = Int32(exactly: start ?? 0) else {
        throw missing("n", "\(n)")
      }
      space = .discrete(n, start: Int(start))
    case "multi_discrete":
      guard let counts else { throw missing("nvec") }
      guard counts.allSatisfy({ $0 >= 1 && $0 <= Self.maximumCount }),
        counts.count <= Self.maximumCount / (counts.max() ?? 1)
      else { throw missing("nvec", shortened(counts)) }
      space = .multiDiscrete(counts)
    case "multi_binary":
      guard let n else { throw missing("n") }
      guard n >= 1, n <= Self.maximumCount / 2 else { throw missing("n", "\(n)") }
      space = .multiBinary(n)
    default:
      throw ProtocolViolation(
        message: "ready", field: "\(field).type",
        expected: "\"box\", \"discrete\", \"multi_discrete\" or \"multi_binary\"",
        received: "\"\(printable(type, limit: 40))\"")
    }
    do {
      try space.validate(of: field)
    } catch {
      throw ProtocolViolation(
        message: "ready", field: field, expected: "a space that makes sense", received: "\(error)")
    }
    return space
  }

  private static func product(_ shape: [Int]) -> Int? {
    var product = 1
    for extent in shape {
      let (next, overflows) = product.multipliedReportingOverflow(by: extent)
      if overflows { return nil }
      product = next
    }
    return product
  }
}

/// A message that is not what the protocol says: whose fault it is, and where.
struct ProtocolViolation: Error, Hashable, CustomStringConvertible {
  /// The type of the message that was read.
  var message: String
  var field: String
  /// Index of the environment within the process, where it is about one.
  var environment: Int?
  var expected: String
  var received: String
  /// What helps, where that can be told from what came.
  var advice: String?

  /// For bytes that are no message at all.
  static let noiseAdvice =
    "Its standard output belongs to the protocol; what it prints must go to standard error"
  /// For messages that are too long.
  static let sizeAdvice =
    "Fewer --envs, more --env-processes or --env-encoding binary make messages shorter"

  var description: String {
    let place = field.isEmpty ? "its" : "the field \"\(field)\" of its"
    let whose = environment.map { ", environment \($0)," } ?? ""
    return "\(place) \(message) message\(whose) must be \(printable(expected, limit: 500)), but is "
      + printable(received, limit: 500)
  }
}
