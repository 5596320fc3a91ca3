import Glibc
import Runs

/// The values that a setting may take in a search.
struct TuningRange {
  /// Which they are.
  enum Values: Hashable {
    /// All between two numbers.
    ///
    /// What stands before the number in the setting's value is `prefix`, such as `linear:`.
    case interval(
      low: Double, high: Double, isLogarithmic: Bool, isWhole: Bool, prefix: String)
    /// These, as they are typed.
    case choices([String])
  }

  /// The setting.
  let key: String
  let values: Values
  /// As it was declared.
  let text: String

  /// How many parts of a range are compared with each other.
  static let parts = 5

  /// A range as it is typed: `LOW:HIGH`, `LOW:HIGH:log` or `A|B|C`.
  ///
  /// - Parameters:
  ///   - key: the setting.
  ///   - text: its values.
  ///   - table: has the setting, and says what values it takes.
  ///   - source: where it stands, for messages.
  /// - Throws: what is wrong with it.
  init(
    _ key: String, _ text: String, in table: SettingsTable, source: SettingSource
  ) throws {
    self.key = key
    self.text = text
    values =
      if text.contains("|") {
        try Self.choices(
          key, text.split(separator: "|", omittingEmptySubsequences: false).map(String.init),
          in: table, source)
      } else {
        try Self.interval(key, text, in: table, source)
      }
  }

  /// One of several values.
  ///
  /// - Parameters:
  ///   - key: the setting.
  ///   - choices: as they are typed.
  ///   - table: has the setting.
  ///   - source: where it stands.
  /// - Throws: what is wrong with them.
  init(
    _ key: String, choices: [String], in table: SettingsTable, source: SettingSource
  ) throws {
    self.key = key
    text = choices.joined(separator: "|")
    values = try Self.choices(key, choices, in: table, source)
  }

  private static func choices(
    _ key: String, _ words: [String], in table: SettingsTable, _ source: SettingSource
  ) throws -> Values {
    var choices: [String] = []
    for word in words {
      let choice = try table.value(word, of: key, source: source).word
      guard !choices.contains(choice) else {
        throw UsageError("The range of \(key) has \(choice) twice (\(source)).")
      }
      choices.append(choice)
    }
    guard choices.count > 1 else { throw wrong(key, words.joined(separator: "|"), source) }
    return .choices(choices)
  }

  private static func interval(
    _ key: String, _ text: String, in table: SettingsTable, _ source: SettingSource
  ) throws -> Values {
    var parts = text.split(separator: ":", omittingEmptySubsequences: false)
      .map { String($0.filter { $0 != " " }) }
    let isLogarithmic = parts.last == "log"
    if isLogarithmic { parts.removeLast() }
    guard parts.count >= 2, let low = number(parts[parts.count - 2]),
      let high = number(parts[parts.count - 1])
    else {
      // Of a setting that there is not, this is what to say.
      _ = try table.value(table[key]?.word ?? text, of: key, source: source)
      throw wrong(key, text, source)
    }
    guard low < high else {
      throw UsageError(
        "The range of \(key) must begin below its end, but goes from \(parts[parts.count - 2]) to "
          + "\(parts[parts.count - 1]) (\(source)). One value alone is set with --set.")
    }
    guard !isLogarithmic || low > 0 else {
      throw UsageError(
        "A range with log must begin above 0, where logarithms are, but that of \(key) begins at "
          + "\(parts[parts.count - 2]) (\(source)).")
    }
    let prefix = parts.dropLast(2).map { $0 + ":" }.joined()
    var isWhole = false
    for end in parts.suffix(2) {
      isWhole = isInteger(try table.value(prefix + end, of: key, source: source))
    }
    return .interval(
      low: low, high: high, isLogarithmic: isLogarithmic, isWhole: isWhole, prefix: prefix)
  }

  private static func isInteger(_ value: SettingValue) -> Bool {
    switch value {
    case .integer: true
    case .list(let elements): elements.allSatisfy(isInteger)
    default: false
    }
  }

  private static func number(_ text: String) -> Double? {
    guard let value = Double(text.filter { $0 != "_" }), value.isFinite else { return nil }
    return value
  }

  private static func wrong(_ key: String, _ text: String, _ source: SettingSource) -> UsageError {
    UsageError(
      "The range of \(key) must be LOW:HIGH, LOW:HIGH:log or A|B|C, such as 0.001:0.1:log, but is "
        + "\"\(text.prefix(200))\" (\(source)). One value alone is set with --set.")
  }
}

extension TuningRange {
  /// The value at a place in the range, as it is typed.
  ///
  /// - Parameter place: in [0, 1).
  /// - Returns: within the range; numbers have four digits, so that they can be read.
  func word(at place: Double) -> String {
    switch values {
    case .choices(let choices): choices[min(Int(place * Double(choices.count)), choices.count - 1)]
    case .interval(_, _, _, let isWhole, let prefix):
      prefix + (isWhole ? "\(Int(number(at: place)))" : SettingValue.number(number(at: place)).yaml)
    }
  }

  /// The number at a place in an interval; the index of a choice.
  func number(at place: Double) -> Double {
    switch values {
    case .choices(let choices):
      return Double(min(Int(place * Double(choices.count)), choices.count - 1))
    case .interval(let low, let high, let isLogarithmic, let isWhole, _):
      // Each whole number has what lies between it and the next.
      let end = isWhole ? high + 1 : high
      let value =
        isLogarithmic ? exp(log(low) + place * (log(end) - log(low))) : low + place * (end - low)
      let rounded = isWhole ? value.rounded(.down) : Self.rounded(value)
      return min(max(rounded, low), high)
    }
  }

  /// To four digits.
  private static func rounded(_ value: Double) -> Double {
    guard value != 0 else { return 0 }
    let exponent = 3 - Int(log10(value.magnitude).rounded(.down))
    let scale = pow(10, Double(exponent.magnitude))
    return exponent >= 0 ? (value * scale).rounded() / scale : (value / scale).rounded() * scale
  }

  /// Whether more and less mean something.
  var isOrdered: Bool { if case .interval = values { true } else { false } }

  /// The part of the range that a place is in, of those whose scores are compared.
  func part(of place: Double) -> Int {
    switch values {
    case .choices: Int(number(at: place))
    case .interval(let low, _, _, _, _):
      wholeCount <= Self.parts
        ? Int(number(at: place) - low) : min(Int(place * Double(Self.parts)), Self.parts - 1)
    }
  }

  /// How many parts there are.
  var partCount: Int {
    switch values {
    case .choices(let choices): choices.count
    case .interval: min(Self.parts, wholeCount)
    }
  }

  private var wholeCount: Int {
    guard case .interval(let low, let high, _, true, _) = values, high - low < 1e6 else {
      return .max
    }
    return Int(high - low) + 1
  }

  /// What a part is called.
  func name(ofPart part: Int) -> String {
    switch values {
    case .choices(let choices): return choices[part]
    case .interval(let low, _, _, _, _):
      if wholeCount <= Self.parts { return "\(Int(low) + part)" }
      let first = word(at: Double(part) / Double(Self.parts))
      // The last place before the next part's.
      let next = (Double(part + 1) / Double(Self.parts)).nextDown
      return "\(first) to \(SettingValue.number(number(at: next)).yaml.droppingWholeFraction)"
    }
  }
}

extension String {
  /// `16` for `16.0`.
  var droppingWholeFraction: String { hasSuffix(".0") ? String(dropLast(2)) : self }
}
