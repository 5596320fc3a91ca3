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
  private var scanner: JSONScanner

  /// Reads a header.
  ///
  /// - Throws: ``SafetensorsError`` with the place of what does not belong there.
  static func parse(_ bytes: ArraySlice<UInt8>) throws(SafetensorsError) -> (
    metadata: [String: String], records: [SafetensorsRecord]
  ) {
    try bytes.withUnsafeBytes { bytes in
      var parser = Self(scanner: JSONScanner(bytes))
      return Result { () throws(SafetensorsError) in try parser.header() }
    }.get()
  }

  private mutating func header() throws(SafetensorsError) -> (
    metadata: [String: String], records: [SafetensorsRecord]
  ) {
    var metadata: [String: String] = [:]
    var records: [SafetensorsRecord] = []
    try object { (parser: inout Self, key) throws(SafetensorsError) in
      if key == metadataKey {
        try parser.object { (parser: inout Self, key) throws(SafetensorsError) in
          metadata[key] = try parser.text()
        }
      } else {
        records.append(try parser.record(named: key))
      }
    }
    scanner.skipWhitespace()
    guard scanner.isAtEnd else { throw malformed("Only spaces may follow the object.") }
    return (metadata, records)
  }

  private mutating func record(named name: String) throws(SafetensorsError) -> SafetensorsRecord {
    var dtypeName: String?
    var shape: [Int]?
    var offsets: [Int]?
    try object { (parser: inout Self, key) throws(SafetensorsError) in
      switch key {
      case "dtype": dtypeName = try parser.text()
      case "shape": shape = try parser.wholeNumbers()
      case "data_offsets": offsets = try parser.wholeNumbers()
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
    if scanner.take(UInt8(ascii: "}")) { return }
    repeat {
      let key = try text()
      guard keys.insert(key).inserted else { throw .duplicateName(key) }
      try expect(":")
      try member(&self, key)
    } while scanner.take(UInt8(ascii: ","))
    try expect("}")
  }

  private mutating func wholeNumbers() throws(SafetensorsError) -> [Int] {
    var result: [Int] = []
    try expect("[")
    if scanner.take(UInt8(ascii: "]")) { return result }
    repeat {
      do { result.append(try scanner.wholeNumber()) } catch { throw malformed(error) }
    } while scanner.take(UInt8(ascii: ","))
    try expect("]")
    return result
  }

  private mutating func text() throws(SafetensorsError) -> String {
    do { return try scanner.text() } catch { throw malformed(error) }
  }

  private mutating func expect(_ character: Unicode.Scalar) throws(SafetensorsError) {
    do { try scanner.require(UInt8(ascii: character)) } catch { throw malformed(error) }
  }

  private func malformed(_ failure: JSONScanner.Failure) -> SafetensorsError {
    .malformedHeader(offset: failure.offset, reason: failure.sentence)
  }

  private func malformed(_ reason: String) -> SafetensorsError {
    .malformedHeader(offset: scanner.position, reason: reason)
  }
}
