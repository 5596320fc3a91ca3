import Foundation
import GSL

/// All runs of one estimator, as the tables see them.
struct ToyResult {
  let estimator: ToyEstimator
  let records: [ToyRecord]
}

/// Writes the toy experiment's tables.
struct ToyReport {
  let folder: URL
  let settings: ToySettings

  /// What is recorded of each run, in the order of the columns.
  static let measures: [(name: String, of: @Sendable (ToyRecord) -> [Double])] = [
    ("loss", { $0.losses }), ("theta", { $0.probabilities }),
    ("log_variance", { $0.logVariances }),
  ]

  /// Mean and 95 % interval over the seeds, one line for each estimator and recorded step.
  func writeCurves(_ results: [ToyResult]) throws {
    let columns = Self.measures.flatMap { ["\($0.name)", "\($0.name)_lower", "\($0.name)_upper"] }
    var lines = ["estimator,step," + columns.joined(separator: ",")]
    for result in results {
      for record in result.records {
        let fields = try Self.measures.flatMap { measure in
          let interval = try ConfidenceInterval(ofMean: measure.of(record))
          return [interval.mean, interval.lower, interval.upper]
        }
        lines.append("\(result.estimator.name),\(record.step)," + joined(fields))
      }
    }
    try write(lines, to: "curves.csv")
  }

  /// Every run.
  func writeRuns(_ results: [ToyResult]) throws {
    var lines = ["estimator,seed,step,loss,theta,log_variance"]
    for result in results {
      for record in result.records {
        for (run, seed) in settings.seeds.enumerated() {
          let fields = Self.measures.map { $0.of(record)[run] }
          lines.append("\(result.estimator.name),\(seed),\(record.step)," + joined(fields))
        }
      }
    }
    try write(lines, to: "runs.csv")
  }

  /// The control variates at the end of each run, and the best one there is, as functions of z.
  ///
  /// Both are for the θ at which the run ended.
  func writeRelaxations(_ trainings: [ToyTraining]) throws {
    var lines = ["estimator,seed,theta,z,control_variate,optimum"]
    let points = (-60...60).map { Double($0) / 10 }
    for training in trainings {
      for (run, seed) in settings.seeds.enumerated() {
        let probability = 1 / (1 + exp(-training.logits.values[run]))
        let best = try OptimalRelaxation(target: settings.target, probability: probability)
        let learned = try training.controlVariate(ofRun: run, at: points)
        for (z, c) in zip(points, learned) {
          lines.append(
            "\(training.estimator.name),\(seed),"
              + joined([probability, z, c, best.value(at: z)]))
        }
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
      let probability = Double(percent) / 100
      let best = try OptimalRelaxation(target: settings.target, probability: probability)
      guard let concrete = best.bestConcrete else { continue }
      lines.append(
        joined([
          probability, best.scoreFunction, concrete.variance, concrete.temperature,
          concrete.scale, best.variance, best.value(at: -2), best.value(at: 0), best.value(at: 2),
          OptimalRelaxation.constant(target: settings.target, probability: probability),
        ]))
    }
    try write(lines, to: "optimum.csv")
  }

  /// The Concrete relaxation at θ = ½, with the best η, over a grid of λ that ends in a constant.
  func writeTemperatures() throws {
    let best = try OptimalRelaxation(target: settings.target, probability: 0.5)
    try write(
      ["temperature,best_scale,variance,variance_reinforce"]
        + best.concrete.map {
          joined([$0.temperature, $0.scale, $0.variance, best.scoreFunction])
        }, to: "temperatures.csv")
  }

  /// Where the runs ended, one line for each estimator.
  func writeSummary(_ summaries: [ToySummary]) throws {
    try write(
      ["estimator,seeds,median_loss,min_loss,max_loss,median_theta,median_log_variance"]
        + summaries.map { summary in
          "\(summary.estimator.name),\(summary.losses.count),"
            + joined([
              summary.medianLoss, summary.losses.min() ?? .nan, summary.losses.max() ?? .nan,
              summary.medianProbability, summary.medianLogVariance,
            ])
        }, to: "summary.csv")
  }

  private func joined(_ fields: [Double]) -> String {
    fields.map { "\($0)" }.joined(separator: ",")
  }

  private func write(_ lines: [String], to name: String) throws {
    try (lines.joined(separator: "\n") + "\n")
      .write(to: folder.appendingPathComponent(name), atomically: true, encoding: .utf8)
  }
}

/// Where the runs of one estimator ended.
struct ToySummary {
  let estimator: ToyEstimator
  /// Per seed.
  let losses: [Double]
  let medianLoss: Double
  let medianProbability: Double
  let medianLogVariance: Double

  /// The end of a result; nil when nothing was recorded.
  ///
  /// - Throws: `GSLError` when there is no run.
  init?(_ result: ToyResult) throws {
    guard let last = result.records.last else { return nil }
    estimator = result.estimator
    losses = last.losses
    medianLoss = try Statistics.median(last.losses)
    medianProbability = try Statistics.median(last.probabilities)
    medianLogVariance = try Statistics.median(last.logVariances)
  }

  /// In how many of the seeds this estimator ended lower than another.
  func seedsBelow(_ other: ToySummary) -> Int {
    zip(losses, other.losses).count { $0 < $1 }
  }
}
