/// Bytes on their way out, reused from message to message.
struct ByteWriter {
  private(set) var bytes: [UInt8] = []

  init() { bytes.reserveCapacity(4096) }

  var count: Int { bytes.count }

  mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

  @inline(__always)
  mutating func write(_ text: StaticString) {
    bytes.append(
      contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  mutating func write(text: String) { bytes.append(contentsOf: text.utf8) }

  @inline(__always)
  mutating func write(byte: UInt8) { bytes.append(byte) }

  /// A whole number in decimal digits.
  mutating func write(digits number: Int) {
    if number < 0 { bytes.append(0x2D) }
    var rest = number.magnitude
    guard rest > 9 else {
      bytes.append(0x30 + UInt8(rest))
      return
    }
    let start = bytes.count
    while rest > 0 {
      bytes.append(0x30 + UInt8(rest % 10))
      rest /= 10
    }
    var (low, high) = (start, bytes.count - 1)
    while low < high {
      bytes.swapAt(low, high)
      (low, high) = (low + 1, high - 1)
    }
  }

  /// A finite number in the fewest digits that give it back.
  mutating func write(number: Float) {
    if let whole = Int(exactly: number), whole.magnitude < 1 << 24 {
      write(digits: whole)
    } else {
      write(text: number.description)
    }
  }

  /// A finite number in the fewest digits that give it back.
  mutating func write(number: Double) {
    if let whole = Int(exactly: number), whole.magnitude < 1 << 53 {
      write(digits: whole)
    } else {
      write(text: number.description)
    }
  }

  /// A number as it lies in memory; the machines that this runs on are little-endian.
  @inline(__always)
  mutating func write<Number: BitwiseCopyable>(raw number: Number) {
    withUnsafeBytes(of: number) { bytes.append(contentsOf: $0) }
  }

  mutating func write(raw memory: UnsafeRawBufferPointer) { bytes.append(contentsOf: memory) }

  /// Overwrites four bytes that were written before.
  mutating func replace(at offset: Int, with number: UInt32) {
    withUnsafeBytes(of: number) { source in
      for index in 0..<4 { bytes[offset + index] = source[index] }
    }
  }
}
