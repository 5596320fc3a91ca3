import Agents
import Environments
import Formats
import Foundation
import Networks
import ReinforcementLearning
import Runs

/// One run from its configuration to its summary: the loop, the run folder and the reports.
final class TrainingSession {
  /// What a checkpoint holds of the session itself.
  private struct State: Codable {
    /// The total that the run now aims at; `resume --steps` changes it.
    var steps: Int
    /// Whether the run ends once the task is solved; `resume --steps` takes a solved run further.
    var stopsWhenSolved: Bool
    var bestMeanReturn: Double?

    /// What is wrong with this state, read back; nil for nothing.
    var fault: String? {
      StateFault.count(steps, "the total of steps", from: 1)
        ?? StateFault.finite([bestMeanReturn ?? 0], "the best mean return")
    }
  }

  /// The part of the loop's state that says how far a run is.
  private struct SavedLoop: Decodable { var progress: TrainingProgress }

  /// How training ended.
  enum Ending: Equatable {
    case solved, finished, interrupted
    /// In the midst of a step of the environments, so that only the last checkpoint is left.
    case brokenOff(reason: String)
    /// The episodes that an update waits for have not ended.
    case endless
  }

  let settings: RunSettings
  let folder: RunFolder
  /// The program that is the environment, where it is one.
  let simulator: Simulator?
  /// What the agent can do, and whether masks forbid some of it at times: a simulator whose masks do not
  /// arrive looks like one without any.
  let task: String
  private let driver: any TrainingDriver
  private var state: State
  /// As messages name them, such as `learning_rate 0.001`.
  private let learningRates: [String]
  /// Whether the policy's gradient is unbiased.
  let gradient: GradientClaim
  /// Whether updates wait for the ends of episodes that the task does not limit.
  let waitsForEpisodes: Bool
  /// Environment steps that the last checkpoint knows of.
  private(set) var lastSavedStep: Int
  /// What every checkpoint says of settings and environment.
  private let record: [String: String]
  /// Something that the user should know before training begins.
  let warning: String?
  private let tensorBoard: TensorBoardWriter

  private static func columns(_ driver: any TrainingDriver) -> RunFolder.Columns {
    RunFolder.Columns(
      progress: ["step", "updates", "episodes", "mean_return_100", "solved"]
        + driver.metrics.map(\.name),
      episodes: ["episode", "start", "lane", "length", "return", "outcome"])
  }

  /// A new run.
  ///
  /// - Parameters:
  ///   - table: all settings, those of the run and those of its agent.
  ///   - threads: over which the shards are spread.
  ///   - runDirectory: the folder to make, or nil for a name that is free.
  /// - Returns: the session, its folder made and its first checkpoint written.
  /// - Throws: what is wrong with the settings, or what the system refused.
  static func start(
    _ table: SettingsTable, threads: Int, runDirectory: String?
  ) throws -> TrainingSession {
    let settings = try table.decode(RunSettings.self)
    let environment = try Catalogue.current.environment(of: table)
    let driver = try makeDriver(settings, table, environment, threads: threads)
    let stored = StoredSettings(table)
    let record = try record(stored, EnvironmentRecord(environment))
    let state = State(
      steps: settings.steps, stopsWhenSolved: settings.stopWhenSolved, bestMeanReturn: nil)
    let first = try checkpoint(driver, state, record)
    let yaml = try stored.file
    // From here on there is something to save.
    InterruptFlag.begin(.training)
    let folder =
      if let runDirectory {
        try RunFolder.create(
          at: runDirectory, configuration: yaml, columns: columns(driver), checkpoint: first)
      } else {
        try RunFolder.create(
          name: RunFolder.defaultName(
            environment: settings.env, agent: settings.agent, seed: settings.seed),
          configuration: yaml, columns: columns(driver), checkpoint: first)
      }
    return try TrainingSession(
      settings, driver, folder, stored, environment, state, record)
  }

  /// How a run goes on.
  struct Continuation {
    /// The new total, with which a solved run goes on too; nil for the one it had.
    var steps: Int?
    /// Whether the checkpoint before a damaged last one will do.
    var acceptsPrevious = false
    /// Settings that change, each `key=value`.
    var assignments: [String] = []
    /// In which environment.
    var environment = EnvironmentChoice()
  }

  /// A run that goes on from its last checkpoint.
  ///
  /// Whatever can be refused is refused before anything in the folder changes.
  ///
  /// - Parameters:
  ///   - path: the run folder.
  ///   - continuation: how it goes on.
  ///   - threads: over which the shards are spread.
  /// - Returns: the session, as it was when the checkpoint was written.
  /// - Throws: what is wrong with the folder or the checkpoint.
  static func resume(
    _ path: String, _ continuation: Continuation, threads: Int
  ) throws -> TrainingSession {
    let opened = try open(path, acceptingPrevious: continuation.acceptsPrevious)
    let contents = opened.loaded.checkpoint.safetensors
    var stored = try StoredSettings(of: path, checkedAgainst: contents.metadata)
    let saved: SavedLoop = try decodeState(contents.metadata["loop"], named: "loop")
    let step = saved.progress.steps
    var state: State = try decodeState(contents.metadata["session"], named: "session")
    try refuse([state.fault, StateFault.count(step, "the number of steps")], in: "session")
    if let steps = continuation.steps {
      guard steps >= step else {
        throw UsageError(
          "--steps is the new total and must be at least \(step), which \(path) has done already, "
            + "but is \(steps).")
      }
      state.steps = steps
      if saved.progress.solvedAtStep != nil { state.stopsWhenSolved = false }
    }
    let changes = stored.changes.count
    try stored.change(continuation.assignments, atStep: step)
    let (environment, environmentRecord) = try continuation.environment.resolve(
      &stored, of: path, atStep: step, record: try EnvironmentRecord(in: contents.metadata))
    let settings = try stored.current.decode(RunSettings.self)
    let driver = try makeDriver(settings, stored.current, environment, threads: threads)
    try driver.restore(from: contents)
    InterruptFlag.begin(.training)
    let session = try TrainingSession(
      settings, driver, try opened.begin(columns: columns(driver)), stored, environment, state,
      try record(stored, environmentRecord))
    // The checkpoint is what counts; what config.yaml says of changes follows from it.
    if stored.changes.count > changes { try session.saveCheckpoint(countsForBest: false) }
    if !stored.changes.isEmpty { try session.folder.writeConfiguration(stored.file) }
    return session
  }

  /// Opens a run folder; a damaged checkpoint's error says how to go on without it.
  private static func open(_ path: String, acceptingPrevious: Bool) throws -> OpenedRunFolder {
    do {
      return try OpenedRunFolder(path, acceptingPrevious: acceptingPrevious)
    } catch .checkpoint(let problem) {
      guard case .damaged(_, _, previous: .some) = problem else { throw problem }
      throw DamagedCheckpoint(problem: problem, folder: path)
    }
  }

  private static func record(
    _ stored: StoredSettings, _ environment: EnvironmentRecord
  ) throws -> [String: String] {
    var record = try stored.metadata
    record[EnvironmentRecord.key] = try encodeState(environment)
    return record
  }

  static func makeDriver(
    _ settings: RunSettings, _ table: SettingsTable, _ environment: EnvironmentEntry? = nil,
    threads: Int
  ) throws -> any TrainingDriver {
    let catalogue = Catalogue.current
    let environment = try environment ?? catalogue.environment(of: table)
    return try catalogue.agent(settings.agent).makeLoop(
      table, TrainingContext(environment: environment, seed: settings.seed, threads: threads))
  }

  private init(
    _ settings: RunSettings, _ driver: any TrainingDriver, _ folder: RunFolder,
    _ stored: StoredSettings, _ environment: EnvironmentEntry, _ state: State,
    _ record: [String: String]
  ) throws {
    let table = stored.current
    self.settings = settings
    self.driver = driver
    self.folder = folder
    task =
      "\(environment.spec.name): actions in \(environment.actionSpace), "
      + (environment.hasActionMask ? "with action masks." : "no action masks.")
    self.state = state
    simulator = environment.simulator
    self.record = record
    warning = try Catalogue.current.agent(settings.agent)
      .memoryWarning(table, environment, state.steps)
    gradient = try Catalogue.current.agent(settings.agent).gradient(table)
    learningRates = table.keys.filter { $0.hasSuffix("learning_rate") }.compactMap { key in
      table[key].map { "\(key) \($0.yaml)" }
    }
    waitsForEpisodes =
      environment.spec.stepLimit == nil
      && table["returns"]?.yaml == ReturnEstimate.monteCarlo.rawValue
    let step = driver.progress.steps
    lastSavedStep = step
    tensorBoard = try TensorBoardWriter(
      folder: "\(folder.path)/tensorboard", resumedAtStep: step > 0 ? step : nil)
  }

  /// Environment steps so far.
  var stepsDone: Int { driver.progress.steps }

  /// Environment steps at the end.
  var totalSteps: Int { state.steps }

  /// Trains until the task is solved, the steps are done or the user interrupts.
  ///
  /// - Throws: what went wrong in the loop, with the last good checkpoint to go on from.
  func train(reporter: ProgressReporter) throws -> (summary: RunSummary, ending: Ending) {
    let clock = ContinuousClock()
    let start = clock.now
    let firstStep = driver.progress.steps
    var ending = Ending.finished
    boundRollouts()
    training: while driver.progress.steps < totalSteps {
      if state.stopsWhenSolved && driver.progress.solvedAtStep != nil { break }
      if InterruptFlag.isRaised {
        ending = .interrupted
        break
      }
      let before = driver.progress.steps
      do {
        try update()
      } catch let pause as RolloutPause {
        ending = pause == .interrupted ? .interrupted : .endless
        break training
      } catch let failure as TrainingFailure where failure.isByInterruption {
        ending = .brokenOff(reason: failure.reason)
        break training
      }
      let step = driver.progress.steps
      if step / settings.progressInterval > before / settings.progressInterval {
        try writeProgress()
      }
      if step / settings.checkpointInterval > before / settings.checkpointInterval {
        try saveCheckpoint(countsForBest: true)
      }
      reporter.update(snapshot)
    }
    if ending == .finished, driver.progress.solvedAtStep != nil { ending = .solved }
    // Saving may have to wait for a simulator, and is what the signal has asked for.
    InterruptFlag.reset()
    switch ending {
    case .solved, .finished: try saveCheckpoint(countsForBest: true)
    case .interrupted, .endless: try saveCheckpoint(countsForBest: false)
    case .brokenOff: break
    }
    reporter.finish(snapshot)
    let elapsed = start.duration(to: clock.now)
    let seconds =
      Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) * 1e-18
    let summary = summary(seconds: seconds, stepsTaken: driver.progress.steps - firstStep)
    try folder.writeSummary(summary)
    return (summary, ending)
  }

  /// Keeps an update from waiting for ever: `--steps` counts to the end of the update under way, but not
  /// much further where that may never come.
  private func boundRollouts() {
    guard waitsForEpisodes else { return }
    let patience = max(totalSteps, Self.leastPatience)
    let (bound, overflows) = totalSteps.addingReportingOverflow(patience)
    driver.stepBound = overflows ? nil : bound
  }

  /// Environment steps that an update is waited for beyond the total at least: short runs, as in tests,
  /// should have their one update.
  private static let leastPatience = 10_000

  private func update() throws {
    let report: UpdateReport
    do {
      report = try driver.update(of: totalSteps)
    } catch let pause as RolloutPause {
      throw pause
    } catch {
      throw failure(error)
    }
    for (index, episode) in report.episodes.enumerated() {
      folder.episodes.append([
        .integer(driver.log.releasedCount - report.episodes.count + index + 1),
        .integer(episode.start.clock), .integer(episode.start.lane), .integer(episode.length),
        .number(episode.totalReward), .text("\(episode.outcome)"),
      ])
    }
    try folder.episodes.flushIfLarge()
  }

  private func failure(_ error: any Error) -> TrainingFailure {
    // What led to the failure is worth reading; resuming drops what the checkpoint does not know.
    _ = try? folder.progress.flush()
    _ = try? folder.episodes.flush()
    var reason = "\(error)"
    if error is any NumericalError {
      reason +=
        " The largest reward of this session was \(NumberText.short(driver.largestReward)) in "
        + "magnitude; \(learningRates.joined(separator: ", "))."
    }
    return TrainingFailure(
      reason: reason, step: driver.progress.steps, savedStep: lastSavedStep, folder: folder.path,
      isByInterruption: InterruptFlag.isRaised && !(error is any NumericalError))
  }

  private var snapshot: ProgressSnapshot {
    ProgressSnapshot(
      steps: driver.progress.steps, totalSteps: totalSteps, episodes: driver.log.releasedCount,
      meanReturn: driver.log.meanReturn, isSolved: driver.progress.solvedAtStep != nil)
  }

  private func writeProgress() throws {
    let progress = driver.progress
    let metrics = driver.metrics
    folder.progress.append(
      [.integer(progress.steps), .integer(progress.updates), .integer(driver.log.releasedCount)]
        + [
          driver.log.meanReturn.map { .number($0) } ?? .missing,
          .integer(progress.solvedAtStep == nil ? 0 : 1),
        ]
        + metrics.map { $0.value.map { .number($0) } ?? .missing })
    try folder.progress.flushIfLarge()
    var scalars = metrics.compactMap { metric in
      metric.value.map { (tag: "train/\(metric.name)", value: $0) }
    }
    if let mean = driver.log.meanReturn {
      scalars.append((tag: "train/mean_return_100", value: mean))
    }
    try tensorBoard.write(scalars, step: progress.steps)
  }

  /// Writes a checkpoint; only those at fixed steps can become the best one, so that an interruption
  /// changes nothing.
  private func saveCheckpoint(countsForBest: Bool) throws {
    var isBest = false
    if countsForBest, driver.log.releasedCount >= EpisodeLog.window,
      let mean = driver.log.meanReturn
    {
      isBest = state.bestMeanReturn.map { mean > $0 } ?? true
      if isBest { state.bestMeanReturn = mean }
    }
    // What a checkpoint knows of must be in the charts too, should the next moment be the last.
    try tensorBoard.flush()
    let contents: CheckpointFile
    do {
      contents = try Self.checkpoint(driver, state, record)
    } catch {
      throw failure(error)
    }
    try folder.save(contents, isBest: isBest)
    lastSavedStep = driver.progress.steps
  }

  private static func checkpoint(
    _ driver: any TrainingDriver, _ state: State, _ record: [String: String]
  ) throws -> CheckpointFile {
    var contents = SafetensorsFile()
    try driver.save(to: &contents)
    contents.metadata["session"] = try encodeState(state)
    contents.metadata[Arithmetic.key] = Arithmetic.current
    contents.metadata.merge(record) { $1 }
    return CheckpointFile(state: contents.metadata, tensors: contents.tensors)
  }

  private func summary(seconds: Double, stepsTaken: Int) -> RunSummary {
    var digest = SHA256()
    for parameters in driver.parameters { parameters.withBytes { digest.update($0) } }
    let progress = driver.progress
    return RunSummary(
      agent: settings.agent, env: settings.env, seed: settings.seed, steps: progress.steps,
      episodes: driver.log.releasedCount, seconds: seconds,
      stepsPerSecond: seconds > 0 ? Double(stepsTaken) / seconds : 0,
      solved: progress.solvedAtStep != nil, solvedAtStep: progress.solvedAtStep,
      solvedAtEpisode: progress.solvedAtEpisode, meanReturnLast100: driver.log.meanReturn,
      parametersSHA256: digest.hexDigest(), runDir: folder.path,
      simulator: simulator.map { SimulatorSummary($0.activity.totals) })
  }
}
