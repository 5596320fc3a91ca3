import BlackBoxOptimization
import Foundation
import GSL

/// The regret of every update: tables, and a figure of their means.
struct BlackBoxFigures {
  let comparison: BlackBoxComparison
  let results: [BlackBoxResult]

  /// Points of a curve, at most.
  private static let points = 100
  private static let colors: [BlackBoxEstimator: String] = [
    .relax: "#d62728", .relaxRLOO: "#ff7f0e", .rloo: "#1f77b4", .average: "#2ca02c",
    .value: "#17becf", .surrogate: "#9467bd", .surrogateNetwork: "#8c564b", .disarm: "#e377c2",
    .arms: "#bcbd22", .exact: "#7f7f7f",
  ]

  /// Writes `runs.csv`, `curves.csv`, and `regret.svg` and `.png` where gnuplot is there.
  ///
  /// - Parameter folder: which exists.
  /// - Returns: what to tell the user.
  /// - Throws: when the folder cannot be written to.
  func write(to folder: URL) throws -> String {
    for (name, text) in [("runs.csv", runs), ("curves.csv", curves)] {
      try text.write(
        to: folder.appendingPathComponent(name), atomically: true, encoding: .utf8)
    }
    let drawn = try FigureFolder(folder: folder).draw([figure])
    return "The results are in \(folder.path).\(drawn.note)"
  }

  /// A line for each estimator, seed and update.
  private var runs: String {
    var lines = ["estimator,seed,update,regret"]
    for result in results {
      for (seed, run) in zip(comparison.seeds, result.runs) {
        for (update, regret) in run.regrets.enumerated() {
          lines.append("\(result.estimator.rawValue),\(seed),\(update + 1),\(regret)")
        }
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Means over the seeds with 95 % intervals, at some updates.
  private var curves: String {
    var lines = ["estimator,update,regret,lower,upper"]
    let updates = comparison.sizes.updates
    let stride = max(1, updates / Self.points)
    for result in results {
      for update in Swift.stride(from: stride, through: updates, by: stride) {
        let values = result.runs.map { $0.regrets[update - 1] }
        let mean = values.reduce(0, +) / Double(values.count)
        let interval = try? ConfidenceInterval(ofMean: values)
        lines.append(
          "\(result.estimator.rawValue),\(update),\(mean),\(interval?.lower ?? mean),"
            + "\(interval?.upper ?? mean)")
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private var figure: Figure {
    Figure(
      name: "regret", xLabel: "updates", yLabel: "regret",
      curves: results.map { result in
        Figure.Curve(
          title: result.estimator.title, file: "curves.csv", rows: result.estimator.rawValue,
          x: 2, y: 3, band: (4, 5), color: Self.colors[result.estimator] ?? "#000000")
      }, settings: ["set yrange [0:*]"])
  }
}
