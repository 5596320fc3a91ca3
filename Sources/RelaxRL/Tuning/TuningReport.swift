import Formats
import GSL
import Runs

/// What a search has found.
struct TuningReport {
  /// A configuration in the last rung that it came to.
  struct Row: Encodable {
    /// Counted from 1; 0 is the preset.
    var configuration: Int
    /// Counted from 1.
    var rung: Int
    /// The share of the rung's other configurations that it beats, over the rung's seeds.
    var score: BootstrapInterval
    var solved: Int
    var runs: Int
    /// Nil where fewer than half of the runs were solved.
    var medianSolvedAtStep: Double?
    /// The median over the seeds; nil where no episode has ended in half of the runs.
    var medianMeanReturn: Double?
    var failed: Int
    /// By setting, as they are typed.
    var settings: [String: String]

    private enum CodingKeys: String, CodingKey {
      case configuration, rung, score, solved, runs, failed, settings
      case medianSolvedAtStep = "median_solved_at_step"
      case medianMeanReturn = "median_mean_return"
    }
  }

  /// What a setting's value has to do with the score of the first rung.
  struct Effect: Encodable {
    var setting: String
    /// The share of the variance of the scores that goes with the part of the range.
    var share: BootstrapInterval
    /// Of value and score; nil where values have no order.
    var rankCorrelation: BootstrapInterval?
    /// The part of the range with the highest mean score.
    var bestPart: String
    var bestPartScore: Double

    private enum CodingKeys: String, CodingKey {
      case setting, share
      case rankCorrelation = "rank_correlation"
      case bestPart = "best_part"
      case bestPartScore = "best_part_score"
    }
  }

  let plan: TuningPlan
  let outcomes: [RungOutcome]
  /// From the best on: those of the last rung first.
  let rows: [Row]
  /// From the largest share on.
  let effects: [Effect]

  /// What follows from the runs.
  ///
  /// - Parameters:
  ///   - plan: what was searched.
  ///   - outcomes: of every rung, at least one.
  init(_ plan: TuningPlan, _ outcomes: [RungOutcome]) {
    self.plan = plan
    self.outcomes = outcomes
    var rows: [Row] = []
    var seen: Set<Int> = []
    for (index, outcome) in outcomes.enumerated().reversed() {
      for configuration in outcome.ranking where seen.insert(configuration).inserted {
        rows.append(Self.row(configuration, outcome, rung: index + 1, plan))
      }
    }
    self.rows = rows
    effects = Self.effects(plan, outcomes[0]).sorted {
      ($0.share.estimate.isNaN ? -1 : $0.share.estimate)
        > ($1.share.estimate.isNaN ? -1 : $1.share.estimate)
    }
  }

  /// The best configuration, 0 where it is the preset.
  var best: Row { rows[0] }

  private static func row(
    _ configuration: Int, _ outcome: RungOutcome, rung: Int, _ plan: TuningPlan
  ) -> Row {
    let place = outcome.members.firstIndex(of: configuration) ?? 0
    let results = outcome.results[place]
    // The same seeds are drawn for every configuration.
    var stream = RandomStream(seed: 0, purpose: "tuning-bootstrap")
    var score = StratifiedBootstrap(strata: [results.count], using: &stream)
      .interval(of: [outcome.shares[place]]) { Aggregate.mean($0[0]) }
    score.estimate = outcome.scores[place]
    func finite(_ value: Double) -> Double? { value.isFinite ? value : nil }
    let words =
      configuration == 0
      ? plan.space.ranges.map { plan.runs.tables[0][$0.key]?.word ?? "" }
      : plan.space.words(of: configuration - 1)
    return Row(
      configuration: configuration, rung: rung, score: score,
      solved: results.count { $0.solvedAtStep != nil }, runs: results.count,
      medianSolvedAtStep: finite(
        Aggregate.median(results.map { $0.solvedAtStep.map(Double.init) ?? .infinity })),
      medianMeanReturn: finite(Aggregate.median(results.map { $0.meanReturn ?? -.infinity })),
      failed: results.count { $0.isFailed },
      settings: Dictionary(uniqueKeysWithValues: zip(plan.space.ranges.map(\.key), words)))
  }

  /// Of the configurations that were drawn, without the preset.
  private static func effects(_ plan: TuningPlan, _ first: RungOutcome) -> [Effect] {
    let space = plan.space
    let scores = zip(first.members, first.scores).filter { $0.0 > 0 }.map { $0.1 }
    var stream = RandomStream(seed: 0, purpose: "tuning-effects")
    return space.ranges.enumerated().map { index, range in
      let places = space.points.map { $0[index] }
      let parts = places.map { range.part(of: $0) }
      let means = (0..<range.partCount).map { part -> Double in
        let own = zip(scores, parts).filter { $0.1 == part }.map { $0.0 }
        return own.isEmpty ? -.infinity : Aggregate.mean(own)
      }
      let best = means.indices.max { means[$0] < means[$1] } ?? 0
      return Effect(
        setting: range.key, share: MainEffect.interval(of: scores, in: parts, using: &stream),
        rankCorrelation: range.isOrdered
          ? Ranks.correlation(places.map { range.number(at: $0) }, scores) : nil,
        bestPart: range.name(ofPart: best), bestPartScore: means[best])
    }
  }
}

extension TuningReport {
  /// What `report.json` holds and `--json` prints.
  struct JSON: Encodable {
    struct Rung: Encodable {
      var steps: Int
      var configurations: Int
      var seeds: String
    }

    var format = SearchFolder.format
    var agent: String
    var environment: String
    var rungs: [Rung]
    /// The number of the best configuration; 0 for the preset.
    var best: Int
    var configurations: [Row]
    var effects: [Effect]
  }

  /// Everything as one value; what is not finite is left out of it.
  var json: JSON {
    JSON(
      agent: plan.settings.agent, environment: plan.settings.env,
      rungs: outcomes.map {
        JSON.Rung(
          steps: $0.rung.steps, configurations: $0.members.count,
          seeds: SeedList.text($0.rung.seeds)
        )
      }, best: best.configuration, configurations: rows, effects: effects)
  }

  /// Writes `configurations.csv`, `effects.csv`, `report.json` and `best.yaml`.
  ///
  /// - Throws: what the system refused.
  func write(to folder: SearchFolder) throws {
    let keys = plan.space.ranges.map(\.key)
    try folder.write(
      CommaSeparated.text(
        [
          "configuration", "rung", "score", "lower", "upper", "solved", "runs",
          "median_solved_at_step", "median_mean_return", "failed",
        ] + keys,
        rows.map { row in
          ["\(row.configuration)", "\(row.rung)"] + row.score.cells
            + ["\(row.solved)", "\(row.runs)", Self.cell(row.medianSolvedAtStep)]
            + [Self.cell(row.medianMeanReturn), "\(row.failed)"]
            + keys.map { row.settings[$0] ?? "" }
        }), as: "configurations.csv")
    try folder.write(
      CommaSeparated.text(
        [
          "setting", "share", "share_lower", "share_upper", "rank_correlation",
          "rank_correlation_lower", "rank_correlation_upper", "best_part", "best_part_score",
        ],
        effects.map { effect in
          [effect.setting] + effect.share.cells
            + (effect.rankCorrelation?.cells ?? ["", "", ""])
            + [effect.bestPart, Self.cell(effect.bestPartScore)]
        }), as: "effects.csv")
    try folder.write(try JSONText.indented(json) + "\n", as: "report.json")
    try folder.write(preset, as: Self.presetName)
  }

  /// The file of the best settings.
  static let presetName = "best.yaml"

  private var preset: String {
    let last = outcomes[outcomes.count - 1]
    let name =
      best.configuration == 0
      ? "The preset, which nothing that was searched is better than"
      : "Configuration \(best.configuration) of \(plan.space.points.count)"
    return plan.preset(
      of: best.configuration,
      comment: "\(name): the best of \(last.members.count) over the seeds "
        + "\(SeedList.text(last.rung.seeds)).\nFor \(ProgramName.current) --config.")
  }

  private static func cell(_ value: Double?) -> String {
    value.map { $0.isFinite ? "\($0)" : "" } ?? ""
  }
}
