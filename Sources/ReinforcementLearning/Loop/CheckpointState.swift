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
      "The checkpoint has no \"\(name)\". It was made by another agent or another version, or is a best one, "
        + "which holds nothing but what acting needs."
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

/// What is wrong with a state that was read back: what decodes need not fit what it is read into.
///
/// A checkpoint whose checksum is right can still be another program's, or somebody's work. Whatever
/// of it would later be an index, a size or a divisor is checked when it is read.
package enum StateFault {
  /// Counters beyond this are no run's, and sums with them might overflow.
  package static let largestCount = 1 << 53

  /// Says that a counter is none; nil if it is one.
  package static func count(_ value: Int, _ name: String, from least: Int = 0) -> String? {
    (least...largestCount).contains(value)
      ? nil : "\(name) must be from \(least) to 2⁵³ but is \(value)."
  }

  /// Says which of some numbers is not finite; nil if all are.
  package static func finite(_ values: some Collection<Double>, _ name: String) -> String? {
    values.first { !$0.isFinite }.map { "\(name) must be finite but is \($0)." }
  }

  /// Says that two parts that belong together differ; nil if they do not.
  package static func equal<Value: Equatable>(
    _ value: Value, _ expected: Value, _ name: String
  ) -> String? {
    value == expected ? nil : "\(name) is \(value) instead of \(expected)."
  }
}

/// Refuses a state in which something is wrong.
///
/// - Parameters:
///   - faults: what is wrong, nil for nothing.
///   - name: of the checkpoint's part.
/// - Throws: `CheckpointContentError.unreadable` with the first fault.
package func refuse(
  _ faults: [String?], in name: String
) throws(CheckpointContentError) {
  if case .some(let reason)? = faults.first(where: { $0 != nil }) {
    throw .unreadable(name, reason: reason)
  }
}
