/// Pieces of C source.
enum CText {
  /// A number in single precision, with as few digits as give the same number again.
  static func number(_ value: Float) -> String {
    var text = value.magnitude.description
    if text.hasSuffix(".0") { text.removeLast() }
    if text.hasPrefix("0.") && text != "0." { text.removeFirst() }
    return (value.sign == .minus ? "-" : "") + text + "f"
  }

  /// A constant array.
  static func array(_ name: String, _ values: [Float]) -> String {
    var lines = ["static const float \(name)[\(values.count)] = {"]
    var line = ""
    for value in values {
      let text = number(value) + ","
      if line.utf8.count + text.utf8.count > 98 {
        lines.append(line)
        line = ""
      }
      line += text
    }
    lines.append(line + "};")
    return lines.joined(separator: "\n") + "\n"
  }

  /// The words of a text that can stand in a name.
  static func identifier(_ text: String) -> String {
    String(
      text.unicodeScalars.map { scalar in
        scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
          ? Character(scalar) : "_"
      })
  }

  /// Lines of a comment, which nothing in them can end or continue.
  static func comment(_ lines: [String]) -> String {
    let safe = lines.map { line in
      let printable = line.split(separator: "…", omittingEmptySubsequences: false)
        .joined(separator: "..").unicodeScalars.map {
          (" "..."~").contains($0) && $0 != "\\" ? $0 : "_"
        }
      return String(String.UnicodeScalarView(printable))
        .split(separator: "*/", omittingEmptySubsequences: false).joined(separator: "* /")
    }
    return "/*\n" + safe.map { $0.isEmpty ? " *\n" : " * \($0)\n" }.joined() + " */\n"
  }
}
