/// Some of the 10 × 10 cells of a game, as bits: cell 10 · row + column.
struct MinAtarCells: Codable, Hashable, Sendable {
  /// Cells 0 to 63.
  private var low: UInt64 = 0
  /// The others.
  private var high: UInt64 = 0

  @inline(__always)
  private var bits: UInt128 {
    get { UInt128(high) << 64 | UInt128(low) }
    set {
      low = UInt64(truncatingIfNeeded: newValue)
      high = UInt64(truncatingIfNeeded: newValue >> 64)
    }
  }

  private static var all: UInt128 { 1 << 100 - 1 }

  /// The cells of the column 0.
  private static var firstColumn: UInt128 { all / 0x3FF }

  /// How many there are.
  @inline(__always)
  var count: Int { low.nonzeroBitCount + high.nonzeroBitCount }

  /// Whether there are none.
  @inline(__always)
  var isEmpty: Bool { low | high == 0 }

  /// How many bits belong to no cell.
  var countOutside: Int { (bits & ~Self.all).nonzeroBitCount }

  @inline(__always)
  func contains(_ row: Int, _ column: Int) -> Bool { bits &>> Self.shift(row, column) & 1 != 0 }

  @inline(__always)
  mutating func insert(_ row: Int, _ column: Int) { bits |= 1 &<< Self.shift(row, column) }

  @inline(__always)
  private static func shift(_ row: Int, _ column: Int) -> UInt128 {
    UInt128(truncatingIfNeeded: 10 &* row &+ column)
  }

  @inline(__always)
  func intersection(_ other: MinAtarCells) -> MinAtarCells {
    var both = self
    both.low &= other.low
    both.high &= other.high
    return both
  }

  @inline(__always)
  mutating func subtract(_ other: MinAtarCells) {
    low &= ~other.low
    high &= ~other.high
  }

  /// Whether some are in a column.
  func meetsColumn(_ column: Int) -> Bool { bits & Self.firstColumn &<< Self.shift(0, column) != 0 }

  /// The row of the lowest one in a column; nil where there is none.
  func lowestRow(inColumn column: Int) -> Int? {
    let found = bits & Self.firstColumn &<< Self.shift(0, column)
    return found == 0 ? nil : (127 - found.leadingZeroBitCount) / 10
  }

  /// A row up; those in the first row are gone.
  @inline(__always)
  mutating func moveUp() { bits >>= 10 }

  /// A row down; those in the last row are gone.
  @inline(__always)
  mutating func moveDown() { bits = bits << 10 & Self.all }

  /// A row down; those in the last row come to the first.
  ///
  /// - Returns: whether there were such.
  mutating func rotateDown() -> Bool {
    let lastRow = bits >> 90
    bits = bits << 10 & Self.all | lastRow
    return lastRow != 0
  }

  /// A column to the left, where none is in the first one.
  @inline(__always)
  mutating func moveLeft() { bits >>= 1 }

  /// A column to the right, where none is in the last one.
  @inline(__always)
  mutating func moveRight() { bits <<= 1 }

  /// Calls with the number of each row that has some, and with its columns as bits.
  @inline(__always)
  func forEachRow(_ body: (_ row: Int, _ columns: UInt32) -> Void) {
    var (rest, row) = (bits, 0)
    while rest != 0 {
      let columns = UInt32(truncatingIfNeeded: rest) & 0x3FF
      if columns != 0 { body(row, columns) }
      rest >>= 10
      row += 1
    }
  }

  /// Calls with the number of each cell.
  @inline(__always)
  func forEach(_ body: (Int) -> Void) {
    var rest = low
    while rest != 0 {
      body(rest.trailingZeroBitCount)
      rest &= rest - 1
    }
    rest = high
    while rest != 0 {
      body(64 + rest.trailingZeroBitCount)
      rest &= rest - 1
    }
  }
}
