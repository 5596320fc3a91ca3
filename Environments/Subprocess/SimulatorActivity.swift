import Synchronization

/// What happened to the processes of a simulator in a run, over all shards and threads.
public final class SimulatorActivity: Sendable {
  /// The counts so far.
  public struct Totals: Sendable, Hashable, BitwiseCopyable {
    /// Environment steps answered.
    public var steps = 0
    /// Processes that were started again.
    public var restarts = 0
    /// Episodes that were lost with a process.
    public var lostEpisodes = 0
    /// Seconds of writing, reading and checking messages.
    public var adapterSeconds = 0.0
    /// Seconds of waiting for simulators.
    public var simulatorSeconds = 0.0

    /// No counts.
    public init() {}

    /// The counts of two together.
    public static func + (a: Totals, b: Totals) -> Totals {
      var sum = a
      sum.steps += b.steps
      sum.restarts += b.restarts
      sum.lostEpisodes += b.lostEpisodes
      sum.adapterSeconds += b.adapterSeconds
      sum.simulatorSeconds += b.simulatorSeconds
      return sum
    }
  }

  private let state = Mutex(Totals())

  init() {}

  /// The counts so far.
  public var totals: Totals { state.withLock { $0 } }

  func add(steps: Int, adapterSeconds: Double, simulatorSeconds: Double) {
    state.withLock {
      $0.steps += steps
      $0.adapterSeconds += adapterSeconds
      $0.simulatorSeconds += simulatorSeconds
    }
  }

  func add(lostEpisodes: Int) { state.withLock { $0.lostEpisodes += lostEpisodes } }

  /// Counts a restart if the run has one left.
  func takeRestart(of limit: Int) -> Bool {
    state.withLock {
      guard $0.restarts < limit else { return false }
      $0.restarts += 1
      return true
    }
  }
}
