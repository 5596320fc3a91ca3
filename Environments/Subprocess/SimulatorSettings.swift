import ReinforcementLearning

/// How a simulator is started, spoken to and ended.
///
/// Nothing of it but the command changes what is learned, as long as the simulator keeps its promises.
public struct SimulatorSettings: Codable, Hashable, Sendable {
  /// What starts it, split into words as a shell does; empty where the environment's name says it.
  public var command = ""
  /// Arguments of the environment where its name says what starts it, such as `size=8,obs_type=ram`.
  public var args = ""
  /// Processes over which the environments of a shard are spread.
  public var processes = 1
  /// How steps travel.
  public var encoding = SimulatorEncoding.auto
  /// Seconds from the start to the answer to `hello`; 0 for no limit.
  public var startTimeout = 60.0
  /// Seconds for a reset, or for saving or restoring states; 0 for no limit.
  public var resetTimeout = 60.0
  /// Seconds for a step; 0 for no limit.
  public var stepTimeout = 10.0
  /// Seconds to end in when asked to, before it is made to.
  public var closeTimeout = 5.0
  /// How often in a run a simulator that crashed or hung is started again.
  public var restarts = 10
  /// Whether a crash ends the run at once.
  public var strict = false
  /// Whether simulators share the core of the trainer's thread: for ones so fast that waking another
  /// core would take longer than they do.
  public var sameCore = false

  /// The defaults.
  public init() {}

  /// Checks every setting.
  ///
  /// - Throws: `SimulatorUsageError`, naming the setting, its value and what would be right.
  public func validate() throws(SimulatorUsageError) {
    do {
      try checkRanges()
    } catch {
      throw SimulatorUsageError(error.description)
    }
  }

  private func checkRanges() throws(ConfigurationValueError) {
    try require((1...1024).contains(processes), "simulator.processes", processes, "from 1 to 1024")
    for (key, seconds) in [
      ("start_timeout", startTimeout), ("reset_timeout", resetTimeout),
      ("step_timeout", stepTimeout), ("close_timeout", closeTimeout),
    ] {
      try require(
        seconds >= 0 && seconds <= 1e6, "simulator.\(key)", seconds,
        "seconds from 0 (no limit) to 1000000")
    }
    try require(restarts >= 0, "simulator.restarts", restarts, "0 or more")
  }
}
