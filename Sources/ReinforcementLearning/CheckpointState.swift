import Foundation

/// Why a checkpoint cannot be used.
public enum CheckpointContentError: Error, Hashable, CustomStringConvertible {
  /// The part of that name is missing.
  case missing(String)
  /// The part of that name cannot be read, for the reason given.
  case unreadable(String, reason: String)

  /// What is wrong.
  public var description: String {
    switch self {
    case .missing(let name):
      "The checkpoint has no \"\(name)\". It was made by another agent or another version."
    case .unreadable(let name, let reason):
      "The checkpoint's \"\(name)\" cannot be read: \(reason)"
    }
  }
}

/// A value as JSON text with sorted keys: equal values give equal text.
public func encodeState<T: Encodable>(_ value: T) throws -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  return String(decoding: try encoder.encode(value), as: UTF8.self)
}

/// The value that `encodeState` wrote.
///
/// - Throws: `CheckpointContentError`, naming the part.
public func decodeState<T: Decodable>(_ text: String?, named name: String) throws -> T {
  guard let text else { throw CheckpointContentError.missing(name) }
  do {
    return try JSONDecoder().decode(T.self, from: Data(text.utf8))
  } catch {
    throw CheckpointContentError.unreadable(name, reason: "\(error)")
  }
}
