import Environments
import Formats
import ReinforcementLearning
import Runs

extension TrainingSession {
  /// What there is to say of the run as it is now.
  func summary(_ ending: TrainingEnding) throws -> RunSummary {
    var digest = SHA256()
    for parameters in driver.parameters { parameters.withBytes { digest.update($0) } }
    let progress = driver.progress
    return RunSummary(
      agent: settings.agent, env: settings.env, seed: settings.seed, steps: progress.steps,
      episodes: driver.log.releasedCount, seconds: seconds,
      stepsPerSecond: seconds > 0 ? Double(progress.steps - firstStep) / seconds : 0,
      solved: progress.solvedAtStep != nil, solvedAtStep: progress.solvedAtStep,
      solvedAtEpisode: progress.solvedAtEpisode, meanReturnLast100: driver.log.meanReturn,
      policyEntropy: driver.metrics.first { $0.name == "policy_entropy" }?.value,
      meanObjectiveLast100: driver.meanObjective, parametersSHA256: digest.hexDigest(),
      runDir: folder?.path ?? "",
      simulator: try simulatorTotals(ending).map { SimulatorSummary($0) },
      evaluation: evaluation?.summary, stoppedByCallback: ending == .stopped ? true : nil)
  }

  /// What became of the simulators of all ranks, as far as they can still be heard.
  private func simulatorTotals(_ ending: TrainingEnding) throws -> SimulatorActivity.Totals? {
    guard let own = simulator?.activity.totals else { return nil }
    if case .brokenOff = ending { return own }
    return try reduction.gather([own]).reduce(SimulatorActivity.Totals(), +)
  }
}
