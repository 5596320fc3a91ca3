import Foundation

/// JSON with its keys in alphabetical order, so that equal values have equal texts.
package enum JSONText {
  /// Over several lines, for files that people read.
  package static func indented(_ value: some Encodable) throws -> String {
    try encoded(value, [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted])
  }

  /// On one line, for programs that read lines.
  package static func line(_ value: some Encodable) throws -> String {
    try encoded(value, [.sortedKeys, .withoutEscapingSlashes])
  }

  /// The value that a text of this kind stands for.
  package static func value<Value: Decodable>(from bytes: [UInt8]) throws -> Value {
    try JSONDecoder().decode(Value.self, from: Data(bytes))
  }

  private static func encoded(
    _ value: some Encodable, _ formatting: JSONEncoder.OutputFormatting
  ) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = formatting
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }
}
