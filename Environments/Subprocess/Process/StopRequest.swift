/// Whether the user wants the program to stop, as whoever catches the signals knows it.
public struct StopSignal: Sendable {
  let isRaised: @Sendable () -> Bool

  /// Made of a question that is cheap to ask, from any thread.
  public init(_ isRaised: @escaping @Sendable () -> Bool) { self.isRaised = isRaised }

  /// For programs that end when a signal comes.
  public static let never = StopSignal { false }
}

/// How whoever waits for a simulator learns that the user wants the program to stop.
///
/// The signals are caught elsewhere; a wait only asks. One for an answer goes on for a while, because most
/// simulators answer and then the update can be finished and saved; one for a process to start or for the time
/// of another try ends at once, because nothing can be gained.
struct StopRequest: Sendable {
  private let signal: StopSignal
  /// Seconds that an answer may still take.
  let grace: Double

  /// Seconds for the answer to a step, a reset or anything else that was asked of a running simulator.
  private static let answerGrace = 3.0

  /// For the answer of a simulator that runs.
  static func answering(_ signal: StopSignal) -> StopRequest {
    StopRequest(signal: signal, grace: answerGrace)
  }

  /// For a process that has yet to start.
  static func starting(_ signal: StopSignal) -> StopRequest {
    StopRequest(signal: signal, grace: 0)
  }

  /// Whether the user wants the program to stop; a wait asks some twenty times a second.
  func isMade() -> Bool { signal.isRaised() }

  /// Waits for a time to pass.
  ///
  /// - Returns: whether it has passed; false as soon as the program is to stop.
  func pause(seconds: Double) -> Bool {
    let end = monotonicSeconds() + seconds
    while true {
      if isMade() { return false }
      let left = end - monotonicSeconds()
      guard left > 0 else { return true }
      sleepBriefly(min(left, 0.05))
    }
  }
}
