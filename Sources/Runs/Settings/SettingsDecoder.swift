/// Puts a structure together from settings.
struct SettingsDecoder: Decoder {
  /// The settings by key; a single one with an empty key for a value.
  let values: [String: SettingValue]
  let codingPath: [any CodingKey] = []
  let userInfo: [CodingUserInfoKey: Any] = [:]

  /// Makes a value of any supported type.
  static func decode<Value: Decodable>(
    _ type: Value.Type, from value: SettingValue
  ) throws -> Value {
    let result: Any?
    switch (type, value) {
    case (is Bool.Type, .flag(let flag)): result = flag
    case (is String.Type, .text(let text)): result = text
    case (is Double.Type, .number(let number)): result = number
    case (is Float.Type, .number(let number)): result = Float(number)
    case (is Double.Type, .integer(let integer)): result = Double(exactly: integer)
    case (is Float.Type, .integer(let integer)): result = Float(exactly: integer)
    case (let width as any FixedWidthInteger.Type, .integer(let integer)):
      result = Self.integer(integer, as: width)
    case (is any FixedWidthInteger.Type, _), (is Bool.Type, _), (is String.Type, _),
      (is Double.Type, _), (is Float.Type, _):
      result = nil
    default: return try Value(from: SettingsDecoder(values: ["": value]))
    }
    guard let result = result as? Value else {
      throw DecodingError.typeMismatch(
        type, .init(codingPath: [], debugDescription: "\(value.yaml) is not of the type \(type)."))
    }
    return result
  }

  private static func integer<Integer: FixedWidthInteger>(
    _ value: Int128, as type: Integer.Type
  ) -> Any? { Integer(exactly: value) }

  func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    KeyedDecodingContainer(KeyedValues<Key>(values: values))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    guard case .list(let list) = values[""] else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: [], debugDescription: "A list such as [64, 64] is expected."))
    }
    return ListedValues(list: list)
  }

  func singleValueContainer() throws -> any SingleValueDecodingContainer {
    guard let value = values[""] else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: [], debugDescription: "A single value is expected."))
    }
    return SingleValue(value: value)
  }
}

private struct KeyedValues<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let values: [String: SettingValue]
  let codingPath: [any CodingKey] = []

  var allKeys: [Key] {
    Set(values.keys.map { String($0.prefix { $0 != "." }) }).sorted().compactMap {
      Key(stringValue: $0)
    }
  }

  func contains(_ key: Key) -> Bool {
    let name = snakeCase(key.stringValue)
    return values[name] != nil || values.keys.contains { $0.hasPrefix(name + ".") }
  }

  func decodeNil(forKey key: Key) throws -> Bool {
    values[snakeCase(key.stringValue)] == SettingValue.none
  }

  func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
    let name = snakeCase(key.stringValue)
    if let value = values[name] { return try SettingsDecoder.decode(type, from: value) }
    let prefix = name + "."
    var nested: [String: SettingValue] = [:]
    for (key, value) in values where key.hasPrefix(prefix) {
      nested[String(key.dropFirst(prefix.count))] = value
    }
    guard !nested.isEmpty else {
      throw DecodingError.keyNotFound(
        key, .init(codingPath: [], debugDescription: "The setting \"\(name)\" is missing."))
    }
    return try Value(from: SettingsDecoder(values: nested))
  }

  func nestedContainer<NestedKey: CodingKey>(
    keyedBy type: NestedKey.Type, forKey key: Key
  ) throws -> KeyedDecodingContainer<NestedKey> {
    preconditionFailure("The setting \(key.stringValue) cannot have associated values.")
  }

  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    preconditionFailure("The setting \(key.stringValue) cannot have associated values.")
  }

  func superDecoder() throws -> any Decoder {
    preconditionFailure("Settings are structures and have no super.")
  }

  func superDecoder(forKey key: Key) throws -> any Decoder {
    preconditionFailure("Settings are structures and have no super.")
  }
}

private struct SingleValue: SingleValueDecodingContainer {
  let value: SettingValue
  let codingPath: [any CodingKey] = []

  func decodeNil() -> Bool { value == .none }

  func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
    try SettingsDecoder.decode(type, from: value)
  }
}

private struct ListedValues: UnkeyedDecodingContainer {
  let list: [SettingValue]
  let codingPath: [any CodingKey] = []
  var currentIndex = 0

  init(list: [SettingValue]) {
    self.list = list
  }

  var count: Int? { list.count }
  var isAtEnd: Bool { currentIndex == list.count }

  mutating func decodeNil() throws -> Bool { false }

  mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
    guard !isAtEnd else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: [], debugDescription: "The list has only \(list.count) elements."))
    }
    defer { currentIndex += 1 }
    return try SettingsDecoder.decode(type, from: list[currentIndex])
  }

  mutating func nestedContainer<NestedKey: CodingKey>(
    keyedBy type: NestedKey.Type
  ) throws -> KeyedDecodingContainer<NestedKey> {
    preconditionFailure("The elements of a list of settings are single values.")
  }

  mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
    preconditionFailure("The elements of a list of settings are single values.")
  }

  mutating func superDecoder() throws -> any Decoder {
    preconditionFailure("Settings are structures and have no super.")
  }
}
