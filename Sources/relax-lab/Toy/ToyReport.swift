import Foundation
import GSL

/// Writes the toy experiment's tables and figures.
struct ToyReport {
  let folder: URL
  let settings: ToySettings

  private static let measures: [(name: String, of: @Sendable (ToyRecord) -> [Double])] = [
    ("loss", { $0.losses }), ("theta", { $0.probabilities }),
    ("log_variance", { $0.logVariances }),
  ]

  /// Mean and 95 % interval over the seeds, one line for each estimator and recorded step.
  func writeCurves(_ results: [(estimator: ToyEstimator, records: [ToyRecord])]) throws {
    let columns = Self.measures.flatMap { ["\($0.name)", "\($0.name)_lower", "\($0.name)_upper"] }
    var lines = ["estimator,step," + columns.joined(separator: ",")]
    for (estimator, records) in results {
      for record in records {
        let fields = try Self.measures.flatMap { measure in
          let interval = try ConfidenceInterval(ofMean: measure.of(record))
          return [interval.mean, interval.lower, interval.upper]
        }
        lines.append(
          "\(estimator.rawValue),\(record.step)," + fields.map { "\($0)" }.joined(separator: ","))
      }
    }
    try write(lines, to: "curves.csv")
  }

  /// Every run.
  func writeRuns(_ results: [(estimator: ToyEstimator, records: [ToyRecord])]) throws {
    var lines = ["estimator,seed,step,loss,theta,log_variance"]
    for (estimator, records) in results {
      for record in records {
        for (run, seed) in settings.seeds.enumerated() {
          let fields = Self.measures.map { "\($0.of(record)[run])" }.joined(separator: ",")
          lines.append("\(estimator.rawValue),\(seed),\(record.step),\(fields)")
        }
      }
    }
    try write(lines, to: "runs.csv")
  }

  /// The control variates at the end of the first run, and the best one there is, as functions of z.
  ///
  /// Both are for the logit at which the run ended.
  func writeRelaxations(_ trainings: [ToyTraining]) throws {
    var lines = ["estimator,theta,z,control_variate,optimum"]
    let points = (-60...60).map { Double($0) / 10 }
    for training in trainings {
      let probability = 1 / (1 + exp(-training.logits.values[0]))
      let best = OptimalRelaxation.constant(target: settings.target, probability: probability)
      for (z, c) in zip(points, try training.controlVariate(at: points)) {
        lines.append("\(training.estimator.rawValue),\(probability),\(z),\(c),\(best)")
      }
    }
    try write(lines, to: "relaxations.csv")
  }

  /// The least variance over a grid of θ: of REINFORCE, the Concrete relaxation and any function.
  func writeOptimum() throws {
    var lines = [
      "theta,variance_reinforce,variance_best_concrete,best_temperature,best_scale,"
        + "variance_optimum,optimum_at_minus_2,optimum_at_0,optimum_at_2,predicted_constant"
    ]
    for percent in stride(from: 5, through: 95, by: 5) {
      let row = try OptimalRelaxation.solve(
        target: settings.target, probability: Double(percent) / 100)
      lines.append(
        [
          row.probability, row.scoreFunction, row.concrete, row.temperature, row.scale,
          row.variance, row.values[0], row.values[1], row.values[2], row.constant,
        ].map { "\($0)" }.joined(separator: ","))
    }
    try write(lines, to: "optimum.csv")
  }

  private func write(_ lines: [String], to name: String) throws {
    try (lines.joined(separator: "\n") + "\n")
      .write(to: folder.appendingPathComponent(name), atomically: true, encoding: .utf8)
  }

  /// Draws the tables with gnuplot.
  ///
  /// - Returns: whether gnuplot was found and succeeded.
  func drawFigures(_ estimators: [ToyEstimator]) -> Bool {
    var script = "set datafile separator ','\nset key outside right\nset grid\n"
    func figure(_ name: String, _ plot: String) {
      for (format, options) in [("svg", "size 900,500"), ("pngcairo", "size 1200,660")] {
        let suffix = format == "svg" ? "svg" : "png"
        script += "set terminal \(format) \(options)\nset output '\(name).\(suffix)'\n\(plot)\n"
      }
    }
    for (index, measure) in Self.measures.enumerated() {
      let (mean, lower, upper) = (3 + 3 * index, 4 + 3 * index, 5 + 3 * index)
      let curves = estimators.enumerated().map { number, estimator in
        let rows = "'< grep \"^\(estimator.rawValue),\" curves.csv' using 2"
        return "\(rows):\(lower):\(upper) with filledcurves lc \(number + 1) fs transparent solid "
          + "0.15 notitle, \(rows):\(mean) with lines lc \(number + 1) lw 2 title "
          + "'\(estimator.title)'"
      }
      figure(
        measure.name,
        "set xlabel 'steps'\nset ylabel '\(measure.name.replacingOccurrences(of: "_", with: " "))'\n"
          + "plot " + curves.joined(separator: ", "))
    }
    let relaxed = estimators.filter { $0 == .rebar || $0 == .relax }
    if !relaxed.isEmpty {
      let curves = relaxed.flatMap { estimator in
        let rows = "'< grep \"^\(estimator.rawValue),\" relaxations.csv' using 3"
        return [
          "\(rows):4 with lines lw 2 title '\(estimator.title)'",
          "\(rows):5 with lines dt 2 title 'optimum for \(estimator.title)'",
        ]
      }
      figure(
        "relaxations",
        "set xlabel 'z'\nset ylabel 'control variate'\nplot " + curves.joined(separator: ", "))
    }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["gnuplot", "-"]
    process.currentDirectoryURL = folder
    let input = Pipe()
    process.standardInput = input
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return false }
    // A missing gnuplot closes the pipe at once, which must not end this process.
    signal(SIGPIPE, SIG_IGN)
    try? input.fileHandleForWriting.write(contentsOf: Data(script.utf8))
    try? input.fileHandleForWriting.close()
    process.waitUntilExit()
    return process.terminationStatus == 0
  }
}
