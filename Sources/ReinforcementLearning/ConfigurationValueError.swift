/// A setting that is out of its range.
public struct ConfigurationValueError: Error, Hashable, CustomStringConvertible {
  /// The setting, in snake_case.
  public let key: String
  /// The value received.
  public let value: String
  /// What would be right.
  public let expected: String

  /// An error for a setting that is out of its range.
  public init(key: String, value: String, expected: String) {
    self.key = key
    self.value = value
    self.expected = expected
  }

  /// What is wrong and what would be right.
  public var description: String { "\(key) must be \(expected), but is \(value)." }
}

/// Refuses a setting that is out of its range.
///
/// - Parameters:
///   - isRight: whether it is in its range.
///   - key: the setting, in snake_case.
///   - value: the value received.
///   - expected: what would be right, behind "must be".
/// - Throws: ``ConfigurationValueError`` with all of these.
package func require(
  _ isRight: Bool, _ key: String, _ value: Any, _ expected: String
) throws(ConfigurationValueError) {
  if !isRight {
    throw ConfigurationValueError(key: key, value: "\(value)", expected: expected)
  }
}
