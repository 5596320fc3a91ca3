/// How steps travel once the two sides have agreed.
public enum SimulatorEncoding: String, Codable, Sendable, Hashable, CaseIterable {
  /// Binary where the simulator can, else JSON.
  case auto
  /// One JSON text per line.
  case json
  /// `bin1`: frames with a length, and numbers as they lie in memory.
  case binary

  /// What a trainer offers, the best one first.
  var offers: [String] {
    switch self {
    case .auto: [Self.binaryName, Self.jsonName]
    case .json: [Self.jsonName]
    case .binary: [Self.binaryName]
    }
  }

  static let binaryName = "bin1"
  static let jsonName = "json"
}

/// The protocol's version: a simulator of another major version is not understood.
enum ProtocolVersion {
  static let major = 1
  static let text = "1.0"
}
