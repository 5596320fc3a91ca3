import Agents
import Environments
import Networks
import ReinforcementLearning
import Runs

/// One run from its configuration to its summary: the loop, the run folder and what is told of it.
final class TrainingSession {
  let settings: RunSettings
  /// The processes that train the run.
  let ranks: RankGroup
  /// The run folder; nil where another process writes it.
  let folder: RunFolder?
  /// The program that is the environment, where it is one.
  let simulator: Simulator?
  /// What the agent can do, and whether masks forbid some of it at times: a simulator whose masks do not
  /// arrive looks like one without any.
  let task: String
  /// Whether the policy's gradient is unbiased.
  let gradient: GradientClaim
  /// Whether updates wait for the ends of episodes that the task does not limit.
  let waitsForEpisodes: Bool
  /// Something that the user should know before training begins.
  let warning: String?
  /// What another total of steps has made of its schedules.
  var stretching: String?
  /// Where its parameters come from, where not from chance.
  var origin: String?
  /// Environment steps that the last checkpoint knows of.
  private(set) var lastSavedStep: Int
  let driver: any TrainingDriver
  let reduction: any Reduction
  let evaluation: PeriodicEvaluation?
  private var state: SessionState
  /// As messages name them, such as `learning_rate 0.001`.
  private let learningRates: [String]
  /// What every checkpoint says of settings and environment.
  private let record: [String: String]
  private let charts: TensorBoardWriter?
  var seconds = 0.0
  let firstStep: Int

  init(
    _ settings: RunSettings, _ driver: any TrainingDriver, _ evaluation: PeriodicEvaluation?,
    _ folder: RunFolder?, _ reduction: any Reduction, _ stored: StoredSettings,
    _ environment: EnvironmentEntry,
    _ state: SessionState, _ record: [String: String]
  ) throws {
    let table = stored.current
    self.settings = settings
    self.driver = driver
    self.evaluation = evaluation
    self.folder = folder
    self.reduction = reduction
    ranks = reduction.ranks
    task =
      "\(environment.spec.name): actions in \(environment.actionSpace), "
      + (environment.hasActionMask ? "with action masks." : "no action masks.")
    self.state = state
    simulator = environment.simulator
    self.record = record
    let agent = try Catalogue.current.agent(settings.agent)
    warning = try agent.memoryWarning(table, environment, state.steps)
    gradient = try agent.gradient(table)
    learningRates = table.keys.filter { $0.hasSuffix("learning_rate") }.compactMap { key in
      table[key].map { "\(key) \($0.yaml)" }
    }
    waitsForEpisodes = Self.waitsForEpisodes(table, environment)
    firstStep = driver.progress.steps
    lastSavedStep = firstStep
    driver.totalSteps = state.steps
    guard let folder else {
      charts = nil
      return
    }
    let charts = try TensorBoardWriter(
      folder: "\(folder.path)/tensorboard", resumedAtStep: firstStep > 0 ? firstStep : nil)
    if firstStep == 0 { try charts.write(table) }
    self.charts = charts
    driver.callbacks = [
      EpisodeTable(folder.episodes),
      ProgressTable(folder.progress, charts, every: settings.progressInterval, from: firstStep),
    ]
    if let log = folder.log {
      driver.callbacks.append(
        try RunLog(log, every: settings.progressInterval, from: firstStep, driver))
    }
    if let table = folder.evaluations { driver.callbacks.append(EvaluationTable(table, charts)) }
    driver.callbacks += try Catalogue.current.callbacks(
      RunDescription(
        agent: settings.agent, environment: settings.env, seed: settings.seed, folder: folder.path))
  }

  /// Environment steps so far.
  var stepsDone: Int { driver.progress.steps }

  /// Environment steps at the end.
  var totalSteps: Int { state.steps }

  /// Trains until the task is solved, the steps are done or somebody wants it to stop; then saves.
  ///
  /// - Parameter callbacks: what is told of it besides the tables.
  /// - Returns: what `summary.json` holds, and how it ended.
  /// - Throws: what went wrong in the loop, with the last good checkpoint to go on from.
  func train(
    _ callbacks: [any TrainingCallback] = []
  ) throws -> (summary: RunSummary, ending: TrainingEnding) {
    let ending = try run(callbacks)
    // Saving may have to wait for a simulator, and is what the signal has asked for.
    InterruptFlag.reset()
    return (try finish(ending), ending)
  }

  /// Trains, and leaves what there is to save unsaved.
  ///
  /// - Parameter callbacks: what is told of it besides the tables.
  /// - Returns: how it ended; ``finish(_:)`` wants to know.
  /// - Throws: what went wrong in the loop, with the last good checkpoint to go on from.
  func run(_ callbacks: [any TrainingCallback] = []) throws -> TrainingEnding {
    driver.callbacks += callbacks
    let clock = ContinuousClock()
    let start = clock.now
    defer { seconds += start.duration(to: clock.now) / .seconds(1) }
    boundRollouts()
    do {
      // One that was broken off when the run was saved.
      try evaluateIfDue()
      while driver.progress.steps < totalSteps {
        if state.stopsWhenSolved && driver.progress.solvedAtStep != nil { break }
        if driver.isStopping { return .stopped }
        // Other ranks may not have heard of it yet: they all pause in their next rollout.
        if InterruptFlag.isRaised, ranks.count == 1 { return .interrupted }
        try advance()
      }
    } catch let pause as RolloutPause {
      return pause == .interrupted ? .interrupted : .endless
    } catch let failure as TrainingFailure where failure.isByInterruption {
      return .brokenOff(reason: failure.reason)
    }
    return driver.progress.solvedAtStep != nil ? .solved : .finished
  }

  /// Saves what ``run(_:)`` has come to.
  ///
  /// - Parameter ending: how that ended.
  /// - Returns: what `summary.json` holds now.
  /// - Throws: why it cannot be saved.
  func finish(_ ending: TrainingEnding) throws -> RunSummary {
    switch ending {
    case .solved, .finished: try saveCheckpoint(countsForBest: true)
    case .interrupted, .endless, .stopped: try saveCheckpoint(countsForBest: false)
    case .brokenOff: break
    }
    for callback in driver.callbacks { try callback.trainingEnded(in: driver) }
    let summary = try summary(ending)
    try folder?.writeSummary(summary)
    return summary
  }

  /// Makes an update and what is due behind it.
  private func advance() throws {
    let before = driver.progress.steps
    do {
      _ = try driver.update(of: totalSteps)
    } catch let pause as RolloutPause {
      throw pause
    } catch {
      throw failure(error)
    }
    let isBest = try evaluateIfDue()
    let interval = settings.checkpointInterval
    if !isBest, driver.progress.steps / interval > before / interval {
      try saveCheckpoint(countsForBest: true)
    }
  }

  /// Evaluates where it is time to; the best evaluation's policy becomes the best checkpoint.
  ///
  /// - Returns: whether it did, and a checkpoint was written.
  @discardableResult
  private func evaluateIfDue() throws -> Bool {
    guard let evaluation, evaluation.isDue(atStep: driver.progress.steps) else { return false }
    var isBest = false
    var problem: (any Error)?
    if ranks.isFirst {
      do {
        let (result, isHighest) = try evaluation.evaluate(driver)
        for callback in driver.callbacks { try callback.evaluationEnded(result, in: driver) }
        isBest = isHighest
      } catch {
        problem = error
      }
    }
    do {
      isBest = try reduction.gather([[isBest]], after: [problem])[0][0]
      if !ranks.isFirst { evaluation.skip(atStep: driver.progress.steps) }
    } catch let pause as RolloutPause {
      throw pause
    } catch {
      throw failure(error)
    }
    if isBest { try save(isBest: true) }
    return isBest
  }

  /// Keeps an update from waiting for ever: `--steps` counts to the end of the update under way, but not
  /// much further where that may never come.
  private func boundRollouts() {
    guard waitsForEpisodes else { return }
    driver.stepBound = Self.stepBound(totalSteps)
  }

  /// Environment steps that no rollout goes beyond; nil where episodes end by themselves.
  static func stepBound(
    of table: SettingsTable, in environment: EnvironmentEntry, totalSteps: Int
  ) -> Int? {
    waitsForEpisodes(table, environment) ? stepBound(totalSteps) : nil
  }

  private static func stepBound(_ totalSteps: Int) -> Int? {
    let patience = max(totalSteps, leastPatience)
    let (bound, overflows) = totalSteps.addingReportingOverflow(patience)
    return overflows ? nil : bound
  }

  private static func waitsForEpisodes(
    _ table: SettingsTable, _ environment: EnvironmentEntry
  ) -> Bool {
    environment.spec.stepLimit == nil
      && [ReturnEstimate.monteCarlo, .episodeGAE].contains { $0.rawValue == table["returns"]?.yaml }
  }

  /// Environment steps that an update is waited for beyond the total at least: short runs, as in tests,
  /// should have their one update.
  private static let leastPatience = 10_000

  private func failure(_ error: any Error) -> TrainingFailure {
    // What led to the failure is worth reading; resuming drops what the checkpoint does not know.
    _ = try? folder?.progress.flush()
    _ = try? folder?.episodes.flush()
    _ = try? folder?.evaluations?.flush()
    _ = try? folder?.log?.flush()
    var reason = "\(error)"
    if error.isNumerical {
      reason +=
        " The largest reward of this session was \(NumberText.short(driver.largestReward)) in "
        + "magnitude; \(learningRates.joined(separator: ", "))."
    }
    return TrainingFailure(
      reason: reason, step: driver.progress.steps, savedStep: lastSavedStep,
      folder: folder?.path ?? "", isByInterruption: InterruptFlag.isRaised && !error.isNumerical)
  }

  /// Writes a checkpoint.
  ///
  /// Only those at fixed steps can become the best one, so that an interruption changes nothing; where
  /// there are evaluations, they choose it.
  func saveCheckpoint(countsForBest: Bool) throws {
    var isBest = false
    if countsForBest, evaluation == nil, driver.log.releasedCount >= EpisodeLog.window,
      let mean = driver.log.meanReturn
    {
      isBest = state.bestMeanReturn.map { mean > $0 } ?? true
      if isBest { state.bestMeanReturn = mean }
    }
    try save(isBest: isBest)
  }

  private func save(isBest: Bool) throws {
    // What a checkpoint knows of must be in the charts too, should the next moment be the last.
    try charts?.flush()
    let contents: CheckpointFile
    do {
      contents = try Self.checkpoint(driver, state, evaluation, record)
    } catch {
      throw failure(error)
    }
    try folder?.save(contents, isBest: isBest)
    lastSavedStep = driver.progress.steps
  }

  static func checkpoint(
    _ driver: any TrainingDriver, _ state: SessionState, _ evaluation: PeriodicEvaluation?,
    _ record: [String: String]
  ) throws -> CheckpointFile {
    var contents = SafetensorsFile()
    try driver.save(to: &contents)
    contents.metadata["session"] = try encodeState(state)
    if let evaluation {
      contents.metadata[PeriodicEvaluation.key] = try encodeState(evaluation.state)
    }
    contents.metadata[Arithmetic.key] = Arithmetic.current
    contents.metadata.merge(record) { $1 }
    return CheckpointFile(state: contents.metadata, tensors: contents.tensors)
  }
}
