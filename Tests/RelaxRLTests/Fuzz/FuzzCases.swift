import Foundation
import GSL
import RelaxRL
import TestSupport
import Testing

/// How many random inputs a suite tries: few in every test run, many where the environment says so.
///
/// Every case has a number, from which all of it follows; a failure names it.
enum FuzzCases {
  /// Numbers of the cases; `share` is the share of a suite whose cases take longer.
  static func numbers(_ usual: Int, share: Double = 1) -> Range<Int> {
    let variable = ProcessInfo.processInfo.environment["RELAXRL_FUZZ_CASES"]
    return 0..<(variable.flatMap { Int($0) }.map { Int(Double($0) * share) } ?? usual)
  }

  /// The random numbers of a case.
  static func stream(_ number: Int, _ suite: String) -> RandomStream {
    RandomStream(seed: UInt64(number), purpose: StreamPurpose(rawValue: suite))
  }
}

extension RandomStream {
  mutating func element<Element>(of elements: [Element]) -> Element {
    elements[index(below: elements.count)]
  }
}

/// What may become of a run whose folder was changed.
enum Allowed: String {
  /// The change breaks something: it must be refused, and the tables must be as they were.
  case refusal
  /// The change means nothing: the run goes on to the same bytes, or is refused.
  case sameBytesOrRefusal
  /// The change is that to another state in its own right: anything but a crash.
  case anything
}

/// A tiny run of each kind that keeps different things, trained once for all cases.
struct FuzzedRun: Sendable {
  let name: String
  let arguments: [String]
  let steps: Int
  let moreSteps: Int

  static let all = [
    FuzzedRun(
      "a2c", "bandit", 200, 260, ["normalize_observations=true", "normalize_rewards=true"]),
    FuzzedRun("relax-a2c", "contextual-bandit", 200, 280, ["envs_per_shard=3"]),
    FuzzedRun("reinforce", "corridor", 200, 300, ["envs=2"]),
    FuzzedRun("relax-a2c", "random-mdp", 160, 260, ["learning_rate=linear:0.01"]),
    FuzzedRun("a2c", "acrobot", 240, 400, ["envs=2", "optimizer=adam"]),
    FuzzedRun("reinforce", "cartpole", 200, 300, ["normalize_observations=true"]),
    FuzzedRun("relax-ddpg", "pendulum", 256, 384, ["envs=2"]),
    FuzzedRun("a2c", "mountaincar", 256, 512, ["optimizer=sgd", "envs=2"]),
    FuzzedRun(
      "ddpg", "mountaincar-continuous", 300, 340,
      [
        "learning_starts=200", "buffer_size=150", "batch_size=8", "noise=ornstein-uhlenbeck",
      ]),
  ]

  private init(
    _ agent: String, _ env: String, _ steps: Int, _ moreSteps: Int, _ settings: [String]
  ) {
    name = "\(agent)-\(env)"
    self.steps = steps
    self.moreSteps = moreSteps
    arguments =
      ["--agent", agent, "--env", env, "--seed", "3", "--no-stop-when-solved", "--quiet"]
      + ["--steps", "\(steps)"]
      + (["hidden_sizes=4", "progress_interval=40", "checkpoint_interval=100"] + settings)
      .flatMap { ["--set", $0] }
  }
}

/// The trained runs and what they come to when nobody changes anything.
final class FuzzedRuns: Sendable {
  let folder: TemporaryFolder
  private let references: [String: RunDigest]

  init() throws {
    folder = try TemporaryFolder()
    var references: [String: RunDigest] = [:]
    for run in FuzzedRun.all {
      let trained = try CommandLineProgram.run(
        run.arguments + ["--run-dir", run.name], in: folder)
      try #require(trained.status == 0, "\(trained.errors)")
      let copy = try Copy(of: run, in: self.folder)
      let ended = try copy.resume()
      try #require(ended.status == 0, "\(ended.errors)")
      references[run.name] = try copy.digest
    }
    self.references = references
  }

  /// A run's folder to be changed.
  struct Copy {
    let folder: TemporaryFolder
    let run: FuzzedRun

    init(of run: FuzzedRun, in origin: TemporaryFolder) throws {
      self.run = run
      folder = try TemporaryFolder()
      try FileManager.default.copyItem(
        atPath: "\(origin.path)/\(run.name)", toPath: "\(folder.path)/run")
    }

    func resume(_ more: [String] = []) throws -> EndedProgram {
      try CommandLineProgram.run(
        ["resume", "run", "--quiet", "--steps", "\(run.moreSteps)"] + more, in: folder)
    }

    var digest: RunDigest { get throws { try RunDigest(folder, "run") } }

    /// What a refusal must leave as it was.
    var tables: [[UInt8]] {
      get throws {
        try ["progress.csv", "episodes.csv", "checkpoints/last.safetensors"].map {
          try folder.bytes("run/\($0)")
        }
      }
    }
  }

  /// Changes a copy of a run, goes on with it and compares what happens with what may.
  func check(
    _ run: FuzzedRun, _ description: String, evaluates: Bool, allowed: Allowed,
    changing: (TemporaryFolder) throws -> Void
  ) throws {
    let copy = try Copy(of: run, in: folder)
    try changing(copy.folder)
    let before = try copy.tables
    if evaluates {
      let ended = try CommandLineProgram.run(
        ["evaluate", "run", "--episodes", "2", "--checkpoint", "last"], in: copy.folder)
      #expect([0, 1, 64].contains(ended.status), "evaluate: \(description): \(ended.errors)")
    }
    let ended = try copy.resume()
    let message = "\(run.name): \(description): \(ended.status) \(ended.errors)"
    #expect([0, 1, 64].contains(ended.status), "\(message)")
    if allowed == .refusal {
      #expect(ended.status != 0, "\(message)")
      #expect(try copy.tables == before, "\(message)")
    }
    if ended.status == 0, allowed == .sameBytesOrRefusal {
      #expect(try copy.digest == references[run.name], "\(message)")
    }
  }
}
