import Foundation
import ReinforcementLearning
import Synchronization

@testable import Environments

/// The scripted bad simulator, and what was seen of it.
final class BadSimulator {
  static let python: String? = ["/usr/bin/python3", "/usr/local/bin/python3"].first {
    FileManager.default.isExecutableFile(atPath: $0)
  }

  static let script = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Simulators/bad.py").path

  /// The lines of standard error and the reports of restarts.
  final class Log: Sendable {
    private let state = Mutex<[String]>([])
    var lines: [String] { state.withLock { $0 } }
    func add(_ line: String) { state.withLock { $0.append(line) } }
  }

  let simulator: Simulator
  let log = Log()
  private let folder: URL

  /// - Parameters:
  ///   - mode: of the script.
  ///   - request: in which it misbehaves; 1 is the first reset.
  ///   - isOnce: whether processes after the first one are fine.
  ///   - isShown: whether its standard error goes into the log; else errors quote it.
  ///   - expecting: how many environments the process that is asked will host.
  ///   - stopSignal: whether the user wants the program to stop.
  ///   - change: of the settings.
  /// - Throws: what is wrong with its start.
  init(
    _ mode: String, request: Int = 3, isOnce: Bool = false, isShown: Bool = true,
    expecting: Int? = nil, stopSignal: StopSignal = .never,
    _ change: (inout SimulatorSettings) -> Void = { _ in }
  ) throws {
    folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    var settings = SimulatorSettings()
    settings.stepTimeout = 0.4
    settings.closeTimeout = 0.2
    settings.restarts = 2
    change(&settings)
    let python = Self.python ?? "python3"
    let once = isOnce ? ["BAD_ONCE=\(folder.path)/once"] : []
    let log = log
    let show: @Sendable (String) -> Void = { log.add($0) }
    // The first process, which only says what the simulator is, must not be the bad one.
    let variables = once.isEmpty ? [] : ["/usr/bin/env"] + once
    simulator = try Simulator(
      settings, words: variables + [python, Self.script, mode, "\(request)"], expecting: expecting,
      stopSignal: stopSignal, show: isShown ? show : nil)
    if isOnce { try? FileManager.default.removeItem(at: folder.appending(path: "once")) }
  }

  deinit { try? FileManager.default.removeItem(at: folder) }
}

/// Steps of a simulator with lanes that take action 1.
struct SteppedLanes {
  let environment: SubprocessEnvironments
  var memory: EnvironmentMemory

  init(_ simulator: Simulator, count: Int = 2) throws {
    environment = try SubprocessEnvironments(simulator, count: count, seed: 1)
    memory = EnvironmentMemory(for: environment)
    try memory.reset(environment)
  }

  mutating func step(atEnd: EpisodeEnd = .startNext) throws(EnvironmentError) {
    try memory.step(
      environment, actions: Array(repeating: Int32(1), count: environment.count), atEnd: atEnd)
  }

  var processes: [pid_t] {
    environment.hosts.compactMap { $0.connection?.process.identifier }
  }
}

/// The states of a group's processes; one that nobody has asked for yet is a zombie, Z.
private func states(of group: pid_t) -> [Substring] {
  let numbers = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
  return numbers.compactMap { number in
    guard Int(number) != nil,
      let line = FileManager.default.contents(atPath: "/proc/\(number)/stat"),
      // The name in brackets may have spaces of its own.
      let rest = String(decoding: line, as: UTF8.self).split(separator: ")").last
    else { return nil }
    let fields = rest.split(separator: " ")
    return fields.count > 2 && fields[2] == "\(group)" ? fields[0] : nil
  }
}

/// Whether a process, or any of the group that it leads, still runs.
func isRunning(_ group: pid_t) -> Bool {
  for _ in 0..<200 {
    if states(of: group).allSatisfy({ $0 == "Z" }) { return false }
    usleep(5000)
  }
  return true
}
