/// Reads images in the IDX format of the MNIST files, plain or compressed with gzip.
///
/// Four bytes 0, 0, 8 (unsigned bytes) and 3 (dimensions), then three big-endian 32-bit extents,
/// images × rows × columns, then one byte per pixel.
package enum IDXFile {
  /// Images of one size with a byte per pixel.
  package struct Images: Sendable, Hashable {
    /// Rows of an image.
    package let height: Int
    /// Columns of an image.
    package let width: Int
    /// Image after image, rows from the top.
    package let pixels: [UInt8]

    /// The number of images.
    package var count: Int { pixels.count / (height * width) }
  }

  private static let headerSize = 16
  /// No image set used here has a side beyond this.
  private static let largestSide = 1024

  /// Reads a file.
  ///
  /// - Parameters:
  ///   - bytes: the whole file.
  ///   - path: its name, for messages.
  /// - Returns: the images.
  /// - Throws: ``DataFileError`` when it is no such file, cut off or longer than its header says.
  package static func images(_ bytes: [UInt8], path: String) throws(DataFileError) -> Images {
    let content = Inflate.isGzip(bytes) ? try Inflate.decompress(bytes[...], path: path) : bytes
    guard content.count >= headerSize else {
      throw DataFileError(
        path,
        "It has \(content.count) bytes, but the header of an IDX file of images has \(headerSize). "
          + "The file is cut off.")
    }
    guard content.starts(with: [0, 0, 8, 3]) else {
      throw DataFileError(
        path,
        "It begins with the bytes \(Array(content.prefix(4))) but a set of images in IDX begins "
          + "with [0, 0, 8, 3]: unsigned bytes in three dimensions"
          + (content.starts(with: [0, 0, 8, 1]) ? ". This is a file of labels." : "."))
    }
    func extent(_ index: Int) -> Int {
      content[4 + 4 * index..<8 + 4 * index].reduce(0) { $0 << 8 | Int($1) }
    }
    let (count, rows, columns) = (extent(0), extent(1), extent(2))
    guard count > 0, (1...largestSide).contains(rows), (1...largestSide).contains(columns) else {
      throw DataFileError(
        path,
        "Its header asks for \(count) images of \(rows) × \(columns) pixels. There must be at "
          + "least 1 image, and sides are from 1 to \(largestSide).")
    }
    // Three extents below 2³², two of them below 2¹¹: no overflow.
    let expected = count * rows * columns
    let found = content.count - headerSize
    guard found == expected else {
      throw DataFileError(
        path,
        "\(count) images of \(rows) × \(columns) pixels need \(expected) bytes after the header but "
          + "there are \(found). "
          + (found < expected ? "The file is cut off." : "The file is longer than its header says.")
      )
    }
    return Images(height: rows, width: columns, pixels: Array(content[headerSize...]))
  }
}
