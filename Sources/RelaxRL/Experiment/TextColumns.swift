/// Tables for people, in columns of equal width.
enum TextColumns {
  /// The lines of a table, indented by two spaces.
  ///
  /// - Parameter lines: cells; as many in each line. Columns without anything in them are left out.
  /// - Returns: the text with the end of every line.
  static func text(_ lines: [[String]]) -> String {
    let widths = (lines.first ?? []).indices.map { column in
      lines.map { $0[column].count }.max() ?? 0
    }
    return lines.map { line in
      var text = " "
      for (cell, width) in zip(line, widths) where width > 0 {
        text += " \(cell)" + String(repeating: " ", count: width - cell.count + 1)
      }
      while text.last == " " { text.removeLast() }
      return text + "\n"
    }.joined()
  }
}
