/// What a safetensors header says about one tensor.
struct SafetensorsRecord {
  var name: String
  var dtype: SafetensorsDType
  var shape: [Int]
  var begin: Int
  var end: Int

  /// The order of the data; tensors without elements come before the one that shares their offset.
  func precedes(_ other: SafetensorsRecord) -> Bool {
    if begin != other.begin { return begin < other.begin }
    if end != other.end { return end < other.end }
    return name.utf8.lexicographicallyPrecedes(other.name.utf8)
  }
}

/// Reads the JSON of a safetensors header, and nothing but that.
///
/// A general JSON parser keeps one of two equal keys silently and accepts any nesting. The header's
/// grammar has a fixed depth, so reading it directly is short, strict and cannot exhaust the stack.
struct SafetensorsHeaderParser {
  private let bytes: ArraySlice<UInt8>
  private var position: Int

  init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    position = bytes.startIndex
  }

  mutating func parse() throws(SafetensorsError) -> (
    metadata: [String: String], records: [SafetensorsRecord]
  ) {
    var metadata: [String: String] = [:]
    var records: [SafetensorsRecord] = []
    try object { (parser: inout Self, key) throws(SafetensorsError) in
      if key == metadataKey {
        try parser.object { (parser: inout Self, key) throws(SafetensorsError) in
          metadata[key] = try parser.string()
        }
      } else {
        records.append(try parser.record(named: key))
      }
    }
    skipSpace()
    guard position == bytes.endIndex else { throw malformed("Only spaces may follow the object.") }
    return (metadata, records)
  }

  private mutating func record(named name: String) throws(SafetensorsError) -> SafetensorsRecord {
    var dtypeName: String?
    var shape: [Int]?
    var offsets: [Int]?
    try object { (parser: inout Self, key) throws(SafetensorsError) in
      switch key {
      case "dtype": dtypeName = try parser.string()
      case "shape": shape = try parser.integers()
      case "data_offsets": offsets = try parser.integers()
      default: throw parser.malformed("The tensor \"\(name)\" has an unknown key \"\(key)\".")
      }
    }
    guard let dtypeName, let shape, let offsets, offsets.count == 2 else {
      throw malformed("The tensor \"\(name)\" needs dtype, shape and two data_offsets.")
    }
    guard let dtype = SafetensorsDType(rawValue: dtypeName) else {
      throw .unknownDType(tensor: name, dtype: dtypeName)
    }
    return SafetensorsRecord(
      name: name, dtype: dtype, shape: shape, begin: offsets[0], end: offsets[1])
  }

  /// Reads an object whose keys differ; `member` reads the value of the key it is given.
  private mutating func object(
    _ member: (inout Self, String) throws(SafetensorsError) -> Void
  ) throws(SafetensorsError) {
    var keys: Set<String> = []
    try expect("{")
    if accept("}") { return }
    repeat {
      let key = try string()
      guard keys.insert(key).inserted else { throw .duplicateName(key) }
      try expect(":")
      try member(&self, key)
    } while accept(",")
    try expect("}")
  }

  private mutating func integers() throws(SafetensorsError) -> [Int] {
    var result: [Int] = []
    try expect("[")
    if accept("]") { return result }
    repeat { result.append(try integer()) } while accept(",")
    try expect("]")
    return result
  }

  private mutating func integer() throws(SafetensorsError) -> Int {
    skipSpace()
    let start = position
    var value = 0
    while let byte = peek, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
      let (tens, overflowsTimes) = value.multipliedReportingOverflow(by: 10)
      let (sum, overflowsPlus) = tens.addingReportingOverflow(Int(byte - UInt8(ascii: "0")))
      if overflowsTimes || overflowsPlus { throw malformed("The number is too large.") }
      value = sum
      position += 1
    }
    guard position > start else { throw malformed("A whole number without sign is expected.") }
    if bytes[start] == UInt8(ascii: "0") && position > start + 1 {
      throw malformed("A number must not start with a zero.")
    }
    return value
  }

  private mutating func string() throws(SafetensorsError) -> String {
    try expect("\"")
    var units: [UInt8] = []
    while let byte = peek {
      position += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let text = String(validating: units, as: UTF8.self) else {
          throw malformed("The text is not valid UTF-8.")
        }
        return text
      case UInt8(ascii: "\\"): units.append(contentsOf: Array(String(try escape()).utf8))
      case 0..<0x20: throw malformed("A control character must be escaped.")
      default: units.append(byte)
      }
    }
    throw malformed("The text does not end.")
  }

  private mutating func escape() throws(SafetensorsError) -> Unicode.Scalar {
    guard let byte = peek else { throw malformed("The text does not end.") }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
    case UInt8(ascii: "b"): return "\u{08}"
    case UInt8(ascii: "f"): return "\u{0C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"): return try unicodeEscape()
    default: throw malformed("The escape sequence is unknown.")
    }
  }

  private mutating func unicodeEscape() throws(SafetensorsError) -> Unicode.Scalar {
    var value = try fourHexDigits()
    if (0xD800..<0xDC00).contains(value), peek == UInt8(ascii: "\\") {
      position += 1
      guard peek == UInt8(ascii: "u") else { throw malformed("A surrogate stands alone.") }
      position += 1
      let low = try fourHexDigits()
      guard (0xDC00..<0xE000).contains(low) else { throw malformed("A surrogate stands alone.") }
      value = 0x10000 + (value - 0xD800) << 10 + (low - 0xDC00)
    }
    guard let scalar = Unicode.Scalar(value) else { throw malformed("A surrogate stands alone.") }
    return scalar
  }

  private mutating func fourHexDigits() throws(SafetensorsError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = peek, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw malformed("Four hexadecimal digits are expected.")
      }
      value = value << 4 | UInt32(digit)
      position += 1
    }
    return value
  }

  private var peek: UInt8? { position < bytes.endIndex ? bytes[position] : nil }

  private mutating func skipSpace() {
    while let byte = peek, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { position += 1 }
  }

  private mutating func accept(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    guard peek == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func expect(_ character: Unicode.Scalar) throws(SafetensorsError) {
    guard accept(character) else { throw malformed("\"\(character)\" is expected.") }
  }

  private func malformed(_ reason: String) -> SafetensorsError {
    .malformedHeader(offset: position - bytes.startIndex, reason: reason)
  }
}
