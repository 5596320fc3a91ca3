import Formats
import GSL
import Testing

private func number(_ text: String) throws -> Double {
  try Array(text.utf8).withUnsafeBytes {
    var scanner = JSONScanner($0)
    let value = try scanner.number()
    try scanner.requireEnd()
    return value
  }
}

@Suite struct `Numbers in JSON` {
  @Test func `are read to the last bit, whatever their number of digits`() throws {
    var stream = RandomStream(seed: 4, purpose: "json")
    for _ in 0..<20_000 {
      // All magnitudes, and the short decimals that people write.
      let random = Double(bitPattern: stream.next())
      for value in [random, (random / random.binade * 1000).rounded() / 1000] where value.isFinite {
        #expect(try number("\(value)") == value)
        #expect(try number(" \(Float(value).isFinite ? Float(value) : 0) ").isFinite)
      }
    }
  }

  @Test(arguments: ["", "-", ".5", "1.", "1e", "+1", "0x10", "1 2", "--1", "e5"])
  func `that are none are refused`(text: String) {
    #expect(throws: JSONScanner.Failure.self) { try number(text) }
  }
}

@Suite struct `Texts in JSON` {
  private func text(_ json: String) throws -> String {
    try Array(json.utf8).withUnsafeBytes {
      var scanner = JSONScanner($0)
      let text = try scanner.text()
      try scanner.requireEnd()
      return text
    }
  }

  @Test(arguments: [
    (#""""#, ""), (#""a\/b""#, "a/b"), (#" "\"\\\b\f\n\r\t" "#, "\"\\\u{08}\u{0C}\n\r\t"),
    (#""\u0041\ud83d\ude42""#, "A🙂"), (#""φ → 🙂""#, "φ → 🙂"),
  ])
  func `are read with their escapes resolved`(json: String, expected: String) throws {
    #expect(try text(json) == expected)
  }

  @Test(arguments: [
    (#""a"#, "The text does not end."), (#""a\"#, "The text does not end."),
    (#""\x""#, "The escape sequence is unknown."), (#""\ud800""#, "A surrogate stands alone."),
    (#""\ud800\u0041""#, "A surrogate stands alone."),
    (#""\u12""#, "Four hexadecimal digits are expected."),
    ("\"\n\"", "A control character must be escaped."), ("a", "\"\"\" is expected."),
  ])
  func `that JSON forbids are refused with what is wrong`(json: String, sentence: String) {
    let failure = #expect(throws: JSONScanner.Failure.self) { try text(json) }
    #expect(failure?.sentence == sentence)
  }
}

@Suite struct `Whole numbers in JSON` {
  private func number(_ json: String) throws -> Int {
    try Array(json.utf8).withUnsafeBytes {
      var scanner = JSONScanner($0)
      let number = try scanner.wholeNumber()
      try scanner.requireEnd()
      return number
    }
  }

  @Test func `are read exactly, up to the largest`() throws {
    for value in [0, 7, 10, Int.max] { #expect(try number(" \(value) ") == value) }
  }

  @Test(arguments: [
    ("-1", "A whole number without sign is expected."),
    ("", "A whole number without sign is expected."),
    ("01", "A number must not start with a zero."),
    ("9223372036854775808", "The number is too large."),
    ("1.5", "The end of the message is expected."),
  ])
  func `that are none are refused with what is wrong`(json: String, sentence: String) {
    let failure = #expect(throws: JSONScanner.Failure.self) { try number(json) }
    #expect(failure?.sentence == sentence)
  }
}
