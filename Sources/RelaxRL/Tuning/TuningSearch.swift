import Runs

/// What came of a rung.
struct RungOutcome {
  let rung: Halving.Rung
  /// The configurations, ascending; 0 is the preset.
  let members: [Int]
  /// `[member][seed]`.
  let results: [[TrialResult]]
  /// `[member][seed]`, the share of the other members that each beats.
  let shares: [[Double]]
  /// Of each member.
  let scores: [Double]

  init(_ rung: Halving.Rung, _ members: [Int], _ results: [[TrialResult]]) {
    self.rung = rung
    self.members = members
    self.results = results
    shares = Halving.shares(results)
    scores = Halving.scores(results)
  }

  /// The members from the best on.
  var ranking: [Int] { Halving.best(members.count, of: scores).map { members[$0] } }
}

/// Runs a search from rung to rung.
struct TuningSearch {
  let plan: TuningPlan
  let folder: SearchFolder
  let threads: Int
  let isQuiet: Bool
  private var known: [Trial: TrialResult] = [:]

  /// A search that goes on from what its folder holds.
  ///
  /// - Throws: `UsageError` for a journal that was edited.
  init(_ plan: TuningPlan, in folder: SearchFolder, threads: Int, isQuiet: Bool) throws {
    self.plan = plan
    self.folder = folder
    self.threads = threads
    self.isQuiet = isQuiet
    for (number, line) in folder.journal.enumerated() {
      guard let record = TrialRecord(line: line) else {
        throw UsageError(
          "Line \(number + 1) of \(folder.path)/journal.csv is not the result of a run: it was edited, "
            + "or another version wrote it. Choose another --out.")
      }
      known[record.trial] = record.result
    }
  }

  /// Makes what is left to do.
  ///
  /// - Returns: a rung after the other; nil where the user interrupted.
  /// - Throws: what says nothing about the settings, or why there is nothing to compare.
  mutating func run() throws -> [RungOutcome]? {
    if !isQuiet && !known.isEmpty {
      Console.standardError.line(
        "\(known.count) runs are done already and skipped.")
    }
    var outcomes: [RungOutcome] = []
    var members = Array(0...plan.space.points.count)
    for (index, rung) in plan.rungs.enumerated() {
      if let last = outcomes.last {
        // The preset comes along, to be compared with.
        let best = last.ranking.filter { $0 > 0 }.prefix(rung.configurations)
        members = [0] + best.sorted()
      }
      guard let results = try results(of: members, in: rung, number: index + 1) else { return nil }
      let outcome = RungOutcome(rung, members, results)
      if index == 0 { try requireComparable(outcome) }
      outcomes.append(outcome)
    }
    return outcomes
  }

  private mutating func results(
    of members: [Int], in rung: Halving.Rung, number: Int
  ) throws -> [[TrialResult]]? {
    for configuration in members {
      for seed in rung.seeds { takeOver(configuration, seed, rung) }
    }
    let all = members.flatMap { configuration in
      rung.seeds.map { Trial(configuration: configuration, seed: $0, limit: rung.steps) }
    }
    let trials = all.filter { known[$0] == nil }
    if !trials.isEmpty {
      let reporter = ProgressReporter(
        isQuiet: isQuiet, startingAt: all.count - trials.count, totalSteps: all.count)
      let details = "rung \(number) of \(plan.rungs.count)"
      func snapshot(_ done: Int) -> ProgressSnapshot {
        ProgressSnapshot(
          steps: all.count - trials.count + done, totalSteps: all.count, episodes: 0,
          meanReturn: nil, details: details, unit: "runs")
      }
      let results = try TuningRunner(trials, of: plan.runs, in: folder).run(threads: threads) {
        reporter.update(snapshot($0))
      }
      guard let results else { return nil }
      reporter.finish(snapshot(trials.count))
      for (trial, result) in zip(trials, results) { known[trial] = result }
    }
    return members.map { configuration in
      rung.seeds.compactMap {
        known[Trial(configuration: configuration, seed: $0, limit: rung.steps)]
      }
    }
  }

  /// A run that has been solved, or has failed, comes to the same when it may be longer.
  private mutating func takeOver(_ configuration: Int, _ seed: UInt64, _ rung: Halving.Rung) {
    let trial = Trial(configuration: configuration, seed: seed, limit: rung.steps)
    guard known[trial] == nil else { return }
    for earlier in plan.rungs where earlier.steps < rung.steps {
      let shorter = Trial(configuration: configuration, seed: seed, limit: earlier.steps)
      if let result = known[shorter],
        result.isFailed || plan.countsSteps && result.solvedAtStep != nil
      {
        known[trial] = result
      }
    }
  }

  /// Makes sure that there is something by which configurations can be told apart.
  private func requireComparable(_ outcome: RungOutcome) throws {
    let results = outcome.results.flatMap { $0 }
    let steps = NumberText.grouped(outcome.rung.steps)
    if results.allSatisfy(\.isFailed) {
      throw TuningError(
        "Every run of the first rung came to numbers that are not finite. Search lower rates, or look at "
          + "what one run says: \(ProgramName.current) --agent \(plan.settings.agent) --env "
          + "\(plan.settings.env).")
    }
    if results.allSatisfy({ $0.meanReturn == nil }) {
      throw TuningError(
        "No episode of \(plan.settings.env) has ended within \(steps) steps in any run, so there is "
          + "nothing by which to compare settings. Give the task a step limit, or search with more --steps."
      )
    }
  }
}

/// Why a search came to nothing.
struct TuningError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}
