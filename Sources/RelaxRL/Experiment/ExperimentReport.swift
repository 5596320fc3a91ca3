import Formats
import Runs

/// What an experiment leaves beside its runs: tables for programs, and one for people.
struct ExperimentReport {
  /// Of each block; an experiment without blocks is one.
  let blocks: [ExperimentStatistics]

  /// Writes `runs.csv`, `statistics.csv`, `comparisons.csv` and `report.json`.
  ///
  /// - Parameter folder: of the experiment.
  /// - Throws: what the system refused.
  func write(to folder: ExperimentFolder) throws {
    try folder.write(CommaSeparated.text(ReportRun.columns, runs.map(\.cells)), as: "runs.csv")
    try folder.write(
      CommaSeparated.text(
        ["agent", "environment", "measure", "statistic", "estimate", "lower", "upper", "sample"],
        blocks.flatMap(\.rows).map {
          [$0.agent, $0.environment, $0.measure, $0.statistic] + $0.value.cells + ["\($0.sample)"]
        }), as: "statistics.csv")
    try folder.write(
      CommaSeparated.text(
        [
          "agent", "against", "environment", "measure", "comparison", "statistic", "estimate",
          "lower", "upper", "sample",
        ],
        blocks.flatMap(\.comparisons).map {
          [$0.agent, $0.against, $0.environment, $0.measure, $0.comparison, $0.statistic]
            + $0.value.cells + ["\($0.sample)"]
        }), as: "comparisons.csv")
    try folder.write(try JSONText.indented(json) + "\n", as: "report.json")
  }

  /// Everything as one value; what is not finite is left out of it.
  var json: ReportJSON {
    let seeds = Set(blocks.map(\.seeds)).count == 1 ? blocks.first?.seeds : nil
    return ReportJSON(
      seeds: seeds.map(SeedList.text), sample: seeds?.count, runs: runs,
      statistics: blocks.flatMap(\.rows), comparisons: blocks.flatMap(\.comparisons))
  }

  private var runs: [ReportRun] { blocks.flatMap { Self.runs(of: $0) } }

  private static func runs(of statistics: ExperimentStatistics) -> [ReportRun] {
    statistics.labels.indices.flatMap { agent in
      statistics.environments.indices.flatMap { task in
        statistics.seeds.enumerated().map { index, seed in
          ReportRun(
            agent: statistics.labels[agent], environment: statistics.environments[task],
            seed: seed, outcome: statistics.outcomes[agent][task][index])
        }
      }
    }
  }
}

/// A row of `runs.csv`.
struct ReportRun: Encodable {
  static let columns = [
    "agent", "environment", "seed", "solved", "steps", "episodes", "solved_at_step",
    "solved_at_episode", "mean_return_last_100", "seconds", "evaluations",
    "best_evaluation_return", "first_evaluation_at_threshold", "failed", "parameters_sha256",
  ]

  var agent: String
  var environment: String
  var seed: UInt64
  var failed: Bool
  var summary: RunSummary?

  init(agent: String, environment: String, seed: UInt64, outcome: RunOutcome) {
    self.agent = agent
    self.environment = environment
    self.seed = seed
    failed = outcome.summary == nil
    summary = outcome.summary
  }

  var cells: [String] {
    func cell<Value>(_ value: Value?) -> String { value.map { "\($0)" } ?? "" }
    let evaluation = summary?.evaluation
    return [
      agent, environment, "\(seed)", cell(summary?.solved), cell(summary?.steps),
      cell(summary?.episodes), cell(summary?.solvedAtStep), cell(summary?.solvedAtEpisode),
      cell(summary?.meanReturnLast100), cell(summary?.seconds), cell(evaluation?.count),
      cell(evaluation?.bestMeanReturn), cell(evaluation?.firstEvaluationAtThreshold),
      "\(failed)", cell(summary?.parametersSHA256),
    ]
  }
}

/// What `report.json` holds and `--json` prints.
struct ReportJSON: Encodable {
  var format = ExperimentFolder.format
  /// Nil where blocks have seeds of their own.
  var seeds: String?
  /// Runs of each agent in each environment; nil likewise.
  var sample: Int?
  var confidence = 0.95
  var resamples = StratifiedBootstrap.usualResamples
  var runs: [ReportRun]
  var statistics: [ExperimentStatistics.Row]
  var comparisons: [ExperimentStatistics.ComparisonRow]
}

extension ExperimentStatistics.Row: Encodable {
  private enum CodingKeys: String, CodingKey {
    case agent, environment, measure, statistic, sample
  }

  /// Encodes the ends of the interval beside the names.
  func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(agent, forKey: .agent)
    try values.encode(environment, forKey: .environment)
    try values.encode(measure, forKey: .measure)
    try values.encode(statistic, forKey: .statistic)
    try values.encode(sample, forKey: .sample)
    try value.encode(to: encoder)
  }
}

extension ExperimentStatistics.ComparisonRow: Encodable {
  private enum CodingKeys: String, CodingKey {
    case agent, against, environment, measure, comparison, statistic, sample
  }

  /// Encodes the ends of the interval beside the names.
  func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(agent, forKey: .agent)
    try values.encode(against, forKey: .against)
    try values.encode(environment, forKey: .environment)
    try values.encode(measure, forKey: .measure)
    try values.encode(comparison, forKey: .comparison)
    try values.encodeIfPresent(statistic.isEmpty ? nil : statistic, forKey: .statistic)
    try values.encode(sample, forKey: .sample)
    try value.encode(to: encoder)
  }
}
