import CZlib

/// Decompresses what zlib or gzip wrote.
enum Inflate {
  /// The most that one file or variable may become: several times the largest one that is used here.
  static let limit = 1 << 30

  private static let chunk = 1 << 20

  /// Whether the bytes begin as every gzip file does.
  static func isGzip(_ bytes: [UInt8]) -> Bool { bytes.starts(with: [0x1F, 0x8B]) }

  /// Decompresses one zlib or gzip stream.
  ///
  /// - Parameters:
  ///   - bytes: the stream; what follows its end is ignored.
  ///   - path: the file, for messages.
  ///   - limit: refuses to make more than so many bytes.
  /// - Returns: what it holds.
  /// - Throws: ``DataFileError`` when the stream is damaged, cut off or becomes too large.
  static func decompress(
    _ bytes: ArraySlice<UInt8>, path: String, limit: Int = limit
  ) throws(DataFileError) -> [UInt8] {
    var stream = z_stream()
    // 15 bits of window, and 32 to tell gzip from zlib by the header.
    guard rl_inflate_init(&stream, 15 + 32) == Z_OK else {
      throw DataFileError(path, "zlib has no memory to decompress it.")
    }
    defer { inflateEnd(&stream) }
    var result: [UInt8] = []
    var output = [UInt8](repeating: 0, count: min(chunk, limit + 1))
    var status = Z_OK
    // zlib reads through a pointer to mutable bytes and changes none of them.
    var input = Array(bytes)
    input.withUnsafeMutableBufferPointer { input in
      stream.next_in = input.baseAddress
      stream.avail_in = UInt32(clamping: input.count)
      while status == Z_OK && result.count <= limit {
        let made = output.withUnsafeMutableBufferPointer { output in
          stream.next_out = output.baseAddress
          stream.avail_out = UInt32(output.count)
          status = inflate(&stream, Z_NO_FLUSH)
          return output.count - Int(stream.avail_out)
        }
        result.append(contentsOf: output[..<made])
        if made == 0 && status == Z_OK { status = Z_BUF_ERROR }
      }
    }
    guard result.count <= limit else {
      throw DataFileError(
        path, "It decompresses to more than \(limit) bytes, which no file used here does.")
    }
    switch status {
    case Z_STREAM_END: return result
    case Z_BUF_ERROR:
      throw DataFileError(
        path,
        "Its compressed data end after \(bytes.count) bytes without the mark of their end. "
          + "The file is cut off; get it again.")
    default:
      let reason = stream.msg.map { String(cString: $0) } ?? "error \(status)"
      throw DataFileError(
        path, "Its compressed data are damaged (\(reason)). Get the file again.")
    }
  }
}
