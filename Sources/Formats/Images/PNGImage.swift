import CZlib

/// Writes gray images as PNG files.
package enum PNGImage {
  /// The bytes of a file.
  ///
  /// - Parameters:
  ///   - width: columns, at least 1.
  ///   - pixels: rows from the top, 0 black and 255 white; a whole number of rows.
  /// - Returns: an 8-bit grayscale image (PNG specification, third edition).
  package static func encoded(width: Int, pixels: [UInt8]) -> [UInt8] {
    insist(
      width > 0 && !pixels.isEmpty && pixels.count.isMultiple(of: width),
      "\(pixels.count) pixels are no whole number of rows of \(width).")
    let height = pixels.count / width
    var rows: [UInt8] = []
    rows.reserveCapacity(pixels.count + height)
    for row in 0..<height {
      // Each row begins with its filter; 0 is none.
      rows.append(0)
      rows.append(contentsOf: pixels[row * width..<(row + 1) * width])
    }
    var bytes: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    // Depth 8, gray, and the only methods there are for compression, filters and order.
    append("IHDR", bigEndian(width) + bigEndian(height) + [8, 0, 0, 0, 0], to: &bytes)
    append("IDAT", compressed(rows), to: &bytes)
    append("IEND", [], to: &bytes)
    return bytes
  }

  private static func append(_ type: String, _ content: [UInt8], to bytes: inout [UInt8]) {
    let checked = Array(type.utf8) + content
    bytes += bigEndian(content.count) + checked
    bytes += bigEndian(Int(crc32(0, checked, UInt32(checked.count))))
  }

  private static func bigEndian(_ value: Int) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
  }

  private static func compressed(_ bytes: [UInt8]) -> [UInt8] {
    var length = compressBound(UInt(bytes.count))
    var result = [UInt8](repeating: 0, count: Int(length))
    let status = compress(&result, &length, bytes, UInt(bytes.count))
    insist(status == Z_OK, "zlib could not compress \(bytes.count) bytes: \(status).")
    return Array(result.prefix(Int(length)))
  }
}
