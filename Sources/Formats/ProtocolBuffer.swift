/// The bytes of one protocol buffer message, written field by field.
///
/// https://protobuf.dev/programming-guides/encoding
struct ProtocolBuffer {
  private(set) var bytes: [UInt8] = []

  private enum WireType: UInt64 {
    case variableLength = 0
    case eightBytes = 1
    case counted = 2
    case fourBytes = 5
  }

  mutating func append(_ field: UInt64, double: Double) {
    appendKey(field, .eightBytes)
    appendLittleEndian(double.bitPattern)
  }

  mutating func append(_ field: UInt64, float: Float) {
    appendKey(field, .fourBytes)
    appendLittleEndian(float.bitPattern)
  }

  mutating func append(_ field: UInt64, integer: Int64) {
    appendKey(field, .variableLength)
    appendVariableLength(UInt64(bitPattern: integer))
  }

  mutating func append(_ field: UInt64, text: String) {
    append(field, bytes: Array(text.utf8))
  }

  mutating func append(_ field: UInt64, message: ProtocolBuffer) {
    append(field, bytes: message.bytes)
  }

  /// Adds the bytes of a number without a key.
  mutating func appendLittleEndian(_ value: some FixedWidthInteger) {
    withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
  }

  /// Adds bytes as they are.
  mutating func append(contentsOf other: [UInt8]) {
    bytes.append(contentsOf: other)
  }

  mutating func append(_ field: UInt64, bytes content: [UInt8]) {
    appendKey(field, .counted)
    appendVariableLength(UInt64(content.count))
    bytes.append(contentsOf: content)
  }

  private mutating func appendKey(_ field: UInt64, _ type: WireType) {
    appendVariableLength(field << 3 | type.rawValue)
  }

  private mutating func appendVariableLength(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}
