import Glibc

/// Writes films as GIF files (GIF89a; CompuServe, 1990).
///
/// A frame is stored as the rectangle in which it differs from the one before, transparent where it does not if
/// that takes fewer bytes, and a frame that does not differ at all lengthens the one before. All share one table of
/// colors: their own where there are at most 256, else those of ``ColorTable``.
package struct GIFAnimation {
  /// The part of a frame that is new.
  private struct Part {
    let left, top, width, height: Int
    /// Red, green and blue, rows from the top.
    let colors: [UInt8]
    var hundredths: Int
  }

  /// Columns.
  package let width: Int
  /// Rows.
  package let height: Int
  private var parts: [Part] = []
  private var last: [UInt8] = []

  /// The most that fits the field for a frame's duration.
  private static let longest = 65_535

  /// A film without frames.
  ///
  /// - Parameters:
  ///   - width: columns, from 1 to 65535.
  ///   - height: rows, likewise.
  package init(width: Int, height: Int) {
    insist(
      (1...65_535).contains(width) && (1...65_535).contains(height),
      "A GIF has 1 to 65535 columns and rows, not \(width) × \(height).")
    (self.width, self.height) = (width, height)
  }

  /// Adds a frame.
  ///
  /// - Parameters:
  ///   - colors: red, green and blue of each pixel, rows from the top.
  ///   - hundredths: how long it is shown, in hundredths of a second. Most programs show less than 2 as 10.
  package mutating func append(_ colors: [UInt8], hundredths: Int) {
    insist(
      colors.count == 3 * width * height,
      "A frame of \(width) × \(height) has \(3 * width * height) numbers, not \(colors.count).")
    if let part = changedPart(colors, hundredths) {
      parts.append(part)
      last = colors
    } else {
      let sum = parts[parts.count - 1].hundredths + hundredths
      parts[parts.count - 1].hundredths = min(sum, Self.longest)
    }
  }

  /// The smallest rectangle outside which nothing changes; nil where nothing does.
  private func changedPart(_ colors: [UInt8], _ hundredths: Int) -> Part? {
    guard !parts.isEmpty else {
      return Part(
        left: 0, top: 0, width: width, height: height, colors: colors, hundredths: hundredths)
    }
    let size = 3 * width
    // Row by row in one call of the C library: a film is mostly rows that are the same.
    let changed = (0..<height).filter { y in
      colors.withUnsafeBytes { new in
        last.withUnsafeBytes { old in
          guard let new = new.baseAddress, let old = old.baseAddress else { return false }
          return memcmp(new + y * size, old + y * size, size) != 0
        }
      }
    }
    guard let top = changed.first, let bottom = changed.last else { return nil }
    var (left, right) = (width, 0)
    for y in changed {
      let start = y * size
      func isSame(_ x: Int) -> Bool {
        let place = start + 3 * x
        return colors[place..<place + 3] == last[place..<place + 3]
      }
      left = (0..<left).first { !isSame($0) } ?? left
      right = (right..<width).last { !isSame($0) }.map { $0 + 1 } ?? right
    }
    var part: [UInt8] = []
    for y in top...bottom {
      let start = y * size
      part += colors[start + 3 * left..<start + 3 * right]
    }
    return Part(
      left: left, top: top, width: right - left, height: bottom - top + 1, colors: part,
      hundredths: hundredths)
  }

  /// The bytes of a file that plays the film again and again.
  ///
  /// - Returns: a GIF; the film has at least one frame.
  package func encoded() -> [UInt8] {
    insist(!parts.isEmpty, "A film without frames cannot be written.")
    let table = ColorTable(of: parts.map(\.colors))
    // Colors, and one more if that fits, are numbered in so many bits, of which the file has one less.
    let bits = max(1, Int.bitWidth - min(table.colors.count, 255).leadingZeroBitCount)
    var bytes = Array("GIF89a".utf8) + littleEndian(width) + littleEndian(height)
    bytes += [0xF0 | UInt8(bits - 1), 0, 0]
    for index in 0..<1 << bits {
      let color = index < table.colors.count ? table.colors[index] : 0
      bytes += [16, 8, 0].map { UInt8(truncatingIfNeeded: color >> $0) }
    }
    // Netscape's extension: how often it is repeated, 0 for without end.
    bytes += [0x21, 0xFF, 11] + Array("NETSCAPE2.0".utf8) + [3, 1, 0, 0, 0]
    var canvas = [UInt8](repeating: 0, count: 3 * width * height)
    for (number, part) in parts.enumerated() {
      let symbols = table.indices(of: part.colors)
      let codeBits = max(2, bits)
      var (codes, transparent) = (LZWEncoder.encoded(symbols, bits: codeBits), UInt8?.none)
      let repeats = draw(part, on: &canvas)
      // A number that no color has stands for what is there already.
      if number > 0, table.colors.count < 1 << bits {
        let free = UInt8(table.colors.count)
        let others = zip(symbols, repeats).map { $1 ? free : $0 }
        let fewer = LZWEncoder.encoded(others, bits: codeBits)
        if fewer.count < codes.count { (codes, transparent) = (fewer, free) }
      }
      // What was drawn stays.
      bytes += [0x21, 0xF9, 4, transparent == nil ? 0x04 : 0x05]
      bytes += littleEndian(part.hundredths) + [transparent ?? 0, 0]
      bytes += [0x2C] + littleEndian(part.left) + littleEndian(part.top)
      bytes += littleEndian(part.width) + littleEndian(part.height) + [0]
      bytes.append(UInt8(codeBits))
      appendBlocks(codes, to: &bytes)
    }
    bytes.append(0x3B)
    return bytes
  }

  /// Draws a part on what was there before.
  ///
  /// - Returns: for each of its pixels whether it was there before.
  private func draw(_ part: Part, on canvas: inout [UInt8]) -> [Bool] {
    var repeats: [Bool] = []
    repeats.reserveCapacity(part.width * part.height)
    for y in 0..<part.height {
      for x in 0..<part.width {
        let from = 3 * (y * part.width + x)
        let to = 3 * ((part.top + y) * width + part.left + x)
        var isSame = true
        for channel in 0..<3 where canvas[to + channel] != part.colors[from + channel] {
          isSame = false
          canvas[to + channel] = part.colors[from + channel]
        }
        repeats.append(isSame)
      }
    }
    return repeats
  }

  private func littleEndian(_ number: Int) -> [UInt8] {
    [UInt8(truncatingIfNeeded: number), UInt8(truncatingIfNeeded: number >> 8)]
  }

  /// Blocks of at most 255 bytes behind their length, and an empty one at the end.
  private func appendBlocks(_ content: [UInt8], to bytes: inout [UInt8]) {
    for start in stride(from: 0, to: content.count, by: 255) {
      let block = content[start..<min(start + 255, content.count)]
      bytes.append(UInt8(block.count))
      bytes += block
    }
    bytes.append(0)
  }
}
