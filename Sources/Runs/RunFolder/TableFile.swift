import Glibc

/// A cell of a table.
package enum TableValue: Sendable, Hashable {
  /// A whole number.
  case integer(Int)
  /// A number, written with as few digits as give the same number again.
  case number(Double)
  /// A text, quoted where it must be.
  case text(String)
  /// Nothing.
  case missing
}

/// A CSV file to which rows are added (RFC 4180, with plain newlines).
///
/// Rows wait in memory; ``flush(durably:)`` hands them to the system and says how long the file is,
/// and opening at that length forgets everything that came later.
package final class TableFile {
  /// The file.
  package let path: String
  /// The names of the columns.
  package let columns: [String]
  private let descriptor: Int32
  private let fileSystem: FileSystem
  private var pending: [UInt8] = []
  private var length: Int
  /// Lines of the file and of what waits, the names of the columns included.
  private var rows = 0

  /// What a checkpoint says of the table, once everything has been flushed.
  var extent: TableExtent { TableExtent(bytes: length, rows: rows) }

  private static let bufferSize = 1 << 16

  /// Opens a table, or begins one.
  ///
  /// - Parameters:
  ///   - path: the file, which need not exist.
  ///   - columns: the names of the columns; they become the first line of an empty file.
  ///   - length: how many bytes of the file to keep.
  ///   - fileSystem: the disk.
  /// - Throws: ``RunFolderError`` when the file is shorter than that or cannot be used.
  init(
    path: String, columns: [String], length: Int, fileSystem: FileSystem
  ) throws(RunFolderError) {
    precondition(!columns.isEmpty, "A table needs at least one column.")
    let extent = TableExtent(bytes: length, rows: nil)
    let status = try extent.requireFile(path)
    self.path = path
    self.columns = columns
    self.fileSystem = fileSystem
    self.length = length
    rows = try extent.rows(of: path)
    do throws(FileError) {
      // Writing on would change what the other name belongs to: a copy made of links, or a file
      // outside the folder.
      if let status, status.st_nlink > 1 {
        let kept = try fileSystem.read(path).prefix(length)
        try fileSystem.replaceAtomically(path, with: Array(kept))
      }
      let flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK
      descriptor = open(path, flags, 0o644)
      guard descriptor >= 0 else { throw FileError("open", path) }
      _ = try FileSystem.status(of: descriptor, "open", path)
      guard ftruncate(descriptor, length) == 0 else { throw FileError("shorten", path) }
    } catch {
      throw .file(error)
    }
    if length == 0 { append(columns.map { .text($0) }) }
  }

  deinit { close(descriptor) }

  /// Adds a row, in the order of the columns.
  package func append(_ row: [TableValue]) {
    precondition(
      row.count == columns.count, "A row of \(row.count) cells in \(columns.count) columns.")
    for (index, value) in row.enumerated() {
      if index > 0 { pending.append(UInt8(ascii: ",")) }
      switch value {
      case .integer(let integer): pending.append(contentsOf: String(integer).utf8)
      case .number(let number): pending.append(contentsOf: number.description.utf8)
      case .text(let text): append(text)
      case .missing: break
      }
    }
    pending.append(UInt8(ascii: "\n"))
    rows += 1
  }

  /// Hands the rows to the system when enough of them wait.
  package func flushIfLarge() throws(RunFolderError) {
    if pending.count >= Self.bufferSize { _ = try flush() }
  }

  /// Hands every row to the system.
  ///
  /// - Parameter durably: whether to wait until the disk has them. A killed process loses nothing
  ///   without it, a machine without power does.
  /// - Returns: the length of the file in bytes.
  /// - Throws: ``RunFolderError/file(_:)``; rows may then be written in part.
  @discardableResult
  package func flush(durably: Bool = false) throws(RunFolderError) -> Int {
    do {
      if !pending.isEmpty {
        try fileSystem.write(pending, to: descriptor, path)
        length += pending.count
        pending.removeAll(keepingCapacity: true)
      }
      if durably { try fileSystem.synchronize(descriptor, path) }
    } catch {
      throw .file(error)
    }
    return length
  }

  private func append(_ text: String) {
    guard text.contains(where: { ",\"\r\n".contains($0) }) || text.contains("\r\n") else {
      return pending.append(contentsOf: text.utf8)
    }
    pending.append(UInt8(ascii: "\""))
    for unit in text.utf8 {
      if unit == UInt8(ascii: "\"") { pending.append(unit) }
      pending.append(unit)
    }
    pending.append(UInt8(ascii: "\""))
  }
}
