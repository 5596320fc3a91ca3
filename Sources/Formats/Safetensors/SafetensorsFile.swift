/// A safetensors file in memory: named arrays of numbers and a map of strings.
///
/// The format is that of https://huggingface.co/docs/safetensors: eight bytes with the size of the
/// header, the header as JSON, then the data, where tensors follow each other without gaps.
public struct SafetensorsFile: Sendable, Hashable {
  /// The largest header that is read, in bytes: the limit of the reference implementation.
  public static let headerLimit = 100_000_000

  /// A tensor and its name.
  public struct Entry: Sendable, Hashable {
    /// The name, unique in the file; `__metadata__` is reserved by the format.
    public let name: String
    /// The numbers.
    public let tensor: SafetensorsTensor

    /// Names a tensor.
    public init(_ name: String, _ tensor: SafetensorsTensor) {
      self.name = name
      self.tensor = tensor
    }
  }

  /// Free text by key.
  public var metadata: [String: String]
  /// The tensors; those that were read come in the order of their data.
  public var tensors: [Entry]

  /// A file of the given contents.
  public init(metadata: [String: String] = [:], tensors: [Entry] = []) {
    self.metadata = metadata
    self.tensors = tensors
  }

  /// The first tensor of that name, or nil.
  public subscript(name: String) -> SafetensorsTensor? {
    tensors.first { $0.name == name }?.tensor
  }

  /// Adds a tensor behind those that are already there.
  public mutating func append(_ name: String, _ tensor: SafetensorsTensor) {
    tensors.append(Entry(name, tensor))
  }

  /// Reads a file, believing nothing in it.
  public init(bytes: [UInt8]) throws(SafetensorsError) {
    guard bytes.count >= 8 else { throw .truncated(needed: 8, available: bytes.count) }
    let size = (0..<8).reduce(UInt64(0)) { $0 | UInt64(bytes[$1]) << (8 * UInt64($1)) }
    guard size <= UInt64(Self.headerLimit) else {
      throw .headerTooLarge(size: size, limit: Self.headerLimit)
    }
    let dataStart = 8 + Int(size)
    guard bytes.count >= dataStart else {
      throw .truncated(needed: dataStart, available: bytes.count)
    }
    let header = try SafetensorsHeaderParser.parse(bytes[8..<dataStart])
    self.init(metadata: header.metadata)

    let available = bytes.count - dataStart
    var previousEnd = 0
    for record in header.records.sorted(by: { $0.precedes($1) }) {
      guard record.begin <= record.end, record.end <= available else {
        throw .offsetsOutOfRange(
          tensor: record.name, begin: record.begin, end: record.end, available: available)
      }
      guard record.begin >= previousEnd else {
        throw .overlappingOffsets(
          tensor: record.name, begin: record.begin, previousEnd: previousEnd)
      }
      guard record.begin == previousEnd else {
        throw .unusedBytes(begin: record.begin, previousEnd: previousEnd)
      }
      let found = record.end - record.begin
      guard SafetensorsTensor.byteCount(record.dtype, record.shape) == found else {
        throw .wrongByteCount(
          tensor: record.name, dtype: record.dtype, shape: record.shape, found: found)
      }
      let tensor = SafetensorsTensor(
        dtype: record.dtype, shape: record.shape,
        bytes: Array(bytes[dataStart + record.begin..<dataStart + record.end]))
      append(record.name, tensor)
      previousEnd = record.end
    }
    guard previousEnd == available else {
      throw .unusedBytes(begin: available, previousEnd: previousEnd)
    }
  }

  /// The bytes of the file, the same for the same contents.
  ///
  /// Data of wider elements comes first, as in the reference implementation, so that every tensor
  /// is aligned; otherwise the order of ``tensors`` stays. Names must be unique.
  public func serialized() -> [UInt8] {
    let ordered = tensors.enumerated().sorted {
      ($1.element.tensor.dtype.size, $0.offset) < ($0.element.tensor.dtype.size, $1.offset)
    }.map(\.element)
    var members: [(key: String, json: String)] = []
    if !metadata.isEmpty {
      let pairs = metadata.map { (key: $0.key, json: quotedJSON($0.value)) }
      members.append((key: metadataKey, json: jsonObject(pairs)))
    }
    var offset = 0
    for entry in ordered {
      insist(entry.name != metadataKey, "A tensor cannot be named \(metadataKey).")
      let end = offset + entry.tensor.bytes.count
      let shape = entry.tensor.shape.map(String.init).joined(separator: ",")
      let json =
        "{\"data_offsets\":[\(offset),\(end)],\"dtype\":\"\(entry.tensor.dtype.rawValue)\","
        + "\"shape\":[\(shape)]}"
      members.append((key: entry.name, json: json))
      offset = end
    }
    insist(Set(members.map(\.key)).count == members.count, "A tensor's name is used twice.")

    var header = Array(jsonObject(members).utf8)
    while header.count % 8 != 0 { header.append(UInt8(ascii: " ")) }
    var result: [UInt8] = []
    result.reserveCapacity(8 + header.count + offset)
    for shift in 0..<8 { result.append(UInt8(truncatingIfNeeded: header.count >> (8 * shift))) }
    result.append(contentsOf: header)
    for entry in ordered { result.append(contentsOf: entry.tensor.bytes) }
    return result
  }
}

/// The header's key for the map of strings.
let metadataKey = "__metadata__"

/// A JSON object with its keys in the order of their UTF-8 bytes.
private func jsonObject(_ members: [(key: String, json: String)]) -> String {
  let sorted = members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
  return "{" + sorted.map { quotedJSON($0.key) + ":" + $0.json }.joined(separator: ",") + "}"
}

private func quotedJSON(_ text: String) -> String {
  var result = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"": result += "\\\""
    case "\\": result += "\\\\"
    case "\n": result += "\\n"
    case "\r": result += "\\r"
    case "\t": result += "\\t"
    case "\0"..<" ":
      let hex = String(scalar.value, radix: 16)
      result += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result + "\""
}
