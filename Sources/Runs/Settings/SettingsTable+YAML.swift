extension SettingsTable {
  /// The settings as YAML, in their order, from which the same settings are read.
  ///
  /// - Parameters:
  ///   - comment: lines to begin with, without their number signs.
  ///   - notes: comments behind settings, by their keys.
  ///   - explains: whether what a setting means stands above it.
  ///   - isKept: which settings to write.
  /// - Returns: one line for each setting; nested structures are indented.
  package func yaml(
    comment: String? = nil, notes: [String: String] = [:], explains: Bool = false,
    where isKept: (_ key: String) -> Bool = { _ in true }
  ) -> String {
    var text = ""
    if let comment {
      for line in comment.split(separator: "\n", omittingEmptySubsequences: false) {
        text += line.isEmpty ? "#\n" : "# \(line)\n"
      }
    }
    Self.write(
      fields.filter { !$0.isHidden && isKept($0.key) }.map { field in
        let note = notes[field.key].map { "  # \($0)" } ?? ""
        return Line(
          path: field.key.split(separator: ".").map(String.init)[...],
          text: field.value.yaml + note, comment: explains ? field.description : nil)
      },
      indentation: "", to: &text)
    return text
  }

  /// A line of a file of settings.
  private struct Line {
    var path: ArraySlice<String>
    let text: String
    let comment: String?
  }

  private static func write(_ lines: [Line], indentation: String, to text: inout String) {
    var written: Set<String> = []
    for line in lines {
      guard let head = line.path.first, written.insert(head).inserted else { continue }
      if line.path.count == 1 {
        if let comment = line.comment { text += "\(indentation)# \(comment)\n" }
        text += "\(indentation)\(head): \(line.text)\n"
      } else {
        text += "\(indentation)\(head):\n"
        let nested = lines.filter { $0.path.first == head }.map { line in
          Line(path: line.path.dropFirst(), text: line.text, comment: line.comment)
        }
        write(nested, indentation: indentation + "  ", to: &text)
      }
    }
  }
}
