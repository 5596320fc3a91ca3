import ReinforcementLearning

/// An image as characters, each of which has two pixels: the upper half of a block in its own color, the lower half in
/// that of the background.
enum HalfBlocks {
  /// What colors a terminal has.
  enum Colors {
    /// Those of a cube of 6 × 6 × 6 and 24 grays, by number.
    case indexed
    /// All.
    case direct

    /// The codes that set a color, 38 before them for the foreground and 48 for the background.
    func codes(_ color: Picture.Color) -> String {
      switch self {
      case .indexed: "5;\(Self.index(of: color))"
      case .direct: "2;\(color.red);\(color.green);\(color.blue)"
      }
    }

    /// The number of the nearest color of 256.
    static func index(of color: Picture.Color) -> Int {
      let parts = [color.red, color.green, color.blue].map { Int($0) }
      func distance(_ other: [Int]) -> Int {
        zip(parts, other).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
      }
      let levels = [0, 95, 135, 175, 215, 255]
      let places = parts.map { part in
        levels.indices.min { abs(levels[$0] - part) < abs(levels[$1] - part) } ?? 0
      }
      let cube = 16 + 36 * places[0] + 6 * places[1] + places[2]
      let gray = min(max((parts.reduce(0, +) / 3 - 3) / 10, 0), 23)
      let grays = [Int](repeating: 8 + 10 * gray, count: 3)
      return distance(grays) < distance(places.map { levels[$0] }) ? 232 + gray : cube
    }
  }

  /// The lines of an image; each ends in the terminal's own colors.
  static func lines(_ image: Pixels, _ colors: Colors) -> [String] {
    stride(from: 0, to: image.height, by: 2).map { y in
      var line = ""
      var codes = ""
      for x in 0..<image.width {
        var next = "38;" + colors.codes(image[x, y])
        if y + 1 < image.height { next += ";48;" + colors.codes(image[x, y + 1]) }
        if next != codes { line += "\u{1B}[\(next)m" }
        codes = next
        line += "▀"
      }
      return line + "\u{1B}[0m"
    }
  }
}
