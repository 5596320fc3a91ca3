import Foundation
import ReinforcementLearning
import Testing

@testable import Environments

private let hasPython: Comment = "Needs python3 in /usr/bin or /usr/local/bin."

@Suite(.enabled(if: BadSimulator.python != nil, hasPython))
struct `A simulator that misbehaves` {
  @Test(arguments: Misdeed.violations)
  func `and breaks the protocol ends the run with an error that says where`(
    misdeed: Misdeed
  ) throws {
    let bad = try BadSimulator(misdeed.mode)
    var lanes = try SteppedLanes(bad.simulator)
    let processes = lanes.processes
    let error = #expect(throws: EnvironmentError.self) {
      for _ in 0..<12 { try lanes.step() }
    }
    let text = error.map { "\($0)" } ?? ""
    for fragment in ["bad"] + misdeed.fragments {
      #expect(text.contains(fragment), "\(fragment) is missing in: \(text)")
    }
    #expect(bad.simulator.activity.totals.restarts == 0)
    // Nothing that was begun is lost for good: a reset goes on with a new process where it must.
    try lanes.memory.reset(lanes.environment)
    lanes = try SteppedLanes(bad.simulator)
    for process in processes { #expect(!isRunning(process)) }
  }

  @Test(arguments: Misdeed.crashes)
  func `and crashes or hangs is an error under strict, and nothing is left running`(
    misdeed: Misdeed
  ) throws {
    let bad = try BadSimulator(misdeed.mode, isShown: false) { $0.strict = true }
    var lanes = try SteppedLanes(bad.simulator)
    let processes = lanes.processes
    try lanes.step()
    let start = monotonicSeconds()
    let error = #expect(throws: EnvironmentError.self) { try lanes.step() }
    #expect(monotonicSeconds() - start < 3)
    let text = error.map { "\($0)" } ?? ""
    for fragment in misdeed.fragments + ["--strict"] {
      #expect(text.contains(fragment), "\(fragment) is missing in: \(text)")
    }
    for process in processes { #expect(!isRunning(process)) }
  }

  @Test(arguments: Misdeed.crashes)
  func `and crashes or hangs is started again, and its episodes are lost`(
    misdeed: Misdeed
  ) throws {
    let bad = try BadSimulator(misdeed.mode, isOnce: true)
    var lanes = try SteppedLanes(bad.simulator)
    let first = lanes.processes
    try lanes.step()
    #expect(lanes.memory.observations == [1, 0, 1, 1])
    try lanes.step()
    #expect(lanes.memory.outcomes == [.lost, .lost])
    #expect(lanes.memory.rewards == [0, 0])
    #expect(lanes.memory.observations == [0, 0, 0, 1])
    try lanes.step()
    #expect(lanes.memory.outcomes == [.ongoing, .ongoing])
    #expect(lanes.memory.observations == [1, 0, 1, 1])
    let totals = bad.simulator.activity.totals
    #expect(totals.restarts == 1 && totals.lostEpisodes == 2)
    #expect(bad.log.lines.contains { $0.contains("It is started again") }, "\(bad.log.lines)")
    for process in first { #expect(!isRunning(process)) }
  }

  @Test func `and crashes in the other of two processes costs the other's episodes alone`() throws {
    let bad = try BadSimulator("exit", isOnce: true) { $0.processes = 2 }
    var lanes = try SteppedLanes(bad.simulator, count: 4)
    try lanes.step()
    try lanes.step()
    let outcomes = lanes.memory.outcomes
    // Whichever process found the file missing was the bad one.
    #expect(
      outcomes == [.lost, .lost, .ongoing, .ongoing]
        || outcomes == [.ongoing, .ongoing, .lost, .lost], "\(outcomes)")
  }

  @Test func `and crashes in a reset gets the reset again`() throws {
    let bad = try BadSimulator("exit", request: 10, isOnce: true)
    var lanes = try SteppedLanes(bad.simulator)
    for _ in 0..<8 { try lanes.step(atEnd: .wait) }
    try lanes.memory.startWaitingLanes(lanes.environment)
    #expect(lanes.memory.observations == [0, 0, 0, 1])
    #expect(bad.simulator.activity.totals.restarts == 1)
    #expect(bad.simulator.activity.totals.lostEpisodes == 0)
  }

  @Test(arguments: [1, 2]) func `and never completes a step is not started again`(
    request: Int
  ) throws {
    let bad = try BadSimulator("exit", request: request)
    let error = #expect(throws: EnvironmentError.self) {
      var lanes = try SteppedLanes(bad.simulator)
      try lanes.step()
    }
    let text = error.map { "\($0)" } ?? ""
    #expect(
      text.contains("exited with code 3") && text.contains("never completed a step"), "\(text)")
    #expect(bad.simulator.activity.totals.restarts == 0)
  }

  @Test func `and fails twice in the same way at the same point is not started again`() throws {
    let bad = try BadSimulator("exit", request: 3) { $0.restarts = 5 }
    var lanes = try SteppedLanes(bad.simulator)
    let error = #expect(throws: EnvironmentError.self) {
      for _ in 0..<20 { try lanes.step() }
    }
    let text = error.map { "\($0)" } ?? ""
    #expect(text.contains("twice in the same way at the same point"), "\(text)")
    #expect(bad.simulator.activity.totals.restarts == 1)
    // What it said is read once: neither again by the second process nor in the error.
    let said = (bad.log.lines + [text]).filter { $0.contains("out of reach") }
    #expect(said == ["[env 0-1] segment 7 of the arm is out of reach"])
  }

  @Test func `and crashes ends the run when the restarts are used up`() throws {
    let bad = try BadSimulator("exit") { $0.restarts = 0 }
    var lanes = try SteppedLanes(bad.simulator)
    try lanes.step()
    let error = #expect(throws: EnvironmentError.self) { try lanes.step() }
    #expect(error.map { "\($0)" }?.contains("0 restarts that --env-restarts allows") == true)
  }

  @Test func `by saying that it hosts any number of environments gets one process`() throws {
    let lanes = try SteppedLanes(try BadSimulator("many").simulator, count: 3)
    #expect(lanes.processes.count == 1)
  }

  @Test func `by writing to the terminal shows as plain text`() throws {
    let bad = try BadSimulator("coloured-warning")
    var lanes = try SteppedLanes(bad.simulator)
    for _ in 0..<3 { try lanes.step() }
    #expect(bad.log.lines == ["[env 0-1] hot ·2Jline·"])
    let name = #expect(throws: EnvironmentError.self) { try BadSimulator("coloured") }
    #expect(name.map { "\($0)" }?.contains("without control characters, but is \"bad\"") == true)
  }

  @Test(arguments: ["long-error", "endless-name", "huge", "deep"])
  func `at length is answered with a short error`(mode: String) throws {
    let error = #expect(throws: EnvironmentError.self) {
      var lanes = try SteppedLanes(try BadSimulator(mode) { $0.stepTimeout = 20 }.simulator)
      for _ in 0..<3 { try lanes.step() }
    }
    let text = error.map { "\($0)" } ?? ""
    #expect(text.count < 2500 && !text.contains("\u{1B}"), "\(text.prefix(3000))")
  }

  @Test func `reads requests that have no spaces, snapshots included`() throws {
    let bad = try BadSimulator("reader") { $0.encoding = .json }
    var lanes = try SteppedLanes(bad.simulator, count: 3)
    for _ in 0..<2 { try lanes.step() }
    let saved = try lanes.environment.snapshot()
    try lanes.step()
    try lanes.environment.restore(saved)
    try lanes.step()
    #expect(lanes.memory.observations == [3, 0, 3, 1, 3, 2])
  }

  @Test(arguments: [
    ("\"step\":2", "\"step\":-1"), ("\"step\":2", "\"step\":9223372036854775807"),
    ("\"episode\":0", "\"episode\":9223372036854775807"), ("\"seed\":1", "\"seed\":2"),
    ("\"nextSeed\":", "\"nextSeed\":1"), ("\"seedBits\":31", "\"seedBits\":99"),
    ("\"isActive\":true", "\"isActive\":false"), ("\"masks\":[1", "\"masks\":[1e30"),
    ("\"states\":[\"", "\"states\":[\"0\",\""),
  ])
  func `is not given back a state with numbers that no play leads to`(
    text: String, change: String
  ) throws {
    let bad = try BadSimulator("reader") { $0.encoding = .json }
    var lanes = try SteppedLanes(bad.simulator, count: 3)
    for _ in 0..<2 { try lanes.step() }
    let saved = String(decoding: try lanes.environment.snapshot(), as: UTF8.self)
    let changed = saved.replacing(text, with: change, maxReplacements: 1)
    try #require(changed != saved, "\(saved)")
    let error = #expect(throws: EnvironmentError.self) {
      try lanes.environment.restore(Array(changed.utf8))
    }
    #expect(error.map { "\($0)" }?.contains("does not fit") == true, "\(error as Any)")
    // Nothing has changed.
    try lanes.step()
    #expect(lanes.memory.observations == [3, 0, 3, 1, 3, 2])
  }

  @Test func `is asked and hosts in one process where the number was foreseen`() throws {
    let foreseen = try BadSimulator("fine", expecting: 2)
    let asked = foreseen.simulator.spare.take(envs: 3, isBinary: false)
    #expect(asked == nil)
    let other = try BadSimulator("fine", expecting: 2)
    var lanes = try SteppedLanes(other.simulator)
    try lanes.step()
    #expect(lanes.memory.observations == [1, 0, 1, 1])
    #expect(other.simulator.spare.take(envs: 2, isBinary: false) == nil)
  }

  @Test func `by hosting one environment alone gets a process for each`() throws {
    var lanes = try SteppedLanes(try BadSimulator("single").simulator, count: 3)
    #expect(lanes.processes.count == 3)
    try lanes.step()
    // Each calls its only environment number 0.
    #expect(lanes.memory.observations == [1, 0, 1, 0, 1, 0])
  }

  @Test func `by waiting is waited for, with the episode's end in sight`() throws {
    var lanes = try SteppedLanes(try BadSimulator("fine").simulator)
    for _ in 0..<8 { try lanes.step(atEnd: .wait) }
    #expect(lanes.memory.outcomes == [.truncated, .truncated])
    #expect(lanes.memory.finalObservations == [8, 0, 8, 1])
    #expect(lanes.memory.observations == [8, 0, 8, 1])
    #expect(lanes.environment.isWaiting(0) && lanes.environment.isWaiting(1))
    #expect(throws: EnvironmentError.self) { try lanes.step(atEnd: .wait) }
    try lanes.memory.startWaitingLanes(lanes.environment)
    try lanes.step(atEnd: .wait)
    #expect(lanes.memory.observations == [1, 0, 1, 1])
  }

  @Test func `in the way that Windows ends lines is none`() throws {
    var lanes = try SteppedLanes(try BadSimulator("crlf").simulator)
    for _ in 0..<20 { try lanes.step() }
    #expect(lanes.memory.observations == [4, 0, 4, 1])
  }

  @Test func `by a flood on standard error neither blocks nor fills the memory`() throws {
    let bad = try BadSimulator("flood") { $0.stepTimeout = 20 }
    var lanes = try SteppedLanes(bad.simulator)
    for _ in 0..<3 { try lanes.step() }
    #expect(lanes.memory.observations == [3, 0, 3, 1])
    #expect(bad.log.lines.count >= 19_000)
    #expect(bad.log.lines.first?.hasPrefix("[env 0-1] warning 0:") == true)
  }

  @Test func `at the start is refused as a wrong command`() throws {
    let error = #expect(throws: SimulatorUsageError.self) {
      try BadSimulator("exit-at-start", isShown: false)
    }
    let text = error.map { "\($0)" } ?? ""
    #expect(text.contains("exited with code 7") && text.contains("no licence found"), "\(text)")
  }

  @Test func `by silence at the start is given up after the time for it`() throws {
    let error = #expect(throws: EnvironmentError.self) {
      try BadSimulator("silent") { $0.startTimeout = 0.5 }
    }
    #expect(error.map { "\($0)" }?.contains("did not answer within 0.5 s") == true)
  }

  @Test func `by speaking another version is told which one is spoken here`() throws {
    let error = #expect(throws: EnvironmentError.self) { try BadSimulator("other-version") }
    let text = error.map { "\($0)" } ?? ""
    #expect(text.contains("\"2.0\"") && text.contains("1.0"), "\(text)")
  }

  @Test func `and ignores being asked to end is ended`() throws {
    let bad = try BadSimulator("ignore-term", request: 100)
    var lanes: SteppedLanes? = try SteppedLanes(bad.simulator)
    let processes = lanes?.processes ?? []
    try lanes?.step()
    lanes = nil
    for process in processes { #expect(!isRunning(process)) }
  }

  @Test func `leaves no descriptor behind, and inherits none`() throws {
    let bad = try BadSimulator("exit", isOnce: true) { $0.processes = 2 }
    var lanes = try SteppedLanes(bad.simulator)
    for process in lanes.processes {
      let inherited = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/fd")
      #expect(Set(inherited) == ["0", "1", "2"])
    }
    let pipes = Set(
      lanes.environment.hosts.flatMap { host in
        [host.connection?.process.inputNumber, host.connection?.process.outputNumber]
          .compactMap { $0.flatMap(pipe) }
      })
    #expect(pipes.count == 4)
    try lanes.step()
    try lanes.step()
    let open = Set(
      try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
        .compactMap { Int32($0).flatMap(pipe) })
    // Those of the process that lives on.
    #expect(pipes.intersection(open).count == 2)
  }
}

/// The pipe that a descriptor of this process leads to.
private func pipe(_ descriptor: Int32) -> String? {
  try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(descriptor)")
}
