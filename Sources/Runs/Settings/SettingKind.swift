/// What values a setting takes.
///
/// Found from the type of its default, so that a flag or a line of a file can be checked, and
/// refused with what would be right, before a structure is made of it.
package enum SettingKind {
  case integer(ClosedRange<Int128>)
  case number
  case flag
  case text
  /// One of the raw values of an enumeration.
  case choice([String])
  indirect case list(SettingKind)
  /// A type with a text or number of its own as its encoded form.
  case custom(any Codable.Type)

  /// The kind of a type; nil for a type that encodes to several settings.
  init?(of type: Any.Type) {
    switch type {
    case is Bool.Type: self = .flag
    case is String.Type: self = .text
    case is Double.Type, is Float.Type: self = .number
    case let integer as any FixedWidthInteger.Type: self = .integer(Self.range(of: integer))
    case let list as any SettingList.Type:
      guard let kind = SettingKind(of: list.elementType) else { return nil }
      self = .list(kind)
    case let cases as any CaseIterable.Type:
      guard let names = Self.names(cases) else { return nil }
      self = .choice(names)
    case let custom as any Codable.Type: self = .custom(custom)
    default: return nil
    }
  }

  /// What would be right, after "must be".
  var expectation: String {
    switch self {
    case .integer(let range):
      range.lowerBound == 0
        ? "a whole number from 0 to \(range.upperBound)"
        : range.upperBound < Int128(Int64.max)
          ? "a whole number from \(range.lowerBound) to \(range.upperBound)" : "a whole number"
    case .number: "a number such as 0.0007"
    case .flag: "true or false"
    case .text: "a text"
    case .choice(let names):
      names.count == 1 ? names[0] : "one of " + names.joined(separator: ", ")
    case .list(let kind): "a list such as [64, 64], each \(kind.expectation)"
    case .custom(let type): "a \(String(describing: type).lowercased())"
    }
  }

  /// The value that a word means; nil when it means none.
  package func value(parsing text: String) -> SettingValue? {
    let trimmed = Self.trimmed(text)
    switch self {
    case .integer(let range):
      guard let integer = Self.integer(trimmed), range.contains(integer) else { return nil }
      return .integer(integer)
    case .number: return Self.number(trimmed).map { .number($0) }
    case .flag:
      switch trimmed.lowercased() {
      case "true", "yes", "on": return .flag(true)
      case "false", "no", "off": return .flag(false)
      default: return nil
      }
    case .text: return .text(text)
    case .choice(let names):
      let word = trimmed.lowercased()
      return (names.first { $0 == trimmed } ?? names.first { $0.lowercased() == word })
        .map { .text($0) }
    case .list: return value(parsing: Self.elements(trimmed))
    case .custom: return .text(trimmed)
    }
  }

  /// The value that the elements of a list mean; nil when this is no list or one of them is wrong.
  func value(parsing elements: [String]) -> SettingValue? {
    guard case .list(let kind) = self else { return nil }
    var values: [SettingValue] = []
    for element in elements {
      guard let value = kind.value(parsing: element) else { return nil }
      values.append(value)
    }
    return .list(values)
  }

  private static func elements(_ text: String) -> [String] {
    var inner = text[...]
    if inner.first == "[" && inner.last == "]" { inner = inner.dropFirst().dropLast() }
    if trimmed(String(inner)).isEmpty { return [] }
    return inner.split(separator: ",", omittingEmptySubsequences: false).map {
      trimmed(String($0))
    }
  }

  /// Reads `500000`, `500_000` and `5e5` alike.
  private static func integer(_ text: String) -> Int128? {
    if let integer = Int128(withoutSeparators(text)) { return integer }
    guard let number = number(text), number.magnitude < 0x1p53 else { return nil }
    return Int128(exactly: number)
  }

  private static func number(_ text: String) -> Double? {
    switch text.lowercased() {
    case ".inf", "+.inf", "inf": return .infinity
    case "-.inf", "-inf": return -.infinity
    default:
      guard let number = Double(withoutSeparators(text)), number.isFinite else { return nil }
      return number
    }
  }

  /// Digits may be grouped by single underscores, which stand between digits.
  private static func withoutSeparators(_ text: String) -> String {
    let parts = text.split(separator: "_", omittingEmptySubsequences: false)
    let isGrouped = parts.allSatisfy { part in
      part.first?.isNumber ?? false || part.startIndex == text.startIndex && !part.isEmpty
    }
    return parts.count > 1 && isGrouped ? parts.joined() : text
  }

  private static func trimmed(_ text: String) -> String {
    var result = text[...]
    while result.first?.isWhitespace ?? false { result.removeFirst() }
    while result.last?.isWhitespace ?? false { result.removeLast() }
    return String(result)
  }

  private static func range<Integer: FixedWidthInteger>(
    of type: Integer.Type
  ) -> ClosedRange<Int128> {
    Int128(clamping: Integer.min)...Int128(clamping: Integer.max)
  }

  private static func names<Cases: CaseIterable>(_ type: Cases.Type) -> [String]? {
    var names: [String] = []
    for value in type.allCases {
      guard let name = (value as? any RawRepresentable)?.rawValue as? String else { return nil }
      names.append(name)
    }
    return names
  }
}

/// An array, seen without its element type.
protocol SettingList {
  static var elementType: Any.Type { get }
}

extension Array: SettingList {
  static var elementType: Any.Type { Element.self }
}
