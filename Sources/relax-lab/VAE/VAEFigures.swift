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
  /// - Returns: what to tell of gnuplot.
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
    func timed(_ name: String, columns: [Int], _ header: String) throws {
      var lines = ["step,seconds,\(header)"]
      for row in rows(of: name) {
        let time = seconds[row.step] ?? (row.step == 0 ? "0" : "")
        lines.append("\(row.step),\(time)," + columns.map { row.fields[$0] }.joined(separator: ","))
      }
      try (lines.joined(separator: "\n") + "\n").write(
        to: folder.appendingPathComponent(name), atomically: true, encoding: .utf8)
    }
    try timed("progress.csv", columns: [0, 1], "objective,log_variance")
    try timed("evaluations.csv", columns: [1, 2], "train_elbo,validation_elbo")
    return try FigureFolder(folder: folder).draw(figures).note
  }

  private var figures: [Figure] {
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
          ]),
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
