import ReinforcementLearning

/// One setting of a structure: its key, what it takes and its value.
struct SettingField {
  /// Snake case; the keys of nested structures are joined by points.
  var key: String
  var kind: SettingKind
  var isOptional: Bool
  var value: SettingValue
  /// What it means, where its structure says so.
  var description: String?
  /// Whether it means nothing here and keeps its value.
  var isHidden = false
}

/// Takes a structure of settings apart, in the order of its properties.
///
/// Supported are numbers, flags, texts, enumerations with texts as raw values, types that encode to
/// one number or text, arrays and optionals of these, and nested structures. Enumerations with
/// associated values are not: a flag could not set one.
final class SettingsEncoder: Encoder {
  private(set) var fields: [SettingField] = []
  let codingPath: [any CodingKey] = []
  let userInfo: [CodingUserInfoKey: Any] = [:]

  /// The settings of a structure; a single one with an empty key for a value.
  static func fields(of value: some Encodable) throws -> [SettingField] {
    if let scalar = try scalar(value) {
      guard let kind = SettingKind(of: type(of: value)) else {
        throw unsupported(type(of: value))
      }
      return [SettingField(key: "", kind: kind, isOptional: false, value: scalar)]
    }
    let encoder = SettingsEncoder()
    try value.encode(to: encoder)
    guard let described = value as? any DescribedSettings else { return encoder.fields }
    let descriptions = Dictionary(
      uniqueKeysWithValues: type(of: described).descriptions.map { (snakeCase($0), $1) })
    return encoder.fields.map { field in
      var field = field
      // Those of a nested structure are described by itself.
      if let description = descriptions[field.key] { field.description = description }
      return field
    }
  }

  /// The value of something that needs one setting only; nil for others.
  private static func scalar(_ value: any Encodable) throws -> SettingValue? {
    switch value {
    case let flag as Bool: return .flag(flag)
    case let text as String: return .text(text)
    case let number as Double: return .number(number)
    case let number as Float: return .number(Double(number))
    case let integer as any FixedWidthInteger: return .integer(Int128(clamping: integer))
    case let list as [any Encodable]:
      return .list(
        try list.map { element in
          guard let scalar = try scalar(element) else { throw unsupported(type(of: element)) }
          return scalar
        })
    default:
      let encoder = SettingsEncoder()
      try value.encode(to: encoder)
      guard encoder.fields.count == 1, encoder.fields[0].key.isEmpty else { return nil }
      return encoder.fields[0].value
    }
  }

  fileprivate func append(_ value: some Encodable, key: String, isOptional: Bool) throws {
    for field in try Self.fields(of: value) {
      var field = field
      field.key = [key, field.key].filter { !$0.isEmpty }.joined(separator: ".")
      if field.key == key { field.isOptional = isOptional }
      fields.append(field)
    }
  }

  fileprivate func appendNone<Value>(_ type: Value.Type, key: String) throws {
    guard let kind = SettingKind(of: type) else { throw Self.unsupported(type) }
    fields.append(SettingField(key: key, kind: kind, isOptional: true, value: .none))
  }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    KeyedEncodingContainer(KeyedSettings<Key>(encoder: self))
  }

  func unkeyedContainer() -> any UnkeyedEncodingContainer {
    preconditionFailure("A structure of settings has named properties.")
  }

  func singleValueContainer() -> any SingleValueEncodingContainer {
    SingleSetting(encoder: self)
  }

  static func unsupported(_ type: Any.Type) -> EncodingError {
    .invalidValue(
      type, .init(codingPath: [], debugDescription: "\(type) is no type of a setting."))
  }
}

private struct KeyedSettings<Key: CodingKey>: KeyedEncodingContainerProtocol {
  let encoder: SettingsEncoder
  let codingPath: [any CodingKey] = []

  // Generic methods also serve as the protocol's methods for single types.
  mutating func encode<Value: Encodable>(_ value: Value, forKey key: Key) throws {
    try encoder.append(value, key: snakeCase(key.stringValue), isOptional: false)
  }

  // But here the protocol's own methods for single types, which skip what is nil, would win.
  mutating func encodeIfPresent(_ value: Bool?, forKey key: Key) throws {
    try appendOptional(value, key)
  }
  mutating func encodeIfPresent(_ value: String?, forKey key: Key) throws {
    try appendOptional(value, key)
  }
  mutating func encodeIfPresent(_ value: Double?, forKey key: Key) throws {
    try appendOptional(value, key)
  }
  mutating func encodeIfPresent(_ value: Float?, forKey key: Key) throws {
    try appendOptional(value, key)
  }
  mutating func encodeIfPresent(_ value: Int?, forKey key: Key) throws {
    try appendOptional(value, key)
  }
  mutating func encodeIfPresent(_ value: Int8?, forKey key: Key) throws {
    try appendOptional(value, key)
  }
  mutating func encodeIfPresent(_ value: Int16?, forKey key: Key) throws {
    try appendOptional(value, key)
  }
  mutating func encodeIfPresent(_ value: Int32?, forKey key: Key) throws {
    try appendOptional(value, key)
  }
  mutating func encodeIfPresent(_ value: Int64?, forKey key: Key) throws {
    try appendOptional(value, key)
  }
  mutating func encodeIfPresent(_ value: UInt?, forKey key: Key) throws {
    try appendOptional(value, key)
  }
  mutating func encodeIfPresent(_ value: UInt8?, forKey key: Key) throws {
    try appendOptional(value, key)
  }
  mutating func encodeIfPresent(_ value: UInt16?, forKey key: Key) throws {
    try appendOptional(value, key)
  }
  mutating func encodeIfPresent(_ value: UInt32?, forKey key: Key) throws {
    try appendOptional(value, key)
  }
  mutating func encodeIfPresent(_ value: UInt64?, forKey key: Key) throws {
    try appendOptional(value, key)
  }
  mutating func encodeIfPresent<Value: Encodable>(_ value: Value?, forKey key: Key) throws {
    try appendOptional(value, key)
  }

  private func appendOptional<Value: Encodable>(_ value: Value?, _ key: Key) throws {
    let name = snakeCase(key.stringValue)
    if let value {
      try encoder.append(value, key: name, isOptional: true)
    } else {
      try encoder.appendNone(Value.self, key: name)
    }
  }

  mutating func encodeNil(forKey key: Key) throws {
    preconditionFailure("The setting \(key.stringValue) needs a type: use encodeIfPresent.")
  }

  mutating func nestedContainer<NestedKey: CodingKey>(
    keyedBy keyType: NestedKey.Type, forKey key: Key
  ) -> KeyedEncodingContainer<NestedKey> {
    preconditionFailure("The setting \(key.stringValue) cannot have associated values.")
  }

  mutating func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
    preconditionFailure("The setting \(key.stringValue) cannot have associated values.")
  }

  mutating func superEncoder() -> any Encoder {
    preconditionFailure("Settings are structures and have no super.")
  }

  mutating func superEncoder(forKey key: Key) -> any Encoder {
    preconditionFailure("Settings are structures and have no super.")
  }
}

private struct SingleSetting: SingleValueEncodingContainer {
  let encoder: SettingsEncoder
  let codingPath: [any CodingKey] = []

  mutating func encode<Value: Encodable>(_ value: Value) throws {
    try encoder.append(value, key: "", isOptional: false)
  }

  mutating func encodeNil() throws {
    preconditionFailure("A setting that encodes itself cannot be nothing.")
  }
}

/// `learningRate` as `learning_rate`, `useGAE` as `use_gae`.
package func snakeCase(_ name: String) -> String {
  var result = ""
  let letters = Array(name)
  for (index, letter) in letters.enumerated() {
    let followsLower = index > 0 && !letters[index - 1].isUppercase && letters[index - 1] != "_"
    let endsAcronym =
      index > 0 && letters[index - 1].isUppercase && index + 1 < letters.count
      && letters[index + 1].isLowercase
    if letter.isUppercase && (followsLower || endsAcronym) { result += "_" }
    result += letter.lowercased()
  }
  return result
}
