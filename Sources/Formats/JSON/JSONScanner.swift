import Glibc

/// Reads one JSON text, from front to back and without making a tree of it.
///
/// Foundation's decoder takes some 20 µs for the answer to a step, more than the step itself. This one
/// goes over the bytes once and hands numbers straight to whoever wants them. Whatever the bytes are,
/// it ends with a value or an error: it never reads beyond them and never recurses deeper than
/// `maximumDepth`. What is asked at every number is inlined into other modules.
package struct JSONScanner {
  /// Why a text cannot be read.
  package struct Failure: Error, Hashable {
    /// What should have stood there.
    package var expected: String
    /// What is wrong, as a sentence, where "… is expected" would say it badly.
    package var fault: String?
    /// The number of bytes before it.
    package var offset: Int

    /// What is wrong, as a sentence.
    package var sentence: String {
      fault ?? expected.prefix(1).uppercased() + expected.dropFirst() + " is expected."
    }
  }

  /// Values nested deeper than this are refused: recursion on hostile input must end.
  package static let maximumDepth = 64

  @usableFromInline let bytes: UnsafeRawBufferPointer
  /// The number of bytes that were taken.
  package var position = 0

  /// A scanner at the beginning of a text.
  ///
  /// - Parameter bytes: must outlive the scanner.
  package init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  /// Whether nothing is left.
  @inlinable package var isAtEnd: Bool { position >= bytes.count }

  /// The next byte, without taking it; 0 at the end, which no JSON text contains.
  @inlinable package var next: UInt8 {
    @inline(__always) get { position < bytes.count ? bytes[position] : 0 }
  }

  /// Says what should have stood at this place.
  package func failure(_ expected: String, fault: String? = nil) -> Failure {
    Failure(expected: expected, fault: fault, offset: position)
  }

  /// Passes over white space.
  @inlinable
  @inline(__always)
  package mutating func skipWhitespace() {
    while position < bytes.count {
      let byte = bytes[position]
      guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return }
      position += 1
    }
  }

  /// Takes the byte after white space if it is this one.
  @inlinable
  @inline(__always)
  package mutating func take(_ byte: UInt8) -> Bool {
    skipWhitespace()
    guard next == byte else { return false }
    position += 1
    return true
  }

  /// Takes the byte after white space, which must be this one.
  @inlinable
  @inline(__always)
  package mutating func require(_ byte: UInt8) throws(Failure) {
    guard take(byte) else { throw failure("\"\(Character(UnicodeScalar(byte)))\"") }
  }

  /// Takes the word, such as `null`, if it comes next.
  package mutating func take(word: StaticString) -> Bool {
    skipWhitespace()
    let count = word.utf8CodeUnitCount
    guard position + count <= bytes.count, let base = bytes.baseAddress,
      memcmp(base + position, word.utf8Start, count) == 0
    else { return false }
    position += count
    return true
  }

  /// The bytes of a text between its quotation marks, escapes as they are.
  package mutating func rawText() throws(Failure) -> UnsafeRawBufferPointer {
    try require(0x22)
    let start = position
    while position < bytes.count {
      switch bytes[position] {
      case 0x22:
        position += 1
        return UnsafeRawBufferPointer(rebasing: bytes[start..<position - 1])
      case 0x5C: position += 2
      case 0..<0x20: throw failure("a text without control characters")
      default: position += 1
      }
    }
    position = bytes.count
    throw failure("the end of a text")
  }

  /// A number, correctly rounded.
  package mutating func number() throws(Failure) -> Double {
    skipWhitespace()
    let start = position
    let isNegative = next == 0x2D
    if isNegative { position += 1 }
    var digits: UInt64 = 0
    var digitCount = 0
    var exponent = 0
    var isExact = true
    func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 <= 9 }
    let whole = position
    while isDigit(next) {
      (digits, digitCount) = (digits &* 10 &+ UInt64(next &- 0x30), digitCount + 1)
      position += 1
    }
    guard position > whole else {
      position = start
      throw failure("a number")
    }
    if next == 0x2E {
      position += 1
      let fraction = position
      while isDigit(next) {
        (digits, digitCount) = (digits &* 10 &+ UInt64(next &- 0x30), digitCount + 1)
        position += 1
      }
      guard position > fraction else { throw failure("a digit") }
      exponent = fraction - position
    }
    if next | 0x20 == 0x65 {
      position += 1
      // Rare in rewards and observations: the library reads these.
      isExact = false
      if next == 0x2B || next == 0x2D { position += 1 }
      let power = position
      while isDigit(next) { position += 1 }
      guard position > power else { throw failure("a digit") }
    }
    // Clinger's fast path: both numbers are exact, so their quotient is rounded correctly.
    if isExact && digitCount <= 18 && digits <= 1 << 53 && exponent >= -22 {
      let value = Double(digits) / Self.powers[-exponent]
      return isNegative ? -value : value
    }
    return parse(start..<position)
  }

  private static let powers: [Double] = (0...22).map { power in
    var value = 1.0
    for _ in 0..<power { value *= 10 }
    return value
  }

  /// The same through the C library, which wants a terminated copy.
  private func parse(_ range: Range<Int>) -> Double {
    withUnsafeTemporaryAllocation(byteCount: range.count + 1, alignment: 1) { copy in
      copy.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[range]))
      copy[range.count] = 0
      guard let text = copy.baseAddress?.assumingMemoryBound(to: CChar.self) else { return .nan }
      return strtod(text, nil)
    }
  }

  /// `true`, `false`, or 1 and 0 for them.
  package mutating func flag() throws(Failure) -> Bool {
    skipWhitespace()
    switch next {
    case 0x74 where take(word: "true"): return true
    case 0x66 where take(word: "false"): return false
    case 0x30, 0x31:
      let value = try number()
      guard value == 0 || value == 1 else { throw failure("true or false") }
      return value == 1
    default: throw failure("true or false")
    }
  }

  /// Goes through an object; the body takes the value of each key.
  @inlinable
  package mutating func object(
    _ body: (_ key: UnsafeRawBufferPointer, inout JSONScanner) throws -> Void
  ) throws {
    guard take(0x7B) else { throw failure("an object, beginning with \"{\"") }
    if take(0x7D) { return }
    repeat {
      skipWhitespace()
      let key = try rawText()
      try require(0x3A)
      skipWhitespace()
      try body(key, &self)
    } while take(0x2C)
    guard take(0x7D) else { throw failure("\",\" or \"}\"") }
  }

  /// Goes through a list; the body takes each element.
  @inlinable
  @inline(__always)
  package mutating func list(_ body: (_ index: Int, inout JSONScanner) throws -> Void) throws {
    guard take(0x5B) else { throw failure("a list, beginning with \"[\"") }
    if take(0x5D) { return }
    var index = 0
    repeat {
      try body(index, &self)
      index += 1
    } while take(0x2C)
    guard take(0x5D) else { throw failure("\",\" or \"]\"") }
  }

  /// Passes over any value.
  package mutating func skipValue(depth: Int = 0) throws(Failure) {
    guard depth < Self.maximumDepth else {
      throw failure("values nested at most \(Self.maximumDepth) deep")
    }
    skipWhitespace()
    switch next {
    case 0x22: _ = try rawText()
    case 0x7B:
      position += 1
      if take(0x7D) { return }
      repeat {
        skipWhitespace()
        _ = try rawText()
        try require(0x3A)
        try skipValue(depth: depth + 1)
      } while take(0x2C)
      try require(0x7D)
    case 0x5B:
      position += 1
      if take(0x5D) { return }
      repeat { try skipValue(depth: depth + 1) } while take(0x2C)
      try require(0x5D)
    case 0x74 where take(word: "true"), 0x66 where take(word: "false"),
      0x6E where take(word: "null"):
      return
    default: _ = try number()
    }
  }

  /// Makes sure that nothing but white space is left.
  package mutating func requireEnd() throws(Failure) {
    skipWhitespace()
    if !isAtEnd { throw failure("the end of the message") }
  }
}

extension UnsafeRawBufferPointer {
  /// Whether these are the bytes of a word.
  @inline(__always)
  package func equals(_ word: StaticString) -> Bool {
    guard count == word.utf8CodeUnitCount, let base = baseAddress else { return false }
    return memcmp(base, word.utf8Start, count) == 0
  }
}
