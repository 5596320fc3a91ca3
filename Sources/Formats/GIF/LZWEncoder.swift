/// The compression of GIF files: Welch (1984), "A technique for high-performance data compression", with codes of
/// growing width, the lowest bit first.
struct LZWEncoder {
  /// The most codes that there are.
  private static let limit = 4096
  /// Places of the table that finds a code by the one before and a symbol; a power of two.
  private static let places = 16_384

  private var bytes: [UInt8] = []
  private var waiting: UInt32 = 0
  private var waitingBits = 0
  /// Bits of a code now.
  private var width = 0

  /// Compresses symbols.
  ///
  /// - Parameters:
  ///   - symbols: each below 2 to the power of `bits`.
  ///   - bits: from 2 to 8.
  /// - Returns: the codes, beginning with the one that clears the table.
  static func encoded(_ symbols: [UInt8], bits: Int) -> [UInt8] {
    var encoder = LZWEncoder()
    encoder.encode(symbols, bits: bits)
    return encoder.bytes
  }

  private mutating func encode(_ symbols: [UInt8], bits: Int) {
    let (clear, end) = (1 << bits, 1 << bits + 1)
    width = bits + 1
    emit(clear)
    guard let first = symbols.first else { return finish(end) }
    // What a place is taken by, a code and the symbol behind it, and the code that the two have; −1 is free.
    var keys = [Int32](repeating: -1, count: Self.places)
    var codes = [Int32](repeating: 0, count: Self.places)
    var next = end + 1
    var prefix = Int(first)
    for symbol in symbols.dropFirst() {
      let key = Int32(prefix << 8 | Int(symbol))
      var place = Int((UInt32(bitPattern: key) &* 0x9E37_79B1) >> 18)
      while keys[place] != key, keys[place] >= 0 { place = (place + 1) & (Self.places - 1) }
      if keys[place] == key {
        prefix = Int(codes[place])
        continue
      }
      emit(prefix)
      if next < Self.limit {
        (keys[place], codes[place]) = (key, Int32(next))
        // The reader learns of a code one step later, so that this one is the first that it needs a bit more for.
        if next == 1 << width { width += 1 }
        next += 1
      } else {
        emit(clear)
        for place in keys.indices { keys[place] = -1 }
        (next, width) = (end + 1, bits + 1)
      }
      prefix = Int(symbol)
    }
    emit(prefix)
    // The reader has learned of one more code by then.
    if next == 1 << width, next < Self.limit { width += 1 }
    finish(end)
  }

  private mutating func emit(_ code: Int) {
    waiting |= UInt32(code) << UInt32(waitingBits)
    waitingBits += width
    while waitingBits >= 8 {
      bytes.append(UInt8(truncatingIfNeeded: waiting))
      waiting >>= 8
      waitingBits -= 8
    }
  }

  private mutating func finish(_ end: Int) {
    emit(end)
    if waitingBits > 0 { bytes.append(UInt8(truncatingIfNeeded: waiting)) }
  }
}
