import DiscreteVAE
import Foundation

/// A run's figures, in its subfolder `figures`: bounds and variance against steps and against time,
/// and a sheet of images.
struct VAEFigures {
  let session: VAESession

  private struct Row {
    let step: Int
    let fields: [String]
  }

  /// Draws everything.
  ///
  /// - Returns: what the run's folder now has, and a hint where gnuplot has drawn nothing.
  /// - Throws: when the folder cannot be written to.
  func draw() throws -> String {
    let folder = URL(fileURLWithPath: session.folder.path).appendingPathComponent("figures")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let trainer = session.trainer
    let sheet = try ImageSheet.png(
      trainer.model, theta: trainer.theta, images: trainer.images.test,
      seed: UInt64(session.configuration.seed))
    try Data(sheet).write(to: folder.appendingPathComponent("images.png"), options: .atomic)

    let seconds = Dictionary(
      rows(of: "timing.csv").map { ($0.step, $0.fields[0]) }, uniquingKeysWith: { $1 })
    /// Writes a table with seconds, and returns its cells.
    func timed(_ name: String, columns: [Int], _ header: String) throws -> [[String]] {
      let cells = rows(of: name).map { row in
        [String(row.step), seconds[row.step] ?? ""] + columns.map { row.fields[$0] }
      }
      let lines = ["step,seconds,\(header)"] + cells.map { $0.joined(separator: ",") }
      try lines.map { $0 + "\n" }.joined().write(
        to: folder.appendingPathComponent(name), atomically: true, encoding: .utf8)
      return cells
    }
    let tables = [
      "progress.csv": try timed("progress.csv", columns: [0, 1], "objective,log_variance"),
      "evaluations.csv": try timed(
        "evaluations.csv", columns: [1, 2], "train_elbo,validation_elbo"),
    ]
    let floor = Self.floor(ofBounds: tables["evaluations.csv"] ?? [])
    // gnuplot refuses a figure whose curves have no point, such as a variance after three steps.
    let drawable = figures(floor: floor).filter { figure in
      figure.curves.contains { curve in
        (tables[curve.file] ?? []).contains { !$0[curve.y - 1].isEmpty }
      }
    }
    let drawn = try FigureFolder(folder: folder).draw(drawable)
    if case .drawn = drawn { return "figures and images in \(folder.relativePath)." }
    return "images in \(folder.relativePath).\(drawn.note)"
  }

  /// Where the bounds' axis begins: the climb of the first steps would flatten all the rest.
  ///
  /// - Parameter rows: step, seconds and the two bounds of each evaluation.
  /// - Returns: the lowest bound after the first twentieth of the run; nil without evaluations.
  private static func floor(ofBounds rows: [[String]]) -> Double? {
    guard let end = rows.compactMap({ Int($0[0]) }).max() else { return nil }
    return rows.filter { (Int($0[0]) ?? 0) * 20 >= end }
      .flatMap { $0[2...].compactMap { Double($0) } }.min()
  }

  private func figures(floor: Double?) -> [Figure] {
    [("steps", 1), ("seconds", 2)].flatMap { axis, column in
      [
        Figure(
          name: "elbo-\(axis)", xLabel: axis, yLabel: "nats per image",
          curves: [
            Figure.Curve(
              title: "objective of the steps", file: "progress.csv", x: column, y: 3,
              color: Figure.colors[0]),
            Figure.Curve(
              title: "training ELBO, 1 sample", file: "evaluations.csv", x: column, y: 3,
              color: Figure.colors[1]),
            Figure.Curve(
              title: "validation ELBO, 1 sample", file: "evaluations.csv", x: column, y: 4,
              color: Figure.colors[2]),
          ], settings: floor.map { ["set yrange [\($0.rounded(.down)):*]"] } ?? []),
        Figure(
          name: "variance-\(axis)", xLabel: axis, yLabel: "ln variance of the gradient (moving)",
          curves: [
            Figure.Curve(
              title: session.configuration.estimation.estimator.title, file: "progress.csv",
              x: column, y: 4, color: Figure.colors[0])
          ]),
      ]
    }
  }

  /// The rows of one of the run's tables: the step and what follows it.
  private func rows(of name: String) -> [Row] {
    let text =
      (try? String(contentsOfFile: "\(session.folder.path)/\(name)", encoding: .utf8)) ?? ""
    return text.split(separator: "\n").dropFirst().compactMap { line in
      let fields = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      return Int(fields[0]).map { Row(step: $0, fields: Array(fields.dropFirst())) }
    }
  }
}
