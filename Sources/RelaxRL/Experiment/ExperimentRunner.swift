import Foundation
import Networks
import ReinforcementLearning
import Runs
import Synchronization

/// What became of a run in an experiment.
struct RunOutcome: Sendable {
  /// What its `summary.json` holds; nil where it failed or was interrupted.
  var summary: RunSummary?
  /// Why it failed.
  var failure: String?
  /// Something that the user should know of it.
  var note: String?
  /// Whether its seconds are those of its end alone.
  var wasResumed = false
}

/// Makes the runs of an experiment, several at the same time.
///
/// A run trains on one thread: its result depends on nothing but its settings, so neither the number of
/// threads nor their order can be seen in it. When the user interrupts, every run stops, and all are saved
/// once all have stopped.
final class ExperimentRunner: Sendable {
  /// A run that is to be made.
  struct Job: Sendable {
    var run: ExperimentRun
    /// Whether it has a folder to go on from.
    var isBegun: Bool
  }

  private struct State {
    var next = 0
    /// Runs under way.
    var active = 0
    /// Those of them that were interrupted and wait to be saved.
    var waiting = 0
    var isSaving = false
    var isInterrupted = false
    var outcomes: [Int: RunOutcome] = [:]
  }

  private let jobs: [Job]
  private let folder: String
  private let state = Mutex(State())

  /// Jobs below a folder.
  init(_ jobs: [Job], in folder: String) {
    self.jobs = jobs
    self.folder = folder
  }

  /// Makes all of them.
  ///
  /// - Parameters:
  ///   - threads: how many at the same time.
  ///   - show: is told now and then how many are over.
  /// - Returns: the outcomes in the order of the jobs, nil for those that were not begun, and whether the
  ///   user interrupted.
  func run(
    threads: Int, show: (_ done: Int) -> Void
  ) -> (outcomes: [RunOutcome?], isInterrupted: Bool) {
    RunThreads.run(min(threads, jobs.count), work) {
      show(state.withLock { $0.outcomes.count })
    }
    return state.withLock { state in
      (jobs.indices.map { state.outcomes[$0] }, state.isInterrupted)
    }
  }

  private func work() {
    while let index = take() {
      let outcome = outcome(of: jobs[index])
      state.withLock {
        $0.outcomes[index] = outcome
        $0.active -= 1
      }
    }
  }

  private func take() -> Int? {
    state.withLock { state in
      if InterruptFlag.isRaised { state.isInterrupted = true }
      guard !state.isInterrupted, state.next < jobs.count else { return nil }
      state.active += 1
      state.next += 1
      return state.next - 1
    }
  }

  private func outcome(of job: Job) -> RunOutcome {
    var outcome = RunOutcome(wasResumed: job.isBegun)
    do {
      let path = "\(folder)/\(job.run.folder)"
      let session =
        job.isBegun
        ? try TrainingSession.resume(path, Continuation(), threads: 1)
        : try TrainingSession.start(job.run.table, threads: 1, runDirectory: path)
      let ending = try session.run()
      switch ending {
      case .interrupted, .brokenOff: waitForOthers()
      case .endless:
        outcome.note =
          "\(job.run.folder): the episodes under way have not ended within --steps, and \(job.run.label) "
          + "learns from whole episodes. Give the task a step limit, or use --set returns=gae."
      case .solved, .finished, .stopped: break
      }
      let summary = try session.finish(ending)
      if ending.isFinal || ending == .endless { outcome.summary = summary }
    } catch {
      // What a signal has broken off, such as the start of a simulator, has not failed.
      let isBrokenOff = state.withLock { state in
        if InterruptFlag.isRaised { state.isInterrupted = true }
        return state.isInterrupted && !(error is any NumericalError)
      }
      if !isBrokenOff { outcome.failure = "\(job.run.folder): \(error)" }
    }
    return outcome
  }

  /// Waits until every run has stopped: to save may need a simulator, which waits for nothing as long as
  /// the flag is raised.
  private func waitForOthers() {
    state.withLock {
      $0.isInterrupted = true
      $0.waiting += 1
    }
    while !mayBeSaved() { usleep(1_000) }
    InterruptFlag.reset()
    state.withLock { $0.waiting -= 1 }
  }

  private func mayBeSaved() -> Bool {
    state.withLock { state in
      if state.waiting >= state.active { state.isSaving = true }
      return state.isSaving
    }
  }
}
