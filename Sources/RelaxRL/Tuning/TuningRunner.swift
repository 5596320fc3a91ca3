import Foundation
import Networks
import ReinforcementLearning
import Runs
import Synchronization

/// What the runs of a search have in common.
///
/// Unchecked, because tables of settings hold values and metatypes, neither of which ever change.
struct TuningRuns: @unchecked Sendable {
  let environment: EnvironmentEntry
  /// Every setting of each configuration; the first is the preset's.
  let tables: [SettingsTable]

  /// Trains a configuration from the beginning, in memory, on one thread.
  ///
  /// The first steps of a long run: schedules know of its end. So a run of the last rung is the one that
  /// `train` makes of the same settings and seed.
  ///
  /// - Parameter trial: which, and how far.
  /// - Returns: nil where the user interrupted.
  /// - Throws: what says nothing about the settings, such as a simulator that crashed.
  func result(of trial: Trial) throws -> TrialResult? {
    var table = tables[trial.configuration]
    try table.set("seed", to: "\(trial.seed)", source: .flag("--seeds"))
    let settings = try table.decode(RunSettings.self)
    do {
      let driver = try TrainingSession.makeDriver(settings, table, environment, threads: 1)
      driver.stepBound = TrainingSession.stepBound(
        of: table, in: environment, totalSteps: trial.limit)
      do {
        while driver.progress.steps < trial.limit {
          if settings.stopWhenSolved && driver.progress.solvedAtStep != nil { break }
          if InterruptFlag.isRaised { return nil }
          _ = try driver.update(of: settings.steps)
        }
      } catch RolloutPause.stepsReached {
        // Episodes that have not ended do not count.
      } catch RolloutPause.interrupted {
        return nil
      }
      return TrialResult(
        steps: driver.progress.steps, episodes: driver.log.releasedCount,
        solvedAtStep: settings.stopWhenSolved ? driver.progress.solvedAtStep : nil,
        meanReturn: driver.log.meanReturn)
    } catch is any NumericalError {
      return TrialResult(steps: 0, episodes: 0, isFailed: true)
    } catch {
      if InterruptFlag.isRaised { return nil }
      throw error
    }
  }
}

/// Makes the runs of a rung, several at the same time.
final class TuningRunner: Sendable {
  private struct State {
    var next = 0
    var results: [Int: TrialResult] = [:]
    var isInterrupted = false
    var failure: (any Error)?
  }

  private let runs: TuningRuns
  private let trials: [Trial]
  private let folder: SearchFolder
  private let state = Mutex(State())

  /// Trials whose results go to the journal of a folder.
  init(_ trials: [Trial], of runs: TuningRuns, in folder: SearchFolder) {
    self.trials = trials
    self.runs = runs
    self.folder = folder
  }

  /// Makes all of them.
  ///
  /// - Parameters:
  ///   - threads: how many at the same time.
  ///   - show: is told now and then how many are over.
  /// - Returns: the results in the order of the trials; nil where the user interrupted.
  /// - Throws: the first error that says nothing about the settings; what was over by then is in the
  ///   journal.
  func run(threads: Int, show: (_ done: Int) -> Void) throws -> [TrialResult]? {
    RunThreads.run(min(threads, trials.count), work) {
      show(state.withLock { $0.results.count })
    }
    return try state.withLock { state in
      if let failure = state.failure { throw failure }
      let results = trials.indices.compactMap { state.results[$0] }
      return results.count == trials.count ? results : nil
    }
  }

  private func work() {
    while let index = take() {
      do {
        let result = try runs.result(of: trials[index])
        if let result { try folder.append(TrialRecord(trials[index], result).line) }
        state.withLock { state in
          state.results[index] = result
          if result == nil { state.isInterrupted = true }
        }
      } catch {
        state.withLock { $0.failure = $0.failure ?? error }
      }
    }
  }

  private func take() -> Int? {
    state.withLock { state in
      if InterruptFlag.isRaised { state.isInterrupted = true }
      guard !state.isInterrupted, state.failure == nil, state.next < trials.count else {
        return nil
      }
      state.next += 1
      return state.next - 1
    }
  }
}
