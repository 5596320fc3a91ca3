import ReinforcementLearning
import Synchronization
import Testing

@testable import Environments

/// A request to stop that a test makes.
private final class Switch: Sendable {
  private let state = Atomic(false)
  var isOn: Bool { state.load(ordering: .relaxed) }
  func turnOn() { state.store(true, ordering: .relaxed) }
}

private let hasPython: Comment = "Needs python3 in /usr/bin or /usr/local/bin."

@Suite(.enabled(if: BadSimulator.python != nil, hasPython))
struct `A request to stop` {
  /// Seconds until the error came that says that it was heeded.
  private func secondsUntilInterrupted(_ body: () throws -> Void) throws -> Double {
    let start = monotonicSeconds()
    let error = #expect(throws: EnvironmentError.self) { try body() }
    guard case .interrupted? = error else {
      Issue.record("\(error as Any)")
      return .infinity
    }
    return monotonicSeconds() - start
  }

  @Test func `ends the wait for a process that starts, at once`() throws {
    let seconds = try secondsUntilInterrupted {
      _ = try BadSimulator("silent", stopSignal: StopSignal { true }) { $0.startTimeout = 60 }
    }
    #expect(seconds < 2)
  }

  @Test func `ends the wait for an answer after a while`() throws {
    let stop = Switch()
    let bad = try BadSimulator("hang", stopSignal: StopSignal { stop.isOn }) { $0.stepTimeout = 60 }
    var lanes = try SteppedLanes(bad.simulator)
    try lanes.step()
    stop.turnOn()
    #expect(try secondsUntilInterrupted { try lanes.step() } < 6)
    #expect(bad.simulator.activity.totals.restarts == 0)
  }

  @Test func `lets a simulator answer that does`() throws {
    let stop = Switch()
    let bad = try BadSimulator("late", stopSignal: StopSignal { stop.isOn }) { $0.stepTimeout = 60 }
    var lanes = try SteppedLanes(bad.simulator)
    stop.turnOn()
    for _ in 0..<4 { try lanes.step() }
    #expect(lanes.memory.observations == [4, 0, 4, 1])
  }

  @Test func `ends the pause before another try, at once`() throws {
    let stop = Switch()
    // The switch is turned on by the report of the restart, before the pause.
    var settings = SimulatorSettings()
    settings.closeTimeout = 0.2
    let simulator = try Simulator(
      settings, words: [BadSimulator.python ?? "python3", BadSimulator.script, "exit", "3"],
      stopSignal: StopSignal { stop.isOn },
      show: { if $0.contains("It is started again") { stop.turnOn() } })
    var lanes = try SteppedLanes(simulator)
    try lanes.step()
    #expect(try secondsUntilInterrupted { try lanes.step() } < 1)
  }
}
