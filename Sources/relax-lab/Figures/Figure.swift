/// A figure of curves from CSV files, as gnuplot draws it.
struct Figure {
  /// One line of a figure.
  struct Curve {
    /// What the key calls it.
    var title: String
    /// The CSV file, in the folder of the figures.
    var file: String
    /// Only lines of the file that begin with this and a comma belong to the curve; nil takes all.
    var rows: String?
    /// Columns of the file, counted from 1.
    var x: Int
    var y: Int
    /// Columns of a band's lower and upper edge, shaded.
    var band: (lower: Int, upper: Int)?
    /// Such as #d62728.
    var color: String
    var isDashed = false
  }

  /// Colors for curves that have no meaning of their own in other figures.
  static let colors = ["#1f77b4", "#ff7f0e", "#2ca02c", "#d62728"]

  /// The names of the files, without suffix.
  var name: String
  var xLabel: String
  var yLabel: String
  var curves: [Curve]
  /// Further commands of gnuplot, such as a range of an axis, in force for this figure alone.
  var settings: [String] = []

  /// The commands that draw it, once as SVG and once as PNG.
  var script: String {
    let plot = "plot " + curves.map { $0.command }.joined(separator: ", \\\n  ")
    let body = [
      "reset", "set datafile separator ','", "set key outside right", "set grid",
      "set xlabel \(quoted(xLabel))", "set ylabel \(quoted(yLabel))",
    ]
    let formats = [
      ("svg", "svg size 900,500 background '#ffffff'"), ("png", "pngcairo size 1200,660"),
    ]
    return (body + settings).joined(separator: "\n") + "\n"
      + formats.map { suffix, terminal in
        "set terminal \(terminal)\nset output '\(name).\(suffix)'\n\(plot)\n"
      }.joined()
  }
}

extension Figure.Curve {
  fileprivate var command: String {
    let source = rows.map { "< grep \"^\($0),\" \(file)" } ?? file
    // The first line of a whole file names the columns.
    let data = "'\(source)'" + (rows == nil ? " skip 1" : "")
    let line =
      "\(data) using \(x):\(y) with lines lc rgb '\(color)' lw 2\(isDashed ? " dt 2" : "") title \(quoted(title))"
    guard let band else { return line }
    return "\(data) using \(x):\(band.lower):\(band.upper) with filledcurves lc rgb '\(color)' "
      + "fs transparent solid 0.15 notitle, \(line)"
  }
}

/// A string as gnuplot reads it between single quotes, where a quote is doubled.
private func quoted(_ text: String) -> String {
  "'" + text.replacing("'", with: "''") + "'"
}
