import Environments
import Runs

extension SimulatorSummary {
  /// What a simulator's activity comes to.
  init(_ totals: SimulatorActivity.Totals) {
    let steps = Double(max(totals.steps, 1))
    self.init(
      restarts: totals.restarts, lostEpisodes: totals.lostEpisodes,
      adapterMicroseconds: 1e6 * totals.adapterSeconds / steps,
      simulatorMicroseconds: 1e6 * totals.simulatorSeconds / steps)
  }
}
