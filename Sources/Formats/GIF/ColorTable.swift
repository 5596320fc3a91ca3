/// At most 256 colors that stand for those of a film.
///
/// With no more than that the table has them as they are. Else colors that agree in the upper five bits of red,
/// green and blue count as one, and these cells are divided by median cut: Heckbert (1982), "Color image
/// quantization for frame buffer display".
struct ColorTable {
  /// Red in the bits from 16, green in those from 8, blue in those from 0.
  let colors: [UInt32]
  /// The index of each color, where the table has all of them.
  private let exact: [UInt32: UInt8]
  /// `[32768]`, the index of each cell's color, where it has not.
  private let cells: [UInt8]

  private static let limit = 256

  /// Makes the table of some frames.
  ///
  /// - Parameter frames: each red, green and blue of its pixels.
  init(of frames: [[UInt8]]) {
    if let all = Self.exactColors(of: frames) {
      colors = all
      exact = Dictionary(
        uniqueKeysWithValues: all.enumerated().map { ($0.element, UInt8($0.offset)) })
      cells = []
      return
    }
    let boxes = Self.medianCut(Self.cells(of: frames))
    var indices = [UInt8](repeating: 0, count: 1 << 15)
    for (index, box) in boxes.enumerated() {
      for cell in box { indices[cell.index] = UInt8(index) }
    }
    colors = boxes.map { box in
      let count = box.reduce(0) { $0 + $1.count }
      return (0..<3).reduce(0) { color, channel in
        color << 8 | UInt32((box.reduce(0) { $0 + $1.sums[channel] } + count / 2) / count)
      }
    }
    exact = [:]
    cells = indices
  }

  /// The index of each pixel's color.
  func indices(of colors: [UInt8]) -> [UInt8] {
    var indices: [UInt8] = []
    indices.reserveCapacity(colors.count / 3)
    // Pixels are mostly like their neighbors.
    var (last, index): (UInt32?, UInt8) = (nil, 0)
    Self.forEachColor(of: colors) { color in
      if color != last {
        index = cells.isEmpty ? exact[color] ?? 0 : cells[Self.cell(of: color)]
        last = color
      }
      indices.append(index)
    }
    return indices
  }

  /// All colors in ascending order; nil where there are more than the table holds.
  private static func exactColors(of frames: [[UInt8]]) -> [UInt32]? {
    var found: Set<UInt32> = []
    var last: UInt32?
    for frame in frames {
      forEachColor(of: frame) { color in
        if color != last, found.count <= limit { found.insert(color) }
        last = color
      }
      if found.count > limit { return nil }
    }
    return found.sorted()
  }

  @inline(__always)
  private static func forEachColor(of colors: [UInt8], _ body: (UInt32) -> Void) {
    for start in stride(from: 0, to: colors.count, by: 3) {
      body(UInt32(colors[start]) << 16 | UInt32(colors[start + 1]) << 8 | UInt32(colors[start + 2]))
    }
  }

  /// Pixels whose colors agree in their upper bits.
  private struct Cell {
    let index: Int
    var count = 0
    /// Of red, green and blue.
    var sums = SIMD3<Int>()

    func mean(_ channel: Int) -> Int { sums[channel] / count }
  }

  private static func cell(of color: UInt32) -> Int {
    let (red, green, blue) = (color >> 19 & 0x1F, color >> 11 & 0x1F, color >> 3 & 0x1F)
    return Int(red << 10 | green << 5 | blue)
  }

  /// The cells that have pixels.
  private static func cells(of frames: [[UInt8]]) -> [Cell] {
    var cells = (0..<1 << 15).map { Cell(index: $0) }
    for frame in frames {
      forEachColor(of: frame) { color in
        let index = cell(of: color)
        cells[index].count += 1
        cells[index].sums &+= SIMD3(
          Int(color >> 16), Int(color >> 8 & 0xFF), Int(color & 0xFF))
      }
    }
    return cells.filter { $0.count > 0 }
  }

  /// Divides cells into boxes: each time the one in which most pixels differ most, where half of its pixels are on
  /// either side.
  private static func medianCut(_ cells: [Cell]) -> [[Cell]] {
    /// In which channel a box is widest, and what dividing it is worth.
    func widest(_ box: [Cell]) -> (channel: Int, worth: Int) {
      let extents = (0..<3).map { channel in
        let means = box.map { $0.mean(channel) }
        return (means.max() ?? 0) - (means.min() ?? 0)
      }
      let channel = (0..<3).max { extents[$0] < extents[$1] } ?? 0
      return (channel, extents[channel] * box.reduce(0) { $0 + $1.count })
    }
    var boxes = [(cells: cells, widest: widest(cells))]
    while boxes.count < limit,
      let place = boxes.indices.max(by: { boxes[$0].widest.worth < boxes[$1].widest.worth }),
      boxes[place].widest.worth > 0
    {
      let channel = boxes[place].widest.channel
      let sorted = boxes[place].cells.sorted { $0.mean(channel) < $1.mean(channel) }
      let half = sorted.reduce(0) { $0 + $1.count } / 2
      var (split, count) = (0, 0)
      while split < sorted.count - 1, split == 0 || count + sorted[split].count <= half {
        count += sorted[split].count
        split += 1
      }
      let parts = [Array(sorted[..<split]), Array(sorted[split...])]
      boxes[place] = (parts[0], widest(parts[0]))
      boxes.append((parts[1], widest(parts[1])))
    }
    return boxes.map(\.cells)
  }
}
