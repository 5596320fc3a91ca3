import GSL
import Runs

/// The outcomes of an experiment, and what they say of its agents.
struct ExperimentStatistics {
  /// A statistic of one agent in one environment, or over all of them.
  struct Row {
    var agent: String
    var environment: String
    var measure: String
    var statistic: String
    var value: BootstrapInterval
    /// How many runs it is from.
    var sample: Int
  }

  /// A statistic of an agent beside that of another one.
  struct ComparisonRow {
    var agent: String
    var against: String
    var environment: String
    var measure: String
    /// Ratio, difference, or probability of improvement.
    var comparison: String
    var statistic: String
    var value: BootstrapInterval
    /// How many pairs of runs it is from; for a probability, runs of each agent.
    var sample: Int
  }

  /// What stands in the place of an environment where all are meant.
  let all: String

  private(set) var rows: [Row] = []
  private(set) var comparisons: [ComparisonRow] = []
  let labels: [String]
  let environments: [String]
  let seeds: [UInt64]
  /// `[agent][environment][seed]`.
  let outcomes: [[[RunOutcome]]]
  private let paired: StratifiedBootstrap
  /// Of the agent that another one is compared with, where the two are drawn independently.
  private let independent: StratifiedBootstrap

  /// Computes everything.
  ///
  /// - Parameters:
  ///   - outcomes: `[agent][environment][seed]`.
  ///   - labels: of the agents.
  ///   - environments: their names.
  ///   - seeds: in the order of the outcomes.
  ///   - against: with which agent the others are compared, or nil.
  ///   - block: the name of the block that they are, or nil.
  ///   - hasEvaluations: whether runs were evaluated while they trained.
  init(
    _ outcomes: [[[RunOutcome]]], labels: [String], environments: [String], seeds: [UInt64],
    against: String?, block: String? = nil, hasEvaluations: Bool
  ) {
    all = block.map { "all:\($0)" } ?? "all"
    self.outcomes = outcomes
    self.labels = labels
    self.environments = environments
    self.seeds = seeds
    let strata = environments.map { _ in seeds.count }
    var streams = (0..<2).map {
      RandomStream(seed: 0, purpose: "experiment-bootstrap", lane: UInt64($0))
    }
    paired = StratifiedBootstrap(strata: strata, using: &streams[0])
    independent = StratifiedBootstrap(strata: strata, using: &streams[1])
    let measures = ExperimentMeasure.allCases.filter {
      hasEvaluations || ($0 != .evaluationSteps && $0 != .evaluationReturn)
    }
    for agent in labels.indices {
      addSolved(agent)
      for measure in measures { addStatistics(agent, measure) }
    }
    guard let against, let other = labels.firstIndex(of: against) else { return }
    for agent in labels.indices where agent != other {
      for measure in measures { compare(agent, other, measure) }
    }
  }

  private func values(_ agent: Int, _ measure: ExperimentMeasure) -> [[Double?]] {
    outcomes[agent].map { $0.map { measure.value(of: $0) } }
  }

  private mutating func addSolved(_ agent: Int) {
    let solved = outcomes[agent].map { $0.map { $0.summary?.solved == true ? 1.0 : 0.0 } }
    func add(_ environment: String, _ sample: Int, _ value: BootstrapInterval) {
      rows.append(
        Row(
          agent: labels[agent], environment: environment, measure: "solved",
          statistic: Aggregate.mean.rawValue, value: value, sample: sample))
    }
    for (task, environment) in environments.enumerated() {
      add(environment, seeds.count, interval(solved[task], task) { Aggregate.mean($0) })
    }
    if environments.count > 1 {
      add(
        all, seeds.count * environments.count,
        paired.interval(of: solved) { Aggregate.mean.overTasks($0) })
    }
  }

  private mutating func addStatistics(_ agent: Int, _ measure: ExperimentMeasure) {
    let values = values(agent, measure)
    for (task, environment) in environments.enumerated() {
      let known = values[task].compactMap { $0 }
      guard !known.isEmpty else { continue }
      for statistic in Aggregate.allCases {
        rows.append(
          Row(
            agent: labels[agent], environment: environment, measure: measure.rawValue,
            statistic: statistic.rawValue,
            value: interval(known, task) { statistic($0) }, sample: known.count))
      }
    }
  }

  private mutating func compare(_ agent: Int, _ other: Int, _ measure: ExperimentMeasure) {
    let (left, right) = (values(agent, measure), values(other, measure))
    // A run without the number leaves the pair.
    let pairs = zip(left, right).map { left, right in
      zip(left, right).compactMap { left, right in
        left.flatMap { left in right.map { (left, $0) } }
      }
    }
    for (task, environment) in environments.enumerated() where !pairs[task].isEmpty {
      let (first, second) = (pairs[task].map(\.0), pairs[task].map(\.1))
      let draws = draws(task, first.count)
      func addTask(
        _ comparison: String, _ statistic: Aggregate?, _ value: BootstrapInterval
      ) {
        add(
          agent, other, environment, measure, comparison, statistic, value, first.count)
      }
      for statistic in Aggregate.allCases {
        if !measure.isReturn {
          addTask(
            "ratio", statistic,
            draws.paired.interval(of: [first], pairedWith: [second]) {
              Comparison.ratio(statistic, of: $0, over: $1)
            })
        }
        addTask(
          "difference", statistic,
          draws.paired.interval(of: [first], pairedWith: [second]) {
            Comparison.difference(statistic, of: $0[0], minus: $1[0])
          })
      }
      addTask(
        Self.improvement, nil,
        improvement(measure, [first], [second], draws.paired, draws.independent))
    }
    guard environments.count > 1, pairs.allSatisfy({ $0.count == seeds.count }) else { return }
    let (first, second) = (pairs.map { $0.map(\.0) }, pairs.map { $0.map(\.1) })
    let sample = seeds.count * environments.count
    if !measure.isReturn {
      for statistic in Aggregate.allCases {
        add(
          agent, other, all, measure, "ratio", statistic,
          paired.interval(of: first, pairedWith: second) {
            Comparison.ratio(statistic, of: $0, over: $1)
          }, sample)
      }
    }
    add(
      agent, other, all, measure, Self.improvement, nil,
      improvement(measure, first, second, paired, independent), sample)
  }

  static let improvement = "probability_of_improvement"

  private func improvement(
    _ measure: ExperimentMeasure, _ first: [[Double]], _ second: [[Double]],
    _ bootstrap: StratifiedBootstrap, _ other: StratifiedBootstrap
  ) -> BootstrapInterval {
    bootstrap.interval(of: first, and: second, drawnBy: other) { first, second in
      measure.isSmallerBetter
        ? Comparison.probabilityOfImprovement(of: second, over: first)
        : Comparison.probabilityOfImprovement(of: first, over: second)
    }
  }

  private mutating func add(
    _ agent: Int, _ other: Int, _ environment: String, _ measure: ExperimentMeasure,
    _ comparison: String, _ statistic: Aggregate?, _ value: BootstrapInterval, _ sample: Int
  ) {
    comparisons.append(
      ComparisonRow(
        agent: labels[agent], against: labels[other], environment: environment,
        measure: measure.rawValue, comparison: comparison, statistic: statistic?.rawValue ?? "",
        value: value, sample: sample))
  }

  private func interval(
    _ sample: [Double], _ task: Int, _ statistic: ([Double]) -> Double
  ) -> BootstrapInterval {
    draws(task, sample.count).paired.interval(of: [sample]) { statistic($0[0]) }
  }

  /// The draws of one task, those of all where every run has the number; others have their own.
  private func draws(
    _ task: Int, _ count: Int
  ) -> (paired: StratifiedBootstrap, independent: StratifiedBootstrap) {
    if count == seeds.count {
      return (paired.stratum(task), independent.stratum(task))
    }
    var streams = (0..<2).map {
      RandomStream(
        seed: UInt64(count), purpose: "experiment-bootstrap", lane: UInt64($0),
        episode: UInt64(task + 1))
    }
    return (
      StratifiedBootstrap(strata: [count], using: &streams[0]),
      StratifiedBootstrap(strata: [count], using: &streams[1])
    )
  }
}
