import ReinforcementLearning

/// What the built-in tasks are drawn in.
extension Picture.Color {
  static let paper = Picture.Color(0xFAFAF7)
  static let ink = Picture.Color(0x2B303B)
  static let gray = Picture.Color(0x9AA3AF)
  static let faint = Picture.Color(0xD9DDE2)
  static let blue = Picture.Color(0x2F6DB5)
  static let paleBlue = Picture.Color(0xA9C7E8)
  static let green = Picture.Color(0x3E9B5C)
  static let paleGreen = Picture.Color(0xB9D8A8)
  static let orange = Picture.Color(0xE8792B)
  static let red = Picture.Color(0xD1383D)
  static let yellow = Picture.Color(0xF2C14E)
  static let purple = Picture.Color(0x7A5BA6)
  static let wood = Picture.Color(0xC28B4E)
  static let night = Picture.Color(0x171B22)
}

extension Picture {
  /// A picture of square cells, each one unit wide, row 0 at the top.
  init(rows: Int, columns: Int, background: Color = .paper) {
    self.init(x: 0...Double(columns), y: 0...Double(rows), background: background)
  }

  /// Fills a cell but for a margin.
  mutating func cell(row: Int, column: Int, of rows: Int, margin: Double = 0.06, _ color: Color) {
    let (left, bottom) = (Double(column), Double(rows - 1 - row))
    rectangle(
      from: [left + margin, bottom + margin], to: [left + 1 - margin, bottom + 1 - margin], color)
  }

  /// Adds an arrow along an axis, as long as what it stands for is large; none where that is 0.
  mutating func arrow(at start: SIMD2<Double>, to end: SIMD2<Double>, width: Double, _ color: Color)
  {
    let way = end - start
    let length = (way * way).sum().squareRoot()
    guard length > 0 else { return }
    let along = way / length * (2 * width)
    let across = SIMD2(-along.y, along.x)
    line(from: start, to: end, width: width, color)
    polygon([end + 1.4 * along, end + across, end - across], color)
  }

  /// Adds bits as cells, blue for 1, in a rectangle: as many columns as there are rows, or a few more.
  ///
  /// - Parameters:
  ///   - count: how many.
  ///   - bits: their values; nil for cells that have none yet.
  /// - Returns: a picture of its own.
  static func bits(_ count: Int, _ bits: [Int]?) -> Picture {
    let columns = max(1, Int((4.0 / 3 * Double(count)).squareRoot().rounded(.up)))
    let rows = (count + columns - 1) / columns
    var picture = Picture(rows: rows, columns: columns)
    for index in 0..<count {
      let color: Color = bits.map { $0[index] == 1 ? .blue : .paleBlue } ?? .faint
      picture.cell(row: index / columns, column: index % columns, of: rows, margin: 0.1, color)
    }
    return picture
  }
}

extension Picture {
  /// This picture with bars below, from the middle of a strip up or down.
  ///
  /// - Parameter bars: 3 and more fill half of the strip.
  /// - Returns: a picture that is higher by a half.
  func above(bars: [Float]) -> Picture {
    let (width, height) = (x.upperBound - x.lowerBound, y.upperBound - y.lowerBound)
    let middle = y.lowerBound - height / 4
    var picture = Picture(
      x: x, y: y.lowerBound - height / 2...y.upperBound, background: background)
    for shape in shapes { picture.polygon(shape.corners, shape.color) }
    let step = width / Double(bars.count)
    for (index, bar) in bars.enumerated() {
      let end = middle + height / 4 * Double(min(max(bar / 3, -1), 1))
      let left = x.lowerBound + Double(index) * step
      picture.rectangle(from: [left + step / 4, middle], to: [left + step * 3 / 4, end], .purple)
    }
    picture.line(
      from: [x.lowerBound, middle], to: [x.upperBound, middle], width: height / 100, .ink)
    return picture
  }
}
