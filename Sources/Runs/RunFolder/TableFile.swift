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

/// A CSV file to which rows are added (RFC 4180, with plain newlines), as to a ``LineFile``.
package final class TableFile {
  /// The names of the columns.
  package let columns: [String]
  private let file: LineFile

  /// The file.
  package var path: String { file.path }

  /// What a checkpoint says of the table, once everything has been flushed.
  var extent: TableExtent { file.extent }

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
    self.columns = columns
    file = try LineFile(path: path, length: length, fileSystem: fileSystem)
    if length == 0 { append(columns.map { .text($0) }) }
  }

  /// Adds a row, in the order of the columns.
  package func append(_ row: [TableValue]) {
    precondition(
      row.count == columns.count, "A row of \(row.count) cells in \(columns.count) columns.")
    file.append { line in
      for (index, value) in row.enumerated() {
        if index > 0 { line.append(UInt8(ascii: ",")) }
        switch value {
        case .integer(let integer): line.append(contentsOf: String(integer).utf8)
        case .number(let number): line.append(contentsOf: number.description.utf8)
        case .text(let text): Self.append(text, to: &line)
        case .missing: break
        }
      }
    }
  }

  /// Hands the rows to the system when enough of them wait.
  package func flushIfLarge() throws(RunFolderError) { try file.flushIfLarge() }

  /// Hands every row to the system; see ``LineFile/flush(durably:)``.
  @discardableResult
  package func flush(durably: Bool = false) throws(RunFolderError) -> Int {
    try file.flush(durably: durably)
  }

  private static func append(_ text: String, to line: inout [UInt8]) {
    guard text.contains(where: { ",\"\r\n".contains($0) }) || text.contains("\r\n") else {
      return line.append(contentsOf: text.utf8)
    }
    line.append(UInt8(ascii: "\""))
    for unit in text.utf8 {
      if unit == UInt8(ascii: "\"") { line.append(unit) }
      line.append(unit)
    }
    line.append(UInt8(ascii: "\""))
  }
}
