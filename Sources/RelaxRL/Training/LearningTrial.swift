import Runs

/// One training run without a folder, for studies over many seeds.
package struct LearningTrial {
  /// The seed.
  package let seed: Int
  /// Environment steps when the task counted as solved, or nil if it never did.
  package let solvedAtStep: Int?
  /// Episodes when the task counted as solved, or nil if it never did.
  package let solvedAtEpisode: Int?
  /// The highest mean return over 100 training episodes.
  package let bestMeanReturn: Double?
  /// Wall time of the training loop alone.
  package let seconds: Double
  /// Environment steps taken.
  package let steps: Int

  /// Trains an agent with its preset until the task is solved or the steps are done.
  ///
  /// - Parameters:
  ///   - agent: its name.
  ///   - environment: its name.
  ///   - seed: of parameters, noise and environments.
  ///   - steps: environment steps at most, or nil for the preset's.
  ///   - assignments: changes of settings, each `key=value`.
  ///   - threads: over which the shards are spread.
  /// - Throws: one line about what was mistyped, or what went wrong.
  package init(
    agent: String, environment: String, seed: Int, steps: Int?, assignments: [String],
    threads: Int = 1
  ) throws {
    let table = try SettingsResolution.resolve(
      TypedSettings(
        agent: agent, environment: environment, seed: "\(seed)", steps: steps.map { "\($0)" },
        assignments: assignments))
    let settings = try table.decode(RunSettings.self)
    let clock = ContinuousClock()
    let start = clock.now
    let driver = try TrainingSession.makeDriver(settings, table, threads: threads)
    while driver.progress.steps < settings.steps, driver.progress.solvedAtStep == nil {
      _ = try driver.update(of: settings.steps)
    }
    let elapsed = start.duration(to: clock.now).components
    self.seed = seed
    self.steps = driver.progress.steps
    seconds = Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18
    solvedAtStep = driver.progress.solvedAtStep
    solvedAtEpisode = driver.progress.solvedAtEpisode
    bestMeanReturn = driver.progress.bestMeanReturn
  }
}
