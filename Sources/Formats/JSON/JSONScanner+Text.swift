/// What is read to the letter, where a value decides what belongs to whom.
extension JSONScanner {
  /// A text, its escapes resolved; whatever JSON forbids in one is refused.
  package mutating func text() throws(Failure) -> String {
    try require(UInt8(ascii: "\""))
    var units: [UInt8] = []
    while !isAtEnd {
      let byte = next
      position += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let text = String(validating: units, as: UTF8.self) else {
          throw failure("a text in UTF-8", fault: "The text is not valid UTF-8.")
        }
        return text
      case UInt8(ascii: "\\"): units.append(contentsOf: Array(String(try escape()).utf8))
      case 0..<0x20:
        throw failure(
          "a text without control characters", fault: "A control character must be escaped.")
      default: units.append(byte)
      }
    }
    throw failure("the end of a text", fault: "The text does not end.")
  }

  /// A whole number of digits alone, the first of them no idle zero.
  package mutating func wholeNumber() throws(Failure) -> Int {
    skipWhitespace()
    let start = position
    var value = 0
    while (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(next) {
      let (tens, overflowsTimes) = value.multipliedReportingOverflow(by: 10)
      let (sum, overflowsPlus) = tens.addingReportingOverflow(Int(next - UInt8(ascii: "0")))
      if overflowsTimes || overflowsPlus {
        throw failure("a number below 2^63", fault: "The number is too large.")
      }
      value = sum
      position += 1
    }
    guard position > start else { throw failure("a whole number without sign") }
    if bytes[start] == UInt8(ascii: "0") && position > start + 1 {
      throw failure("a number", fault: "A number must not start with a zero.")
    }
    return value
  }

  private mutating func escape() throws(Failure) -> Unicode.Scalar {
    guard !isAtEnd else { throw failure("the end of a text", fault: "The text does not end.") }
    let byte = next
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
    case UInt8(ascii: "b"): return "\u{08}"
    case UInt8(ascii: "f"): return "\u{0C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"): return try unicodeEscape()
    default: throw failure("an escape", fault: "The escape sequence is unknown.")
    }
  }

  private mutating func unicodeEscape() throws(Failure) -> Unicode.Scalar {
    func lone(_ scanner: JSONScanner) -> Failure {
      scanner.failure("a pair of surrogates", fault: "A surrogate stands alone.")
    }
    var value = try fourHexDigits()
    if (0xD800..<0xDC00).contains(value), next == UInt8(ascii: "\\") {
      position += 1
      guard next == UInt8(ascii: "u") else { throw lone(self) }
      position += 1
      let low = try fourHexDigits()
      guard (0xDC00..<0xE000).contains(low) else { throw lone(self) }
      value = 0x10000 + (value - 0xD800) << 10 + (low - 0xDC00)
    }
    guard let scalar = Unicode.Scalar(value) else { throw lone(self) }
    return scalar
  }

  private mutating func fourHexDigits() throws(Failure) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let digit = Character(Unicode.Scalar(next)).hexDigitValue else {
        throw failure("four hexadecimal digits", fault: "Four hexadecimal digits are expected.")
      }
      value = value << 4 | UInt32(digit)
      position += 1
    }
    return value
  }
}
