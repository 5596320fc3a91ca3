import ReinforcementLearning

/// A simulator's process and the lanes that it hosts, over all the processes that it takes.
final class SimulatorHost {
  /// Indices of its lanes among those of the vector environment.
  let lanes: Range<Int>
  let prefix: String
  private(set) var connection: SimulatorConnection?
  /// The lanes that the request under way is about.
  var requested: [Int32] = []
  /// The same as indices within the process.
  var requestedLocally: [Int32] = []
  var requestID: UInt32 = 0

  private let simulator: Simulator
  private let core: Int32?
  private var lastStart = -Double.infinity
  /// Whether the process has answered the greeting already.
  private var isGreeted = false
  /// Requests that the process has answered.
  private(set) var answers = 0
  /// Whether any of the processes has completed a step.
  var hasStepped = false
  /// How and where the process before this one failed.
  private var lastFailure: Failure?
  private var lastWords: Set<String> = []
  /// Starts in quick succession, which lengthen the pause before the next one.
  private var quickStarts = 0

  /// A process that has lasted so long, in seconds, has earned a restart without a pause.
  private static let goodLife = 60.0

  init(_ simulator: Simulator, lanes: Range<Int>, firstLane: Int, core: Int32?) {
    self.simulator = simulator
    self.lanes = lanes
    self.core = core
    let (first, last) = (firstLane + lanes.lowerBound, firstLane + lanes.upperBound - 1)
    prefix = first == last ? "[env \(first)]" : "[env \(first)-\(last)]"
  }

  /// How a process failed, and where.
  struct Failure: Hashable {
    var reason: String
    var request: String
    /// The step of the environment that failed where that is known, else the number of answers before.
    var place: Int
  }

  /// The greeting for this many environments.
  private var hello: Hello {
    Hello(
      encodings: [
        simulator.description.isBinary ? SimulatorEncoding.binaryName : SimulatorEncoding.jsonName
      ], envs: lanes.count)
  }

  /// Starts the process and greets it, without waiting for the answer.
  func start() throws(SimulatorFault) {
    lastStart = monotonicSeconds()
    answers = 0
    isGreeted = false
    if let spare = simulator.spare.take(
      envs: lanes.count, isBinary: simulator.description.isBinary)
    {
      spare.rename(prefix)
      if let core { spare.process.pin(to: core) }
      connection = spare
      isGreeted = true
      return
    }
    do {
      let connection = try SimulatorConnection(
        simulator.words, prefix: prefix, core: core, variables: simulator.variables,
        known: lastWords, show: simulator.show)
      connection.greet(hello)
      self.connection = connection
    } catch {
      throw .crashed(reason: "cannot be started: \(error.reason)")
    }
  }

  /// Takes the answer to the greeting, which must be that of the first process.
  func finishStart() throws(SimulatorFault) {
    guard !isGreeted, let connection else { return }
    isGreeted = true
    let description = try connection.takeGreeting(hello)
    if let difference = description.differs(from: simulator.description) {
      throw .violation(
        ProtocolViolation(
          message: "ready", field: "", expected: "the same from every process",
          received: difference))
    }
  }

  /// Takes note of an answer.
  func countAnswer() { answers += 1 }

  /// Takes note of a failure.
  ///
  /// - Returns: whether the process before this one failed in the same way at the same point. One that has lasted
  ///   long enough has earned another try: what it did in the meantime is worth a restart.
  func repeats(_ failure: Failure) -> Bool {
    defer { lastFailure = failure }
    return failure == lastFailure && monotonicSeconds() - lastStart < Self.goodLife
  }

  /// Seconds to wait before the next start: none for a process that has lasted, else 1, 2, 4, … 60.
  func pauseBeforeRestart() -> Double {
    if monotonicSeconds() - lastStart >= Self.goodLife {
      quickStarts = 0
      return 0
    }
    defer { quickStarts += 1 }
    return quickStarts == 0 ? 0 : min(Double(1 << min(quickStarts - 1, 6)), Self.goodLife)
  }

  /// Ends the process at once, as it is of no use any more.
  func discard() {
    guard let connection else { return }
    connection.close(patience: 0)
    lastWords = connection.lastWords
    self.connection = nil
  }

  /// Gives the process away to whoever closes it.
  func release() -> SimulatorConnection? {
    defer { connection = nil }
    return connection
  }
}
