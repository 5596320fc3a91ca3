import Runs

/// Successive halving: all configurations train for few steps, the better ones for more.
///
/// Karnin, Koren and Somekh (2013), Jamieson and Talwalkar (2016). Configurations are compared by ranks,
/// seed by seed, so that neither the scale of a task's returns nor a lucky seed weighs more than others.
enum Halving {
  /// How far all configurations of a rung train, and with which seeds.
  struct Rung: Hashable {
    /// Environment steps from the beginning of a run.
    var steps: Int
    /// How many configurations, that of the preset not counted.
    var configurations: Int
    var seeds: [UInt64]
  }

  /// The rungs of a search.
  ///
  /// Each has `factor` times the steps of the one before, one in `factor` of its configurations and twice
  /// its seeds; the last one has all of both.
  ///
  /// - Parameters:
  ///   - count: of rungs, at least 1.
  ///   - factor: at least 2.
  ///   - configurations: of the first.
  ///   - steps: of the last.
  ///   - seeds: of the last.
  /// - Returns: from the first on.
  static func rungs(
    _ count: Int, factor: Int, configurations: Int, steps: Int, seeds: [UInt64]
  ) -> [Rung] {
    func upwards(_ number: Int, over divisor: Int) -> Int {
      number / divisor + (number % divisor == 0 ? 0 : 1)
    }
    var rungs: [Rung] = []
    for index in 0..<count {
      let left = count - 1 - index
      // Each division by itself: a power of the factor could be beyond any number.
      rungs.append(
        Rung(
          steps: (0..<left).reduce(steps) { number, _ in max(1, number / factor) },
          configurations: (0..<index).reduce(configurations) { number, _ in
            upwards(number, over: factor)
          },
          seeds: Array(
            seeds.prefix((0..<left).reduce(seeds.count) { number, _ in upwards(number, over: 2) }))
        ))
    }
    return rungs
  }

  /// The share of the other configurations that each beats, ties for a half, seed by seed.
  ///
  /// - Parameter results: `[configuration][seed]`.
  /// - Returns: of the same shape, numbers in [0, 1]; 1 for a configuration without others.
  static func shares(_ results: [[TrialResult]]) -> [[Double]] {
    let others = Double(results.count - 1)
    return beaten(results).map { $0.map { others > 0 ? $0 / others : 1 } }
  }

  /// The score of each configuration: its mean share over the seeds.
  ///
  /// - Parameter results: `[configuration][seed]`, at least one seed.
  /// - Returns: numbers in [0, 1], larger ones being better.
  static func scores(_ results: [[TrialResult]]) -> [Double] {
    let others = Double(results.count - 1)
    // Halves add up exactly, so that equal configurations have equal scores.
    return beaten(results).map { beaten in
      others > 0 ? beaten.reduce(0, +) / (others * Double(beaten.count)) : 1
    }
  }

  /// How many others each configuration beats, seed by seed.
  private static func beaten(_ results: [[TrialResult]]) -> [[Double]] {
    var beaten = results.map { _ in [Double]() }
    let seeds = results.first?.count ?? 0
    for seed in 0..<seeds {
      let column = results.map { $0[seed].standing }
      let levels = Set(column).sorted()
      let places = Dictionary(uniqueKeysWithValues: levels.enumerated().map { ($1, Double($0)) })
      // The worst has the rank 1 and beats nobody.
      let ranks = Ranks.of(column.map { places[$0] ?? 0 })
      for (index, rank) in ranks.enumerated() {
        beaten[index].append(rank - 1)
      }
    }
    return beaten
  }

  /// The indices of the best scores, the best first; of equal ones the first.
  static func best(_ count: Int, of scores: [Double]) -> [Int] {
    Array(
      scores.indices.sorted { scores[$0] != scores[$1] ? scores[$0] > scores[$1] : $0 < $1 }
        .prefix(count))
  }
}

/// What a run had come to when it was stopped.
struct TrialResult: Hashable {
  var steps: Int
  var episodes: Int
  /// Nil where it was not solved.
  var solvedAtStep: Int?
  /// Of the last 100 training episodes; nil where none has ended.
  var meanReturn: Double?
  /// Whether a number was not finite, so that there is no result.
  var isFailed = false

  /// What a run is compared by: the earlier it was solved, then the higher its return.
  struct Standing: Hashable, Comparable {
    var solvedAtStep: Int
    var meanReturn: Double

    /// Whether the first is worse.
    static func < (first: Standing, second: Standing) -> Bool {
      first.solvedAtStep != second.solvedAtStep
        ? first.solvedAtStep > second.solvedAtStep : first.meanReturn < second.meanReturn
    }
  }

  /// Of a run that failed, or in which no episode has ended, nothing is worse.
  var standing: Standing {
    guard !isFailed else { return Standing(solvedAtStep: .max, meanReturn: -.infinity) }
    if let solvedAtStep { return Standing(solvedAtStep: solvedAtStep, meanReturn: 0) }
    return Standing(solvedAtStep: .max, meanReturn: meanReturn ?? -.infinity)
  }
}

/// A run of a search: which configuration, seed and rung.
struct Trial: Hashable {
  /// Counted from 1; 0 is the preset.
  var configuration: Int
  var seed: UInt64
  /// Environment steps after which it is stopped.
  var limit: Int
}

/// A line of the journal.
struct TrialRecord {
  static let columns = [
    "configuration", "seed", "limit", "steps", "episodes", "solved_at_step", "mean_return_last_100",
    "failed",
  ]

  var trial: Trial
  var result: TrialResult

  init(_ trial: Trial, _ result: TrialResult) {
    self.trial = trial
    self.result = result
  }

  /// What a line says; nil where it says nothing of the kind.
  init?(line: String) {
    let cells = line.split(separator: ",", omittingEmptySubsequences: false)
    guard cells.count == Self.columns.count, let configuration = Int(cells[0]),
      let seed = UInt64(cells[1]), let limit = Int(cells[2]), let steps = Int(cells[3]),
      let episodes = Int(cells[4]), let isFailed = Bool(String(cells[7])),
      let solved = Self.optional(cells[5], { Int($0) }),
      let mean = Self.optional(cells[6], { Double($0) })
    else { return nil }
    trial = Trial(configuration: configuration, seed: seed, limit: limit)
    result = TrialResult(
      steps: steps, episodes: episodes, solvedAtStep: solved, meanReturn: mean, isFailed: isFailed)
  }

  /// The line; numbers are read back exactly.
  var line: String {
    [
      "\(trial.configuration)", "\(trial.seed)", "\(trial.limit)", "\(result.steps)",
      "\(result.episodes)", result.solvedAtStep.map { "\($0)" } ?? "",
      result.meanReturn.map { "\($0)" } ?? "", "\(result.isFailed)",
    ].joined(separator: ",")
  }

  /// An empty cell is nil within; one that cannot be read is nil itself.
  private static func optional<Value>(
    _ cell: Substring, _ read: (Substring) -> Value?
  ) -> Value?? {
    if cell.isEmpty { return .some(nil) }
    return read(cell).map { .some($0) }
  }
}
