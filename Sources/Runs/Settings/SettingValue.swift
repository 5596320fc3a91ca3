/// A setting as configuration files and flags write it.
package enum SettingValue: Sendable, Hashable {
  /// A whole number of any width.
  case integer(Int128)
  /// A number.
  case number(Double)
  /// A claim that holds or does not.
  case flag(Bool)
  /// A text.
  case text(String)
  /// Several values of one type.
  case list([SettingValue])
  /// Deliberately nothing.
  case none

  /// The value as YAML, on one line, from which the same value is read.
  package var yaml: String {
    switch self {
    case .integer(let integer): "\(integer)"
    case .number(let number): Self.yaml(number)
    case .flag(let flag): "\(flag)"
    case .text(let text): Self.yaml(text)
    case .list(let values): "[" + values.map(\.yaml).joined(separator: ", ") + "]"
    case .none: "null"
    }
  }

  /// The value as it is typed behind `key=`.
  package var word: String {
    if case .text(let text) = self { text } else { yaml }
  }

  private static func yaml(_ number: Double) -> String {
    if number.isNaN { return ".nan" }
    if number.isInfinite { return number > 0 ? ".inf" : "-.inf" }
    let text = number.description
    // YAML 1.1, which Python reads, takes 1e-08 for a text: a number needs its point.
    guard let exponent = text.firstIndex(of: "e"), !text.contains(".") else { return text }
    return text[..<exponent] + ".0" + text[exponent...]
  }

  private static func yaml(_ text: String) -> String {
    if isPlain(text) { return text }
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      case "\r": result += "\\r"
      case " "..."~", "\u{A1}"..."\u{D7FF}", "\u{E000}"..."\u{FFFD}", "\u{10000}"..."\u{10FFFF}":
        // A byte order mark and the separators of lines would not survive unescaped.
        if ["\u{2028}", "\u{2029}", "\u{FEFF}"].contains(scalar) { fallthrough }
        result.unicodeScalars.append(scalar)
      default:
        let hex = String(scalar.value, radix: 16)
        result += "\\U" + String(repeating: "0", count: 8 - hex.count) + hex
      }
    }
    return result + "\""
  }

  /// Whether a text means itself without quotes, to every reader of YAML.
  private static func isPlain(_ text: String) -> Bool {
    let words: Set = ["null", "none", "true", "false", "yes", "no", "on", "off", "y", "n"]
    guard let first = text.unicodeScalars.first, first.isASCII, first.properties.isAlphabetic,
      !words.contains(text.lowercased())
    else { return false }
    return text.unicodeScalars.allSatisfy { scalar in
      scalar.isASCII
        && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
          || "_-./".unicodeScalars.contains(scalar))
    } || isScheduleText(text)
  }

  /// A word, a colon without a space, then letters, digits and points: plain in YAML too.
  private static func isScheduleText(_ text: String) -> Bool {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    return parts.count > 1
      && parts.allSatisfy { part in
        !part.isEmpty
          && part.unicodeScalars.allSatisfy {
            $0.isASCII
              && ($0.properties.isAlphabetic || ("0"..."9").contains($0) || $0 == "." || $0 == "-")
          }
      }
  }
}
