/// Reads matrices of numbers from a MATLAB 5 file, such as Omniglot's `chardata.mat`.
///
/// "MAT-File Format", The MathWorks, version 5: a header of 128 bytes, then elements with a tag of
/// type and size, padded to 8 bytes. A variable is an element of type 14 or, compressed with zlib,
/// of type 15. Elements of up to four bytes lie within their tag. Only real, dense numeric matrices
/// of two dimensions are read; other variables are passed over.
package struct MATLABFile {
  /// A matrix, column by column.
  package struct Matrix {
    /// The number of rows.
    package let rows: Int
    /// The number of columns.
    package let columns: Int
    private let type: NumberType
    private let bytes: ArraySlice<UInt8>
    private let isBigEndian: Bool

    fileprivate init(
      rows: Int, columns: Int, type: NumberType, bytes: ArraySlice<UInt8>, isBigEndian: Bool
    ) {
      self.rows = rows
      self.columns = columns
      self.type = type
      self.bytes = bytes
      self.isBigEndian = isBigEndian
    }

    /// The element at a position in the order of the file.
    package subscript(position: Int) -> Double {
      let start = bytes.startIndex + position * type.size
      var bits: UInt64 = 0
      for offset in 0..<type.size {
        let place = isBigEndian ? offset : type.size - 1 - offset
        bits = bits << 8 | UInt64(bytes[start + place])
      }
      return type.number(bits)
    }
  }

  private static let headerSize = 128
  private static let matrixType = 14
  private static let compressedType = 15
  /// No matrix used here has an extent beyond this.
  private static let largestExtent = 1 << 24

  private let path: String
  private let bytes: [UInt8]
  private let isBigEndian: Bool

  /// Looks at the header of a file.
  ///
  /// - Throws: ``DataFileError`` when it is none of a MATLAB 5 file.
  package init(_ bytes: [UInt8], path: String) throws(DataFileError) {
    guard bytes.count >= Self.headerSize else {
      throw DataFileError(
        path, "It has \(bytes.count) bytes but the header of a MATLAB 5 file has 128.")
    }
    switch (bytes[126], bytes[127]) {
    case (UInt8(ascii: "I"), UInt8(ascii: "M")): isBigEndian = false
    case (UInt8(ascii: "M"), UInt8(ascii: "I")): isBigEndian = true
    default:
      throw DataFileError(
        path,
        "Bytes 126 and 127 are \(bytes[126]) and \(bytes[127]), not the letters IM or MI: it is no "
          + "MATLAB 5 file. Files of version 7.3 are HDF5; save them with -v7.")
    }
    self.path = path
    self.bytes = bytes
  }

  /// Reads the matrices of given names.
  ///
  /// - Throws: ``DataFileError`` when one is missing, is no real dense matrix of numbers, or when the
  ///   file is cut off or contradicts itself.
  package func matrices(_ names: [String]) throws(DataFileError) -> [String: Matrix] {
    var found: [String: Matrix] = [:]
    var seen: [String] = []
    var reader = ElementReader(bytes[Self.headerSize...], isBigEndian: isBigEndian, path: path)
    while !reader.isAtEnd {
      var element = try reader.next(isPadded: false)
      var content = element.content
      if element.type == Self.compressedType {
        var inner = ElementReader(
          try Inflate.decompress(content, path: path)[...], isBigEndian: isBigEndian, path: path)
        element = try inner.next(isPadded: false)
        content = element.content
      }
      guard element.type == Self.matrixType else { continue }
      let (name, matrix) = try matrix(in: content, named: names)
      seen.append(name)
      if let matrix { found[name] = matrix }
    }
    for name in names where found[name] == nil {
      throw DataFileError(
        path, "It has no variable \"\(name)\" but \(seen.sorted().joined(separator: ", ")).")
    }
    return found
  }

  private func matrix(
    in content: ArraySlice<UInt8>, named wanted: [String]
  ) throws(DataFileError) -> (name: String, matrix: Matrix?) {
    var reader = ElementReader(content, isBigEndian: isBigEndian, path: path)
    let flags = try reader.next().numbers(isBigEndian: isBigEndian)
    let extents = try reader.next().numbers(isBigEndian: isBigEndian)
    let name = String(decoding: try reader.next().content, as: UTF8.self)
    guard wanted.contains(name) else { return (name, nil) }
    let flagWord = flags.first ?? 0
    // Classes 6 to 15 are doubles, singles and integers; bit 11 says complex.
    guard (6...15).contains(flagWord & 0xFF), flagWord & 0x800 == 0 else {
      throw DataFileError(
        path, "The variable \"\(name)\" is no real, dense matrix of numbers (flags \(flagWord)).")
    }
    guard extents.count == 2, extents.allSatisfy({ (1...Self.largestExtent).contains($0) }) else {
      throw DataFileError(
        path,
        "The variable \"\(name)\" has the extents \(extents); two are needed, each from 1 to "
          + "\(Self.largestExtent).")
    }
    let values = try reader.next()
    guard let type = NumberType(rawValue: values.type) else {
      throw DataFileError(
        path, "The elements of \"\(name)\" have the type \(values.type), which holds no numbers.")
    }
    let expected = extents[0] * extents[1] * type.size
    guard values.content.count == expected else {
      throw DataFileError(
        path,
        "The variable \"\(name)\" of extents \(extents) needs \(expected) bytes but has "
          + "\(values.content.count).")
    }
    return (
      name,
      Matrix(
        rows: extents[0], columns: extents[1], type: type, bytes: values.content,
        isBigEndian: isBigEndian)
    )
  }
}

/// How numbers are stored: miINT8 to miUINT64 in the documentation.
private enum NumberType: Int {
  case int8 = 1
  case uint8, int16, uint16, int32, uint32, single
  case double = 9
  case int64 = 12
  case uint64 = 13

  var size: Int {
    switch self {
    case .int8, .uint8: 1
    case .int16, .uint16: 2
    case .int32, .uint32, .single: 4
    case .double, .int64, .uint64: 8
    }
  }

  func number(_ bits: UInt64) -> Double {
    switch self {
    case .int8: Double(Int8(truncatingIfNeeded: bits))
    case .uint8, .uint16, .uint32, .uint64: Double(bits)
    case .int16: Double(Int16(truncatingIfNeeded: bits))
    case .int32: Double(Int32(truncatingIfNeeded: bits))
    case .int64: Double(Int64(bitPattern: bits))
    case .single: Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits)))
    case .double: Double(bitPattern: bits)
    }
  }
}

/// One tagged element.
private struct Element {
  let type: Int
  let content: ArraySlice<UInt8>

  /// The content as 32-bit words.
  func numbers(isBigEndian: Bool) -> [Int] {
    (0..<content.count / 4).map { word(in: content, at: 4 * $0, isBigEndian: isBigEndian) }
  }
}

private func word(in bytes: ArraySlice<UInt8>, at offset: Int, isBigEndian: Bool) -> Int {
  let start = bytes.startIndex + offset
  let order = isBigEndian ? Array(0..<4) : [3, 2, 1, 0]
  return order.reduce(0) { $0 << 8 | Int(bytes[start + $1]) }
}

/// Walks along the elements of a file or of a variable.
private struct ElementReader {
  private var rest: ArraySlice<UInt8>
  private let isBigEndian: Bool
  private let path: String

  init(_ bytes: ArraySlice<UInt8>, isBigEndian: Bool, path: String) {
    rest = bytes
    self.isBigEndian = isBigEndian
    self.path = path
  }

  var isAtEnd: Bool { rest.isEmpty }

  /// The next element.
  ///
  /// - Parameter isPadded: whether it ends at a multiple of 8 bytes, as all but compressed ones do.
  /// - Returns: its type and content.
  /// - Throws: ``DataFileError`` when it is cut off.
  mutating func next(isPadded: Bool = true) throws(DataFileError) -> Element {
    guard rest.count >= 8 else {
      throw DataFileError(
        path, "An element's tag needs 8 bytes but only \(rest.count) are left. It is cut off.")
    }
    let first = word(in: rest, at: 0, isBigEndian: isBigEndian)
    if first >> 16 != 0 {
      // The short form: size and type share a word, and the content follows in the tag.
      let (size, type) = (first >> 16, first & 0xFFFF)
      guard size <= 4 else {
        throw DataFileError(path, "A short element claims \(size) bytes; it holds up to 4.")
      }
      let start = rest.startIndex + 4
      defer { rest = rest.dropFirst(8) }
      return Element(type: type, content: rest[start..<start + size])
    }
    let size = word(in: rest, at: 4, isBigEndian: isBigEndian)
    let content = rest.dropFirst(8)
    guard size <= content.count else {
      throw DataFileError(
        path,
        "An element claims \(size) bytes but only \(content.count) are left. The file is cut off.")
    }
    let padded = isPadded ? (size + 7) & ~7 : size
    rest = content.dropFirst(padded)
    return Element(type: first, content: content.prefix(size))
  }
}
