import Formats
import Networks
import ReinforcementLearning
import Runs

/// How a session begins.
extension TrainingSession {
  /// The part of the loop's state that says how far a run is.
  private struct SavedLoop: Decodable { var progress: TrainingProgress }

  private static func columns(
    _ driver: any TrainingDriver, _ evaluation: PeriodicEvaluation?, _ table: SettingsTable
  ) -> RunFolder.Columns {
    RunFolder.Columns(
      progress: ProgressTable.columns(driver), episodes: EpisodeTable.columns,
      evaluations: evaluation == nil ? nil : EvaluationTable.columns,
      hasLog: table[LogSettings.key] != nil)
  }

  /// A new run.
  ///
  /// - Parameters:
  ///   - table: all settings, those of the run and those of its agent.
  ///   - threads: over which the shards are spread.
  ///   - runDirectory: the folder to make, or nil for a name that is free.
  ///   - reduction: how shards come together; the first rank makes the folder.
  /// - Returns: the session, its folder made and its first checkpoint written.
  /// - Throws: what is wrong with the settings, or what the system refused.
  static func start(
    _ table: SettingsTable, threads: Int, runDirectory: String?,
    reduction: any Reduction = SharedMemoryReduction()
  ) throws -> TrainingSession {
    let settings = try table.decode(RunSettings.self)
    let environment = try Catalogue.current.environment(of: table)
    try RankFacts.requireSame(table, environment, through: reduction)
    let driver = try makeDriver(
      settings, table, environment, threads: threads, reduction: reduction)
    let origin = try InitialParameters(in: table)?.give(to: driver)
    let evaluation = try PeriodicEvaluation(table, environment, on: reduction.ranks)
    let stored = StoredSettings(table)
    let record = try record(stored, EnvironmentRecord(environment))
    let state = SessionState(
      steps: settings.steps, stopsWhenSolved: settings.stopWhenSolved, bestMeanReturn: nil)
    let first = try checkpoint(driver, state, evaluation, record)
    let yaml = try stored.file
    // From here on there is something to save.
    InterruptFlag.begin(.training)
    let columns = columns(driver, evaluation, table)
    let folder: RunFolder? =
      if !reduction.ranks.isFirst {
        nil
      } else if let runDirectory {
        try RunFolder.create(
          at: runDirectory, configuration: yaml, columns: columns, checkpoint: first)
      } else {
        try RunFolder.create(
          name: RunFolder.defaultName(
            environment: settings.env, agent: settings.agent, seed: settings.seed),
          configuration: yaml, columns: columns, checkpoint: first)
      }
    let session = try TrainingSession(
      settings, driver, evaluation, folder, reduction, stored, environment, state, record)
    session.origin = origin
    return session
  }

  /// A run that goes on from its last checkpoint.
  ///
  /// Whatever can be refused is refused before anything in the folder changes.
  ///
  /// - Parameters:
  ///   - path: the run folder.
  ///   - continuation: how it goes on.
  ///   - threads: over which the shards are spread.
  ///   - reduction: how shards come together; the first rank reads and writes the folder.
  /// - Returns: the session, as it was when the checkpoint was written.
  /// - Throws: what is wrong with the folder or the checkpoint.
  static func resume(
    _ path: String, _ continuation: Continuation, threads: Int,
    reduction: any Reduction = SharedMemoryReduction()
  ) throws -> TrainingSession {
    let opened =
      reduction.ranks.isFirst
      ? try open(path, acceptingPrevious: continuation.acceptsPrevious) : nil
    let (contents, text) = try share(opened, of: path, through: reduction)
    var stored = try StoredSettings(of: path, text, checkedAgainst: contents.metadata)
    let saved: SavedLoop = try decodeState(contents.metadata["loop"], named: "loop")
    let step = saved.progress.steps
    var state: SessionState = try decodeState(contents.metadata["session"], named: "session")
    try refuse([state.fault, StateFault.count(step, "the number of steps")], in: "session")
    let total = state.steps
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
    try RankFacts.requireSame(stored.current, environment, through: reduction)
    let driver = try makeDriver(
      settings, stored.current, environment, threads: threads, reduction: reduction)
    try driver.restore(from: contents)
    let evaluation = try PeriodicEvaluation(stored.current, environment, on: reduction.ranks)
    try evaluation?.restore(from: contents.metadata, atStep: step)
    InterruptFlag.begin(.training)
    let session = try TrainingSession(
      settings, driver, evaluation,
      try opened?.begin(columns: columns(driver, evaluation, stored.current)), reduction, stored,
      environment, state, try record(stored, environmentRecord))
    session.stretching = stretching(stored.current, at: step, from: total, to: state.steps)
    // The checkpoint is what counts; what config.yaml says of changes follows from it.
    if stored.changes.count > changes { try session.saveCheckpoint(countsForBest: false) }
    if !stored.changes.isEmpty { try session.folder?.writeConfiguration(stored.file) }
    return session
  }

  /// What another total of steps makes of the schedules, in a line; nil if nothing.
  private static func stretching(
    _ table: SettingsTable, at step: Int, from old: Int, to new: Int
  ) -> String? {
    let changes = table.keys.compactMap { key -> String? in
      guard case .text(let text)? = table[key], let schedule = try? Schedule(parsing: text) else {
        return nil
      }
      let (before, after) = (
        schedule.value(atStep: step, of: old), schedule.value(atStep: step, of: new)
      )
      guard before != after else { return nil }
      return "\(key) goes on with \(after) instead of \(before)"
    }
    guard !changes.isEmpty else { return nil }
    return "Schedules end after \(NumberText.grouped(new)) steps now, not after "
      + "\(NumberText.grouped(old)): \(changes.joined(separator: ", "))."
  }

  /// What the first rank has read, on all ranks: others may not see the folder, or an older state of it.
  private static func share(
    _ opened: OpenedRunFolder?, of path: String, through reduction: any Reduction
  ) throws -> (contents: SafetensorsFile, configuration: String) {
    let text = try opened.map { _ in try RunFolder.configuration(of: path) } ?? ""
    guard let ranked = reduction as? RankedReduction else {
      return (opened?.loaded.checkpoint.safetensors ?? SafetensorsFile(), text)
    }
    let configuration = try ranked.broadcast(Array(text.utf8))
    let bytes = try ranked.broadcast(opened?.loaded.checkpoint.serialized() ?? [])
    return (
      try CheckpointFile(bytes: bytes, file: "\(path)/checkpoints").safetensors,
      String(decoding: configuration, as: UTF8.self)
    )
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
    threads: Int, reduction: any Reduction = SharedMemoryReduction()
  ) throws -> any TrainingDriver {
    let catalogue = Catalogue.current
    let environment = try environment ?? catalogue.environment(of: table)
    return try catalogue.agent(settings.agent).makeLoop(
      table,
      TrainingContext(
        environment: environment, seed: settings.seed, threads: threads, reduction: reduction))
  }
}
