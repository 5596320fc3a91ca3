import Foundation

/// Lines over environment steps, with intervals, as SVG.
struct LineChart {
  /// A point of a line.
  struct Point {
    let x, y, lower, upper: Double
  }

  /// A line and what it is called.
  struct Line {
    let name: String
    let points: [Point]
  }

  let title: String
  /// What the numbers are, with their unit.
  let quantity: String
  let lines: [Line]

  private static let size = (width: 760.0, height: 340.0)
  private static let frame = (left: 64.0, right: 16.0, top: 12.0, bottom: 46.0)
  /// Lines are told apart by color and by dashes.
  private static let dashes = ["", "7 3", "2 3", "9 3 2 3"]
  /// Colors that there are; more lines than that share them.
  static let colors = 8

  /// The names of colors, and what they are on light and on dark backgrounds.
  private static let palette = [
    ("ink", "#1b1f24", "#e6e9ee"), ("faint", "#d5dae1", "#3a414c"), ("paper", "#fff", "#14181d"),
    ("c0", "#0067b8", "#5cb3ff"), ("c1", "#c2410c", "#ff9566"), ("c2", "#15803d", "#5fd38a"),
    ("c3", "#9333ea", "#c79bff"), ("c4", "#b45309", "#f0b429"), ("c5", "#0e7490", "#4fd0e0"),
    ("c6", "#be185d", "#ff86b9"), ("c7", "#4b5563", "#a9b4c2"),
  ]

  /// Colors and fonts for light and dark backgrounds.
  static let style = """
    .chart{\(palette.map { "--\($0.0):\($0.1)" }.joined(separator: ";"))}
    @media (prefers-color-scheme:dark){.chart{\(palette.map { "--\($0.0):\($0.2)" }.joined(separator: ";"))}}
    \(rules)
    """

  private static let rules = """
    .chart text{font:13px system-ui,sans-serif;fill:var(--ink)}
    .chart .grid{stroke:var(--faint);stroke-width:1}
    .chart .line{fill:none;stroke-width:2}
    .chart .band{opacity:.16;stroke:none}
    .chart .cursor{stroke:var(--ink);stroke-width:1;visibility:hidden}
    """

  private var points: [Point] { lines.flatMap(\.points) }
  private var xRange: ClosedRange<Double> {
    0...max(points.map(\.x).max() ?? 1, 1)
  }
  private var yRange: ClosedRange<Double> {
    let lowest = points.map(\.lower).min() ?? 0
    let highest = points.map(\.upper).max() ?? 1
    let margin = highest > lowest ? 0.04 * (highest - lowest) : max(0.5, 0.04 * abs(highest))
    return lowest - margin...highest + margin
  }

  /// Round numbers within a range, some five of them.
  static func ticks(_ range: ClosedRange<Double>) -> [Double] {
    let rough = (range.upperBound - range.lowerBound) / 5
    let power = pow(10, floor(log10(rough)))
    let step = ([1, 2, 5].map { $0 * power }.first { $0 >= rough }) ?? 10 * power
    let first = (range.lowerBound / step).rounded(.up)
    let last = (range.upperBound / step).rounded(.down)
    return first <= last ? stride(from: first, through: last, by: 1).map { $0 * step } : []
  }

  /// A number in few characters: 12k, 1.5M, 0.25.
  static func label(_ number: Double) -> String {
    let size = abs(number)
    for (limit, suffix) in [(1e9, "G"), (1e6, "M"), (1e3, "k")] where size >= limit {
      return brief(number / limit) + suffix
    }
    // A zero may have come out negative.
    return brief(number + 0)
  }

  private static func brief(_ number: Double) -> String { String(format: "%.4g", number) }

  /// The drawing.
  ///
  /// - Parameter isAlone: whether it becomes a file of its own, with its styles inside, the quantity at its axis, and plain
  ///   colors on white: what turns SVG into PDF knows no others.
  /// - Returns: an `svg` element.
  func svg(isAlone: Bool = false) -> String {
    let (size, frame, xRange, yRange) = (Self.size, Self.frame, xRange, yRange)
    let (width, height) = (
      size.width - frame.left - frame.right, size.height - frame.top - frame.bottom
    )
    func x(_ step: Double) -> String {
      let share = (step - xRange.lowerBound) / (xRange.upperBound - xRange.lowerBound)
      return String(format: "%.1f", frame.left + width * share)
    }
    func y(_ value: Double) -> String {
      let share = (value - yRange.lowerBound) / (yRange.upperBound - yRange.lowerBound)
      return String(format: "%.1f", frame.top + height * (1 - share))
    }
    let (widest, highest) = (Int(size.width), Int(size.height))
    let extent = isAlone ? "width=\"\(widest)\" height=\"\(highest)\" " : ""
    var parts = [
      """
      <svg xmlns="http://www.w3.org/2000/svg" class="chart" role="img" \(extent)viewBox="0 0 \(widest) \(highest)" \
      aria-label="\(HTML.escaped(title)): \(HTML.escaped(quantity))">
      """
    ]
    if isAlone {
      parts.append("<style>\(Self.rules)</style>")
      parts.append("<rect width=\"100%\" height=\"100%\" style=\"fill:var(--paper)\"/>")
      parts.append(
        "<text transform=\"translate(14 \(frame.top + height / 2)) rotate(-90)\" text-anchor=\"middle\">"
          + "\(HTML.escaped(quantity))</text>")
    }
    let bottom = Self.size.height - frame.bottom
    for tick in Self.ticks(yRange) {
      parts.append(
        "<line class=\"grid\" x1=\"\(frame.left)\" x2=\"\(size.width - frame.right)\" y1=\"\(y(tick))\" y2=\"\(y(tick))\"/>"
      )
      parts.append(
        "<text x=\"\(frame.left - 6)\" y=\"\(y(tick))\" dy=\"4\" text-anchor=\"end\">\(Self.label(tick))</text>"
      )
    }
    for tick in Self.ticks(xRange) {
      parts.append(
        "<text x=\"\(x(tick))\" y=\"\(bottom + 18)\" text-anchor=\"middle\">\(Self.label(tick))</text>"
      )
    }
    parts.append(
      "<text x=\"\(frame.left + width / 2)\" y=\"\(size.height - 8)\" text-anchor=\"middle\">environment steps</text>"
    )
    for (index, line) in lines.enumerated() where !line.points.isEmpty {
      let color = "var(--c\(index % Self.colors))"
      let upper = line.points.map { "\(x($0.x)),\(y($0.upper))" }
      let lower = line.points.reversed().map { "\(x($0.x)),\(y($0.lower))" }
      parts.append(
        "<polygon class=\"band\" style=\"fill:\(color)\" points=\"\((upper + lower).joined(separator: " "))\"/>"
      )
      let dash = Self.dashes[index % Self.dashes.count]
      parts.append(
        "<polyline class=\"line\" style=\"stroke:\(color)\" stroke-dasharray=\"\(dash)\" points=\""
          + line.points.map { "\(x($0.x)),\(y($0.y))" }.joined(separator: " ") + "\"/>")
    }
    if isAlone {
      for (index, line) in lines.enumerated() {
        let top = frame.top + 18 * Double(index + 1)
        parts.append(
          "<text x=\"\(frame.left + 8)\" y=\"\(top)\" style=\"fill:var(--c\(index % Self.colors))\">"
            + "\(HTML.escaped(line.name))</text>")
      }
    } else {
      parts.append(
        "<line class=\"cursor\" y1=\"\(frame.top)\" y2=\"\(bottom)\" x1=\"\(frame.left)\" x2=\"\(frame.left)\"/>"
      )
    }
    let drawing = parts.joined(separator: "\n") + "\n</svg>"
    return isAlone
      ? Self.palette.reduce(drawing) { $0.replacing("var(--\($1.0))", with: $1.1) } : drawing
  }

  /// What the page's script reads to show numbers: `[[name, [[x, mean, lower, upper], …]], …]`, and where the frame is.
  var json: String {
    func number(_ value: Double) -> String { String(format: "%.5g", value) }
    let series = lines.map { line in
      "[\(HTML.json(line.name)),["
        + line.points.map {
          "[\(number($0.x)),\(number($0.y)),\(number($0.lower)),\(number($0.upper))]"
        }.joined(separator: ",") + "]]"
    }
    return """
      {"left":\(Self.frame.left),"width":\(Self.size.width - Self.frame.left - Self.frame.right),\
      "steps":\(number(xRange.upperBound)),"view":\(Self.size.width),"lines":[\(series.joined(separator: ","))]}
      """
  }
}
