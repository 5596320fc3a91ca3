import GSL

/// From shapes to pixels.
extension Picture {
  /// The picture as pixels.
  ///
  /// A pixel that a shape covers in part gets its color in part, in steps of a sixteenth.
  ///
  /// - Parameters:
  ///   - width: columns at most, at least 1.
  ///   - height: rows at most, at least 1.
  /// - Returns: the largest image of the picture's shape that fits.
  public func pixels(within width: Int, _ height: Int) -> Pixels {
    insist(width > 0 && height > 0, "There is no image of \(width) × \(height) pixels.")
    let extent = SIMD2(x.upperBound - x.lowerBound, y.upperBound - y.lowerBound)
    let scale = min(Double(width) / extent.x, Double(height) / extent.y)
    func count(_ extent: Double, _ most: Int) -> Int {
      min(max(Int((scale * extent).rounded()), 1), most)
    }
    let (columns, rows) = (count(extent.x, width), count(extent.y, height))
    var rasterizer = Rasterizer(
      image?.resized(width: columns, height: rows)
        ?? Pixels(width: columns, height: rows, background))
    let stretch = SIMD2(Double(columns), Double(rows)) / extent
    for shape in shapes {
      let corners = shape.corners.map { corner in
        SIMD2(corner.x - x.lowerBound, y.upperBound - corner.y) * stretch
      }
      rasterizer.fill(corners, shape.color)
    }
    return rasterizer.pixels
  }
}

/// Fills polygons in an image: four rows of four samples in each pixel say how much of it is inside.
private struct Rasterizer {
  private(set) var pixels: Pixels
  /// `[width]`, how many samples of each pixel of a row are inside.
  private var inside: [Int]
  /// Where the edges of a polygon meet a row of samples, and the way in which they do.
  private var crossings: [(x: Double, turn: Int)] = []

  private static let samples = 4

  init(_ pixels: Pixels) {
    self.pixels = pixels
    inside = Array(repeating: 0, count: pixels.width)
  }

  /// - Parameters:
  ///   - corners: in pixels, from the top left corner of the image.
  ///   - color: of the inside.
  mutating func fill(_ corners: [SIMD2<Double>], _ color: Picture.Color) {
    guard corners.allSatisfy({ $0.x.isFinite && $0.y.isFinite }), let last = corners.last,
      let top = corners.map(\.y).min(), let bottom = corners.map(\.y).max()
    else { return }
    let scale = Double(Self.samples)
    let edges = zip([last] + corners, corners).map { (start: $0 * scale, end: $1 * scale) }
    let first = Int(min(max(top, 0), Double(pixels.height)))
    let end = Int(min(max(bottom.rounded(.up), 0), Double(pixels.height)))
    for row in first..<max(first, end) {
      var (left, right) = (pixels.width, 0)
      for sample in row * Self.samples..<(row + 1) * Self.samples {
        findCrossings(edges, Double(sample) + 0.5)
        countInside(&left, &right)
      }
      for column in left..<max(left, right) where inside[column] > 0 {
        mix(color, into: row * pixels.width + column, inside[column])
        inside[column] = 0
      }
    }
  }

  private mutating func findCrossings(
    _ edges: [(start: SIMD2<Double>, end: SIMD2<Double>)], _ y: Double
  ) {
    crossings.removeAll(keepingCapacity: true)
    for (start, end) in edges where (start.y <= y) != (end.y <= y) {
      let share = (y - start.y) / (end.y - start.y)
      crossings.append((start.x + share * (end.x - start.x), start.y < end.y ? 1 : -1))
    }
    crossings.sort { $0.x < $1.x }
  }

  /// Counts the samples of a row that the edges wind around, and moves the ends of the pixels that have such.
  private mutating func countInside(_ left: inout Int, _ right: inout Int) {
    let end = pixels.width * Self.samples
    var (turns, start) = (0, 0)
    for crossing in crossings {
      // The first sample to the right.
      let sample = Int(min(max((crossing.x - 0.5).rounded(.up), 0), Double(end)))
      if turns == 0 { start = sample }
      turns += crossing.turn
      guard turns == 0, start < sample else { continue }
      let (first, last) = (start / Self.samples, (sample - 1) / Self.samples)
      for column in first...last { inside[column] += Self.samples }
      inside[first] -= start - first * Self.samples
      inside[last] -= (last + 1) * Self.samples - sample
      (left, right) = (min(left, first), max(right, last + 1))
    }
  }

  private mutating func mix(_ color: Picture.Color, into pixel: Int, _ samples: Int) {
    let all = Self.samples * Self.samples
    func mixed(_ before: UInt8, _ value: UInt8) -> UInt8 {
      UInt8(
        truncatingIfNeeded: (Int(before) * (all - samples) + Int(value) * samples + all / 2) / all)
    }
    let start = 3 * pixel
    pixels.bytes[start] = mixed(pixels.bytes[start], color.red)
    pixels.bytes[start + 1] = mixed(pixels.bytes[start + 1], color.green)
    pixels.bytes[start + 2] = mixed(pixels.bytes[start + 2], color.blue)
  }
}
