/// Reads GIF films, strictly, for tests: an independent way back from what the library writes.
public struct GIFReader {
  /// What makes a file none that is understood here.
  public struct Malformed: Error {
    /// Where, in bytes from the beginning.
    public let offset: Int
  }

  /// An image of the film.
  public struct Frame: Hashable {
    /// Red, green and blue of each pixel, rows from the top, with what was drawn before.
    public let colors: [UInt8]
    /// How long it is shown.
    public let hundredths: Int
    /// Pixels of the rectangle that was stored.
    public let storedPixels: Int
  }

  /// Columns.
  public private(set) var width = 0
  /// Rows.
  public private(set) var height = 0
  /// In the order in which they are shown.
  public private(set) var frames: [Frame] = []
  /// Colors of the table.
  public private(set) var tableSize = 0
  /// Whether the film is repeated without end.
  public private(set) var isRepeated = false
  /// The most bits that a code of any frame had.
  public private(set) var widestCode = 0
  /// How often the table of codes was cleared within frames.
  public private(set) var clearings = 0

  private let bytes: [UInt8]
  private var offset = 0

  /// Reads a whole file.
  ///
  /// - Throws: ``Malformed``.
  public init(_ bytes: [UInt8]) throws {
    self.bytes = bytes
    try read()
  }

  private mutating func byte() throws -> Int {
    guard offset < bytes.count else { throw Malformed(offset: offset) }
    defer { offset += 1 }
    return Int(bytes[offset])
  }

  private mutating func number() throws -> Int { try byte() | byte() << 8 }

  private func require(_ claim: Bool) throws {
    if !claim { throw Malformed(offset: offset) }
  }

  private mutating func read() throws {
    try require(bytes.starts(with: Array("GIF89a".utf8)))
    offset = 6
    (width, height) = (try number(), try number())
    let flags = try byte()
    try require(flags & 0x80 != 0)
    _ = (try byte(), try byte())
    tableSize = 2 << (flags & 7)
    var table: [[UInt8]] = []
    for _ in 0..<tableSize {
      table.append([UInt8(try byte()), UInt8(try byte()), UInt8(try byte())])
    }
    var canvas = [UInt8](repeating: 0, count: 3 * width * height)
    var (hundredths, transparent) = (0, -1)
    while true {
      switch try byte() {
      case 0x21:
        let kind = try byte()
        let content = try blocks()
        if kind == 0xF9 {
          try require(content.count == 4 && (content[0] == 4 || content[0] == 5))
          hundredths = Int(content[1]) | Int(content[2]) << 8
          transparent = content[0] == 5 ? Int(content[3]) : -1
        } else {
          try require(kind == 0xFF && content == Array("NETSCAPE2.0".utf8) + [1, 0, 0])
          isRepeated = true
        }
      case 0x2C: try readImage(table, &canvas, hundredths, transparent)
      case 0x3B: return try require(offset == bytes.count)
      default: throw Malformed(offset: offset)
      }
    }
  }

  private mutating func blocks() throws -> [UInt8] {
    var content: [UInt8] = []
    while true {
      let count = try byte()
      if count == 0 { return content }
      try require(offset + count <= bytes.count)
      content += bytes[offset..<offset + count]
      offset += count
    }
  }

  private mutating func readImage(
    _ table: [[UInt8]], _ canvas: inout [UInt8], _ hundredths: Int, _ transparent: Int
  ) throws {
    let (left, top) = (try number(), try number())
    let (columns, rows) = (try number(), try number())
    try require(try byte() == 0 && left + columns <= width && top + rows <= height)
    let bits = try byte()
    let symbols = try decode(try blocks(), bits)
    try require(symbols.count == columns * rows && symbols.allSatisfy { $0 < tableSize })
    for (index, symbol) in symbols.enumerated() where symbol != transparent {
      let place = 3 * ((top + index / columns) * width + left + index % columns)
      canvas.replaceSubrange(place..<place + 3, with: table[symbol])
    }
    frames.append(Frame(colors: canvas, hundredths: hundredths, storedPixels: columns * rows))
  }

  /// Every code is taken at the width that the reader's own table asks for.
  private mutating func decode(_ data: [UInt8], _ bits: Int) throws -> [Int] {
    let (clear, end) = (1 << bits, 1 << bits + 1)
    var (place, width) = (0, bits + 1)
    var entries: [[Int]] = []
    var symbols: [Int] = []
    var last: [Int]?
    var isFirst = true
    while true {
      try require(place + width <= 8 * data.count)
      let code = (0..<width).reduce(0) { code, bit in
        code | Int(data[(place + bit) / 8] >> UInt8((place + bit) % 8) & 1) << bit
      }
      place += width
      widestCode = max(widestCode, width)
      if code == clear {
        if !isFirst { clearings += 1 }
        (entries, last, width) = ((0..<clear).map { [$0] } + [[], []], nil, bits + 1)
        isFirst = false
        continue
      }
      try require(!isFirst)
      if code == end {
        // Nothing but the rest of the last byte may follow.
        try require(8 * data.count - place < 8)
        return symbols
      }
      var entry: [Int]
      if code < entries.count {
        entry = entries[code]
      } else {
        guard let last, code == entries.count, let first = last.first else {
          throw Malformed(offset: offset)
        }
        entry = last + [first]
      }
      symbols += entry
      if let last, entries.count < 4096 {
        entries.append(last + [entry[0]])
        if entries.count == 1 << width, width < 12 { width += 1 }
      }
      last = entry
    }
  }
}
