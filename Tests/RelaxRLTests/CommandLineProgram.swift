import Formats
import Foundation
import RelaxRL
import TestSupport
import Testing

/// The built `rl-train`, run as its users run it.
enum CommandLineProgram {
  /// Beside the bundle of these tests, built with the same options.
  static let path: String = {
    let bundle =
      (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
      ?? CommandLine.arguments[0]
    return URL(fileURLWithPath: bundle).deletingLastPathComponent().path + "/rl-train"
  }()

  /// How many times fewer steps a build without optimization should take.
  static func steps(_ count: Int) -> Int {
    #if DEBUG
      max(count / 40, 400)
    #else
      count
    #endif
  }

  /// Runs to the end.
  ///
  /// - Parameters:
  ///   - arguments: what follows the program's name.
  ///   - folder: where to run.
  /// - Returns: what it left.
  /// - Throws: what kept it from starting.
  static func run(_ arguments: [String], in folder: TemporaryFolder) throws -> EndedProgram {
    try RunningProgram(path, arguments, in: folder.path).wait()
  }
}

/// What a program left.
struct EndedProgram {
  /// The exit code, or 128 and the number of the signal that ended it.
  let status: Int32
  let output: String
  let errors: String
  /// From start to end.
  let seconds: Double

  var outputLines: [Substring] { output.split(separator: "\n") }
  var errorLines: [Substring] { errors.split(separator: "\n") }

  /// The last line on standard output as a JSON object.
  func json() throws -> [String: Any] {
    let object = try JSONSerialization.jsonObject(with: Data((outputLines.last ?? "").utf8))
    return object as? [String: Any] ?? [:]
  }
}

/// A program that runs; what it prints goes to files, so that it never waits for a reader.
final class RunningProgram {
  struct CannotStart: Error {
    let path: String
    let code: Int32
  }

  struct TooSlow: Error {
    let arguments: [String]
    let errors: String
  }

  let process: pid_t
  private let arguments: [String]
  private let prints: TemporaryFolder
  private let start = ContinuousClock.now

  init(_ path: String, _ arguments: [String], in folder: String) throws {
    prints = try TemporaryFolder()
    self.arguments = arguments
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    for (descriptor, name) in [(STDOUT_FILENO, "output"), (STDERR_FILENO, "errors")] {
      posix_spawn_file_actions_addopen(
        &actions, descriptor, "\(prints.path)/\(name)", O_WRONLY | O_CREAT | O_TRUNC, 0o644)
    }
    // `env` goes to the folder and then becomes the program.
    let command = "/usr/bin/env"
    var words = ([command, "-C", folder, path] + arguments).map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    // A test runner in the background ignores SIGINT, and the threads that tests run on block nearly
    // every signal. Children would inherit both.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGINT)
    sigaddset(&signals, SIGTERM)
    sigaddset(&signals, SIGHUP)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    var blocked = sigset_t()
    sigemptyset(&blocked)
    posix_spawnattr_setsigmask(&attributes, &blocked)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
    var process: pid_t = 0
    let code = posix_spawn(&process, command, &actions, &attributes, &words, environ)
    guard code == 0 else { throw CannotStart(path: path, code: code) }
    self.process = process
  }

  func send(_ signal: Int32) { kill(process, signal) }

  /// Waits until this program has begun to train, or has nothing left to train and has ended.
  func waitForSession(_ folder: TemporaryFolder, _ run: String) throws {
    // Each session has an event file of its own, with its process's number in the name.
    let events = "\(folder.path)/\(run)/tensorboard"
    for _ in 0..<60_000 {
      let files = (try? FileManager.default.contentsOfDirectory(atPath: events)) ?? []
      if files.contains(where: { $0.contains(".\(process).") }) || hasEnded { return }
      usleep(1000)
    }
    Issue.record("The run has not begun.")
  }

  private var hasEnded: Bool {
    var ended = siginfo_t()
    return waitid(P_PID, id_t(process), &ended, WEXITED | WNOHANG | WNOWAIT) == 0
      && ended.si_signo == SIGCHLD
  }

  /// Waits for the end.
  ///
  /// - Throws: `TooSlow` after the time limit; the program has been killed then.
  func wait(seconds limit: Double = 120) throws -> EndedProgram {
    var status: Int32 = 0
    while waitpid(process, &status, WNOHANG) == 0 {
      guard start.duration(to: .now) < .seconds(limit) else {
        send(SIGKILL)
        waitpid(process, &status, 0)
        throw TooSlow(arguments: arguments, errors: try read("errors"))
      }
      usleep(500)
    }
    let elapsed = start.duration(to: .now)
    return EndedProgram(
      status: status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F,
      output: try read("output"), errors: try read("errors"), seconds: elapsed / .seconds(1))
  }

  private func read(_ name: String) throws -> String {
    String(decoding: try prints.bytes(name), as: UTF8.self)
  }
}

/// Everything of a run that must be the same for the same run, as digests.
struct RunDigest: Equatable {
  var progress: String
  var episodes: String
  var last: String
  /// Nil where there were fewer than 100 episodes.
  var best: String?
  var parameters: String

  /// The digest of a run folder that has ended.
  init(_ folder: TemporaryFolder, _ run: String) throws {
    func digest(_ file: String) throws -> String {
      SHA256.hexDigest(of: try folder.bytes("\(run)/\(file)"))
    }
    progress = try digest("progress.csv")
    episodes = try digest("episodes.csv")
    last = try digest("checkpoints/last.safetensors")
    best = try? digest("checkpoints/best.safetensors")
    let summary = try JSONSerialization.jsonObject(
      with: Data(try folder.bytes("\(run)/summary.json")))
    parameters = (summary as? [String: Any])?["parameters_sha256"] as? String ?? "missing"
  }
}

/// A run that takes about half a second, of each kind that keeps different things between updates.
struct TestedRun: CustomTestStringConvertible {
  let testDescription: String
  let arguments: [String]

  static let all = [
    TestedRun(
      "a2c with normalization", "a2c", steps: 120_000,
      ["normalize_observations=true", "normalize_rewards=true", "returns=gae"]),
    TestedRun(
      "relax-a2c with normalization", "relax-a2c", steps: 50_000,
      ["normalize_observations=true", "normalize_rewards=true"]),
    TestedRun(
      "reinforce on whole episodes", "reinforce", steps: 80_000, ["returns=monte-carlo"]),
    TestedRun(
      "relax-a2c on whole episodes, shards", "relax-a2c", steps: 30_000,
      ["returns=monte-carlo", "envs_per_shard=3", "learning_rate=linear:0.001"]),
    TestedRun(
      "ddpg with many gradients in an update", "ddpg", "pendulum", steps: 4_000,
      ["envs=2", "train_every=40", "updates_per_step=2", "learning_starts=200"]
        + ["hidden_sizes=16", "checkpoint_interval=1000"]),
    TestedRun(
      "td3", "td3", "pendulum", steps: 3_000,
      ["learning_starts=200", "hidden_sizes=16", "checkpoint_interval=1000"]),
    TestedRun(
      "sac", "sac", "pendulum", steps: 3_000,
      ["learning_starts=200", "hidden_sizes=16", "checkpoint_interval=1000"]),
    TestedRun(
      "dqn with a full memory", "dqn", "corridor", steps: 3_000,
      ["learning_starts=200", "hidden_sizes=16", "buffer_size=500", "checkpoint_interval=1000"]),
  ]

  private init(
    _ name: String, _ agent: String, _ environment: String = "cartpole", steps: Int,
    _ settings: [String]
  ) {
    testDescription = name
    arguments =
      ["--agent", agent, "--env", environment, "--seed", "5", "--no-stop-when-solved"]
      + ["--steps", "\(CommandLineProgram.steps(steps))"]
      + settings.flatMap { ["--set", $0] }
  }
}
