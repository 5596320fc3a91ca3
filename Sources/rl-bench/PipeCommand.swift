import ArgumentParser
import Environments
import Foundation
import ReinforcementLearning

/// `rl-bench pipe`: how many steps per second go through the pipe.
///
/// The simulator is Examples/Simulators/walk.c, compiled with the system's compiler, which answers at
/// once: what is measured is the protocol, the two processes and the wake-ups between them.
struct PipeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pipe",
    abstract: "Steps per second through the pipe, of a simulator in C or of one given.")

  @Option(help: "Measure this simulator instead of the one in C.")
  var envCommand: String?

  @Option(help: "Measure this environment of Gymnasium instead, such as CartPole-v1.")
  var gym: String?

  @Option(help: "Numbers of environments, separated by commas.")
  var envs = "1,64"

  @Option(help: "Processes for each number of environments.")
  var processes = 1

  @Option(help: "json, binary or both.")
  var encodings = "json,binary"

  @Option(help: "How many times each case is measured.")
  var repeats = 5

  @Option(help: "Seconds per measurement.")
  var seconds = 0.5

  func run() throws {
    guard repeats >= 1, seconds > 0 else {
      throw ValidationError("--repeats must be at least 1 and --seconds above 0.")
    }
    let example = envCommand == nil && gym == nil ? try CompiledExample("walk") : nil
    for count in try counts() {
      for encoding in encodings.split(separator: ",") {
        for placement in [true, false] {
          var settings = SimulatorSettings()
          settings.command = envCommand ?? example?.path ?? ""
          settings.processes = processes
          settings.sameCore = placement
          guard let encoding = SimulatorEncoding(rawValue: String(encoding)) else {
            throw ValidationError("--encodings must be json, binary or both, but has \(encoding).")
          }
          settings.encoding = encoding
          // A thread of its own: placement ties the thread that steps to its core.
          let configured = settings
          try onThread { try measure(configured, count) }
        }
      }
    }
  }

  private func counts() throws -> [Int] {
    try envs.split(separator: ",").map { text in
      guard let count = Int(text), count >= 1 else {
        throw ValidationError(
          "--envs must be whole numbers of at least 1, such as 1,64, but has '\(text)'.")
      }
      return count
    }
  }

  private func measure(_ settings: SimulatorSettings, _ count: Int) throws {
    let simulator = try Simulator(
      settings, words: gym.map { PythonBridge.gymnasium.words(for: $0) })
    let environment = try SubprocessEnvironments(simulator, count: count, seed: 1)
    guard case .discrete(let space) = environment.actionSpace else {
      throw ValidationError("The benchmark takes environments with one discrete action.")
    }
    let actions = (0..<count).map { Int32(space.start + $0 % space.count) }
    var memory = EnvironmentMemory(for: environment)
    try memory.reset(environment)
    var rates: [Double] = []
    let clock = ContinuousClock()
    for repetition in 0...repeats {
      var steps = 0
      let start = clock.now
      var elapsed = 0.0
      while elapsed < seconds {
        for _ in 0..<16 { try memory.step(environment, actions: actions, atEnd: .startNext) }
        steps += 16 * count
        elapsed = start.duration(to: clock.now).seconds
      }
      // The first is for warming up.
      if repetition > 0 { rates.append(Double(steps) / elapsed) }
    }
    let totals = simulator.activity.totals
    var line = JSONLine()
    line.add("benchmark", "pipe")
    line.add("name", environment.name)
    line.add("envs", count)
    line.add("processes", settings.processes)
    line.add("encoding", settings.encoding.rawValue)
    line.add("core", settings.sameCore ? "same" : "any")
    line.add("steps_per_second", Int(median(rates)))
    line.add("min", Int(rates.min() ?? 0))
    line.add("max", Int(rates.max() ?? 0))
    line.add("repeats", repeats)
    line.add("adapter_us_per_step", 1e6 * totals.adapterSeconds / Double(max(totals.steps, 1)))
    line.add("simulator_us_per_step", 1e6 * totals.simulatorSeconds / Double(max(totals.steps, 1)))
    print(line)
  }
}

/// Runs work on a thread of its own and waits for it.
private func onThread(_ work: @escaping @Sendable () throws -> Void) throws {
  final class Outcome: @unchecked Sendable {
    // Unchecked: written by the thread before it signals, read by the caller afterwards.
    var error: (any Error)?
  }
  let outcome = Outcome()
  let done = DispatchSemaphore(value: 0)
  let thread = Thread {
    do { try work() } catch { outcome.error = error }
    done.signal()
  }
  thread.start()
  done.wait()
  if let error = outcome.error { throw error }
}

/// A simulator of Examples/Simulators, compiled into a temporary folder.
private final class CompiledExample {
  let path: String
  private let folder: URL

  init(_ name: String) throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    folder = FileManager.default.temporaryDirectory.appending(path: "rl-bench-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    path = folder.appending(path: name).path
    let compiler = Process()
    compiler.executableURL = URL(filePath: "/usr/bin/env")
    compiler.arguments = [
      "cc", "-O2", "-o", path, root.appending(path: "Examples/Simulators/\(name).c").path,
    ]
    try compiler.run()
    compiler.waitUntilExit()
    guard compiler.terminationStatus == 0 else {
      throw ValidationError("The simulator could not be compiled: is there a C compiler, cc?")
    }
  }

  deinit { try? FileManager.default.removeItem(at: folder) }
}
