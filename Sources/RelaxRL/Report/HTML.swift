import Formats

/// Text as it stands in a page.
enum HTML {
  /// Text between marks or quotes.
  static func escaped(_ text: String) -> String {
    var result = ""
    for character in text {
      switch character {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      default: result.append(character)
      }
    }
    return result
  }

  /// A text in JSON within a `script` element, which `</` would end.
  static func json(_ text: String) -> String {
    ((try? JSONText.line(text)) ?? "\"\"").replacing("</", with: "<\\/")
  }

  /// A table with a heading for each column, the first of each row being its name.
  static func table(_ caption: String, _ head: [String], _ rows: [[String]]) -> String {
    let names = head.map { "<th scope=\"col\">\(escaped($0))</th>" }.joined()
    let body = rows.map { row in
      "<tr>"
        + row.enumerated().map { index, cell in
          index == 0 ? "<th scope=\"row\">\(escaped(cell))</th>" : "<td>\(escaped(cell))</td>"
        }.joined() + "</tr>"
    }.joined(separator: "\n")
    return """
      <div class="wide"><table><caption>\(escaped(caption))</caption>
      <thead><tr>\(names)</tr></thead>
      <tbody>
      \(body)
      </tbody></table></div>
      """
  }
}
