import Runs

/// Tables for programs.
enum CommaSeparated {
  /// The lines of a table.
  ///
  /// - Parameters:
  ///   - columns: their names.
  ///   - rows: cells without quotes and line ends; those with commas, such as lists, are quoted.
  /// - Returns: the text with the end of every line.
  static func text(_ columns: [String], _ rows: [[String]]) -> String {
    ([columns] + rows).map { row in
      row.map { $0.contains(",") ? "\"\($0)\"" : $0 }.joined(separator: ",") + "\n"
    }.joined()
  }
}

extension BootstrapInterval {
  /// Estimate, lower and upper end; nothing for what is no number.
  var cells: [String] { [estimate, lower, upper].map { $0.isNaN ? "" : "\($0)" } }
}
