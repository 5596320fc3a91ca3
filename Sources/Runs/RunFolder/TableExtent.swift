import Glibc

/// How much of a table a checkpoint counts on.
///
/// Bytes alone would do for a checkpoint that is what was written. With the number of rows beside it,
/// one that is not cannot cut a table in the middle of a row, or drop rows unseen.
struct TableExtent: Hashable {
  var bytes: Int
  /// Lines, the names of the columns and breaks within texts included; nil in earlier versions.
  var rows: Int?

  /// Makes sure that a table has at least this much, and that it ends with a row.
  ///
  /// - Throws: ``RunFolderError`` that names the table.
  func require(_ path: String) throws(RunFolderError) {
    _ = try requireFile(path)
    let found = try rows(of: path)
    guard rows == nil || rows == found else {
      throw .otherRows(path: path, expected: rows ?? 0, found: found)
    }
  }

  /// - Returns: what the system says of the file, nil where there is none and need not be.
  func requireFile(_ path: String) throws(RunFolderError) -> stat? {
    var status = stat()
    guard lstat(path, &status) == 0 else {
      guard errno == ENOENT else { throw .file(FileError("open", path)) }
      if bytes > 0 { throw .tableTooShort(path: path, expected: bytes, found: 0) }
      return nil
    }
    switch status.st_mode & S_IFMT {
    case S_IFREG: break
    case S_IFLNK: throw .file(FileError(operation: "open", path: path, code: ELOOP))
    case S_IFDIR: throw .file(FileError(operation: "open", path: path, code: EISDIR))
    default:
      throw .file(FileError(operation: "open", path: path, code: FileError.notAPlainFile))
    }
    guard status.st_size >= bytes else {
      throw .tableTooShort(path: path, expected: bytes, found: Int(status.st_size))
    }
    return status
  }

  /// Line breaks among the bytes that count, the last of which must be one.
  func rows(of path: String) throws(RunFolderError) -> Int {
    guard bytes > 0 else { return 0 }
    let content: [UInt8]
    do { content = try FileSystem.uninterrupted.read(path) } catch { throw .file(error) }
    guard content.count >= bytes else {
      throw .tableTooShort(path: path, expected: bytes, found: content.count)
    }
    let lineBreak = UInt8(ascii: "\n")
    guard content[bytes - 1] == lineBreak else {
      throw .otherRows(path: path, expected: rows ?? 0, found: 0)
    }
    return content[..<bytes].reduce(0) { $0 + ($1 == lineBreak ? 1 : 0) }
  }
}
