import Formats
import GSL
import Testing

/// A file by hand: the header's text as it is, with the given number of data bytes behind it.
private func file(header: String, data: Int) -> [UInt8] {
  let count = header.utf8.count
  return (0..<8).map { UInt8(truncatingIfNeeded: count >> (8 * $0)) } + Array(header.utf8)
    + (0..<data).map { UInt8(truncatingIfNeeded: $0) }
}

private func tensor(_ dtype: String, _ shape: String, _ begin: Int, _ end: Int) -> String {
  #"{"dtype":"\#(dtype)","shape":\#(shape),"data_offsets":[\#(begin),\#(end)]}"#
}

/// Every element type, an empty tensor, a single number and names that need escaping.
let sampleFile: SafetensorsFile = {
  var file = SafetensorsFile(metadata: [
    "format": "pt", "state": "{\"step\": 3}\n\u{1}\\", "ζ": "φ → 🙂", "": "",
  ])
  file.append("f64", SafetensorsTensor([Double.pi, -0.0, .infinity], shape: [3, 1]))
  file.append("i64", SafetensorsTensor([Int64.min, Int64.max]))
  file.append("u64", SafetensorsTensor([UInt64.max, 7]))
  file.append("f32", SafetensorsTensor([Float](repeating: 0.1, count: 6), shape: [2, 3]))
  file.append("empty", SafetensorsTensor([Float](), shape: [4, 0]))
  file.append("scalar \"φ\"", SafetensorsTensor([Int32(-5)], shape: []))
  file.append("u8", SafetensorsTensor(Array("{\"a\":1}".utf8)))
  return file
}()

@Suite struct `Writing safetensors` {
  @Test func `a file with one tensor has exactly the bytes of the format`() {
    let written = SafetensorsFile(tensors: [
      .init("a", SafetensorsTensor([Float(1), -2], shape: [1, 2]))
    ]).serialized()
    // 54 characters of JSON, padded to 56.
    let header = #"{"a":{"data_offsets":[0,8],"dtype":"F32","shape":[1,2]}}"#
    #expect(header.utf8.count % 8 == 0)
    #expect(
      written == [UInt8(header.utf8.count), 0, 0, 0, 0, 0, 0, 0] + Array(header.utf8)
        + [0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0])
  }

  @Test func `what is written is read back, and writing it again gives the same bytes`() throws {
    let bytes = sampleFile.serialized()
    let read = try SafetensorsFile(bytes: bytes)
    #expect(read.metadata == sampleFile.metadata)
    #expect(Set(read.tensors) == Set(sampleFile.tensors))
    #expect(read.serialized() == bytes)
    let integers = try #require(read["i64"])
    #expect(try integers.values(as: Int64.self) == [Int64.min, Int64.max])
    #expect(read["nothing"] == nil)
  }

  @Test func `the data of every tensor is aligned to its element`() throws {
    var file = SafetensorsFile()
    file.append("a", SafetensorsTensor([UInt8(1), 2, 3]))
    file.append("b", SafetensorsTensor([Float(1)]))
    file.append("c", SafetensorsTensor([Double(1)]))
    #expect(
      try SafetensorsFile(bytes: file.serialized()).tensors.map(\.name) == ["c", "b", "a"])
  }

  @Test func `bytes do not depend on the order in which metadata was entered`() {
    var forward = SafetensorsFile()
    var backward = SafetensorsFile()
    for key in 0..<50 { forward.metadata["key \(key)"] = "\(key)" }
    for key in (0..<50).reversed() { backward.metadata["key \(key)"] = "\(key)" }
    #expect(forward.serialized() == backward.serialized())
  }

  @Test func `an empty file is a valid file`() throws {
    #expect(try SafetensorsFile(bytes: SafetensorsFile().serialized()) == SafetensorsFile())
  }
}

@Suite struct `Reading safetensors` {
  @Test func `any order of keys, any white space and escaped names are accepted`() throws {
    let header = """
      { "b\\u0041\\ud83d\\ude42\\/" :\t{ "shape" : [ 2 ] , "data_offsets" : [ 4 , 6 ] ,
        "dtype" : "U8" }, "__metadata__": {}, "a": {"dtype":"I32","shape":[],"data_offsets":[0,4]}}
      """
    let read = try SafetensorsFile(bytes: file(header: header, data: 6))
    #expect(read.tensors.map(\.name) == ["a", "bA🙂/"])
    #expect(try read["a"]?.values(as: Int32.self) == [0x0302_0100])
    #expect(try read["bA🙂/"]?.values(as: UInt8.self) == [4, 5])
  }

  @Test func `every shorter prefix of a file is refused`() {
    let bytes = sampleFile.serialized()
    for length in 0..<bytes.count {
      #expect(throws: SafetensorsError.self, "prefix of \(length) bytes") {
        try SafetensorsFile(bytes: Array(bytes[..<length]))
      }
    }
  }

  @Test func `a file that ends inside its header is reported as cut off`() {
    #expect(throws: SafetensorsError.truncated(needed: 8, available: 3)) {
      try SafetensorsFile(bytes: [1, 0, 0])
    }
    #expect(throws: SafetensorsError.truncated(needed: 108, available: 9)) {
      try SafetensorsFile(bytes: [100, 0, 0, 0, 0, 0, 0, 0, 123])
    }
  }

  @Test(arguments: [100_000_001, UInt64.max, 1 << 63])
  func `a header beyond the limit is refused before it is looked for`(size: UInt64) {
    let bytes = (0..<8).map { UInt8(truncatingIfNeeded: size >> (8 * $0)) }
    #expect(throws: SafetensorsError.headerTooLarge(size: size, limit: 100_000_000)) {
      try SafetensorsFile(bytes: bytes)
    }
  }

  static let faults: [(String, Int, SafetensorsError)] = [
    (
      #"{"a":\#(tensor("BF16", "[2]", 0, 4))}"#, 4, .unknownDType(tensor: "a", dtype: "BF16")
    ),
    (
      #"{"a":\#(tensor("U8", "[2]", 0, 2)),"a":\#(tensor("U8", "[2]", 2, 4))}"#, 4,
      .duplicateName("a")
    ),
    (#"{"__metadata__":{"k":"1","k":"2"}}"#, 0, .duplicateName("k")),
    (
      #"{"a":\#(tensor("U8", "[8]", 0, 8))}"#, 7,
      .offsetsOutOfRange(tensor: "a", begin: 0, end: 8, available: 7)
    ),
    (
      #"{"a":\#(tensor("U8", "[2]", 4, 2))}"#, 4,
      .offsetsOutOfRange(tensor: "a", begin: 4, end: 2, available: 4)
    ),
    (
      #"{"a":\#(tensor("U8", "[4]", 0, 4)),"b":\#(tensor("U8", "[4]", 2, 6))}"#, 6,
      .overlappingOffsets(tensor: "b", begin: 2, previousEnd: 4)
    ),
    (
      #"{"a":\#(tensor("U8", "[4]", 0, 4)),"b":\#(tensor("U8", "[1]", 5, 6))}"#, 6,
      .unusedBytes(begin: 5, previousEnd: 4)
    ),
    (#"{"a":\#(tensor("U8", "[4]", 0, 4))}"#, 6, .unusedBytes(begin: 6, previousEnd: 4)),
    (
      #"{"a":\#(tensor("F32", "[2]", 0, 4))}"#, 4,
      .wrongByteCount(tensor: "a", dtype: .float32, shape: [2], found: 4)
    ),
    (
      #"{"a":\#(tensor("F32", "[4611686018427387904,4]", 0, 0))}"#, 0,
      .wrongByteCount(
        tensor: "a", dtype: .float32, shape: [4_611_686_018_427_387_904, 4], found: 0)
    ),
  ]

  @Test(arguments: faults)
  func `each fault has an error of its own`(
    header: String, data: Int, expected: SafetensorsError
  ) {
    #expect(throws: expected) { try SafetensorsFile(bytes: file(header: header, data: data)) }
  }

  @Test(arguments: [
    "", " ", "[]", "{", "{}x", "{\"a\"}", "{\"a\":1}", "{\"a\":{}}", "{,}", "{\"a\":{},}",
    "{\"__metadata__\":{\"a\":1}}", "{\"__metadata__\":{\"a\":\"\\x\"}}",
    "{\"__metadata__\":{\"a\":\"\\ud800\"}}", "{\"__metadata__\":{\"a\":\"\\udc00\"}}",
    "{\"__metadata__\":{\"a\":\"\\u12\"}}", "{\"__metadata__\":{\"a\":\"\n\"}}",
    "{\"__metadata__\":{\"a\":\"\\ud800\\u0041\"}}",
    "{\"a\":\(tensor("U8", "[-1]", 0, 0))}", "{\"a\":\(tensor("U8", "[01]", 0, 1))}",
    "{\"a\":\(tensor("U8", "[1.0]", 0, 1))}", "{\"a\":\(tensor("U8", "[1,]", 0, 1))}",
    "{\"a\":\(tensor("U8", "[99999999999999999999]", 0, 1))}",
    "{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1,2]}}",
    "{\"a\":{\"dtype\":\"U8\",\"shape\":[1]}}",
    "{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1],\"extra\":[]}}",
  ])
  func `a header outside the grammar is malformed`(header: String) throws {
    let error = #expect(throws: SafetensorsError.self) {
      try SafetensorsFile(bytes: file(header: header, data: 1))
    }
    guard case .malformedHeader(let offset, _) = try #require(error) else {
      Issue.record("\(header): \(String(describing: error))")
      return
    }
    #expect((0...header.utf8.count).contains(offset))
  }

  @Test(arguments: [
    ("", 0, #""{" is expected."#), ("{}x", 2, "Only spaces may follow the object."),
    (#"{"a":1}"#, 5, #""{" is expected."#), (#"{"a""#, 4, #"":" is expected."#),
    (#"{"__metadata__":{"a":"\x"}}"#, 24, "The escape sequence is unknown."),
    (
      "{\"a\":\(tensor("U8", "[-1]", 0, 0))}", 28, "A whole number without sign is expected."
    ),
    ("{\"a\":\(tensor("U8", "[01]", 0, 1))}", 30, "A number must not start with a zero."),
    (#"{"a":{}}"#, 7, "The tensor \"a\" needs dtype, shape and two data_offsets."),
  ])
  func `a malformed header is refused with the place and what belongs there`(
    header: String, offset: Int, reason: String
  ) {
    #expect(throws: SafetensorsError.malformedHeader(offset: offset, reason: reason)) {
      try SafetensorsFile(bytes: file(header: header, data: 1))
    }
  }

  @Test func `text that is not UTF-8 is malformed`() {
    var bytes = file(header: #"{"__metadata__":{"a":"b"}}"#, data: 0)
    bytes[bytes.count - 4] = 0xFF
    #expect(throws: SafetensorsError.self) { try SafetensorsFile(bytes: bytes) }
  }

  @Test func `ten thousand damaged files are refused or read, and never crash`() {
    var generator = RandomStream(seed: 20_260_101, purpose: "test-safetensors")
    let original = sampleFile.serialized()
    let headerEnd = 8 + Int(original[0]) + Int(original[1]) << 8
    let fragments = ["\"", "{", "}", "[", "]", ",", ":", "\\", "9", "-", "F32", "\\u", "\0"]
    var refused = 0
    var read = 0
    for round in 0..<10_000 {
      var bytes = original
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        let position = Int.random(in: 0..<min(headerEnd, bytes.count), using: &generator)
        switch Int.random(in: 0..<5, using: &generator) {
        case 0: bytes[position] = UInt8.random(in: 0...255, using: &generator)
        case 1: bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        case 2: bytes.remove(at: position)
        case 3:
          let fragment = fragments[Int.random(in: 0..<fragments.count, using: &generator)]
          bytes.replaceSubrange(
            position..<min(position + fragment.utf8.count, bytes.count), with: fragment.utf8)
        default: bytes.removeLast(Int.random(in: 0..<min(200, bytes.count), using: &generator))
        }
        if bytes.isEmpty { break }
      }
      do {
        let file = try SafetensorsFile(bytes: bytes)
        // Whatever is accepted has a meaning that survives a round trip.
        let again = try SafetensorsFile(bytes: file.serialized())
        #expect(Set(again.tensors) == Set(file.tensors), "round \(round)")
        #expect(again.metadata == file.metadata, "round \(round)")
        read += 1
      } catch {
        refused += 1
      }
    }
    #expect(refused > 5000)
    #expect(read > 100)
  }
}
