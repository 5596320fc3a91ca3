import GSL

/// An image as screens show it.
public struct Pixels: Hashable, Sendable {
  /// Columns, at least 1.
  public let width: Int
  /// Rows, at least 1.
  public let height: Int
  /// `[height, width, 3]`, red, green and blue of each pixel, rows from the top.
  public internal(set) var bytes: [UInt8]

  /// Takes an image over.
  ///
  /// - Parameters:
  ///   - width: columns, at least 1.
  ///   - height: rows, at least 1.
  ///   - bytes: `[height, width, 3]`, rows from the top.
  public init(width: Int, height: Int, bytes: [UInt8]) {
    insist(
      width > 0 && height > 0 && bytes.count == 3 * width * height,
      "An image of \(width) × \(height) pixels cannot have \(bytes.count) bytes.")
    (self.width, self.height, self.bytes) = (width, height, bytes)
  }

  /// An image of one color.
  public init(width: Int, height: Int, _ color: Picture.Color) {
    let row = (0..<width).flatMap { _ in [color.red, color.green, color.blue] }
    self.init(width: width, height: height, bytes: (0..<height).flatMap { _ in row })
  }

  /// The color of a pixel, counted from the left and from the top.
  public subscript(x: Int, y: Int) -> Picture.Color {
    let start = 3 * (y * width + x)
    return Picture.Color(red: bytes[start], green: bytes[start + 1], blue: bytes[start + 2])
  }

  /// The same image in another size, each pixel the mean of what it covers.
  func resized(width newWidth: Int, height newHeight: Int) -> Pixels {
    if (newWidth, newHeight) == (width, height) { return self }
    let columns = Self.shares(width, newWidth)
    var result = Pixels(width: newWidth, height: newHeight, Picture.Color(0))
    for (y, rows) in Self.shares(height, newHeight).enumerated() {
      // Down first, along whole rows.
      var line = [Float](repeating: 0, count: 3 * width)
      for (row, share) in rows {
        for index in line.indices { line[index] += share * Float(bytes[3 * width * row + index]) }
      }
      for (x, columns) in columns.enumerated() {
        for channel in 0..<3 {
          let mean = columns.reduce(0) { $0 + $1.share * line[3 * $1.pixel + channel] }
          result.bytes[3 * (y * newWidth + x) + channel] = UInt8(mean.rounded())
        }
      }
    }
    return result
  }

  /// Which pixels of an axis each of the new ones covers, and by which share of itself.
  private static func shares(_ count: Int, _ newCount: Int) -> [[(pixel: Int, share: Float)]] {
    let extent = Double(count) / Double(newCount)
    return (0..<newCount).map { new in
      let (start, end) = (Double(new) * extent, Double(new + 1) * extent)
      return (Int(start)..<min(Int(end.rounded(.up)), count)).map { pixel in
        let covered = min(end, Double(pixel + 1)) - max(start, Double(pixel))
        return (pixel, Float(covered / extent))
      }
    }
  }
}
