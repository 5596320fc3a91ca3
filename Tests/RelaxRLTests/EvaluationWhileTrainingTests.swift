import Formats
import Foundation
import ReinforcementLearning
import TestSupport
import Testing

@testable import RelaxRL
@testable import Runs

@Suite struct `Evaluation while training` {
  private static let steps = CommandLineProgram.steps(40_000)

  private static func arguments(_ agent: String, _ environment: String) -> [String] {
    ["--agent", agent, "--env", environment, "--seed", "5", "--no-stop-when-solved", "--quiet"]
  }

  private static func run(
    _ arguments: [String], _ name: String, in folder: TemporaryFolder
  ) throws -> [String: Any] {
    let ended = try CommandLineProgram.run(arguments + ["--run-dir", name, "--json"], in: folder)
    try #require(ended.status == 0, "\(ended.errors)")
    return try ended.json()
  }

  /// What must be the same for the same run, its evaluations included.
  private struct Bytes: Equatable {
    var run: RunDigest
    var evaluations: [UInt8]

    init(_ folder: TemporaryFolder, _ name: String) throws {
      run = try RunDigest(folder, name)
      evaluations = try folder.bytes("\(name)/evaluations.csv")
    }
  }

  private static func rows(_ bytes: [UInt8]) -> [[String: String]] {
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    let columns = lines.first?.split(separator: ",").map(String.init) ?? []
    return lines.dropFirst().map { line in
      Dictionary(
        uniqueKeysWithValues: zip(
          columns, line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)))
    }
  }

  @Test func `changes nothing that is learned, and leaves no trace where it is off`() throws {
    let folder = try TemporaryFolder()
    let arguments = Self.arguments("relax-a2c", "cartpole") + ["--steps", "\(Self.steps)"]
    let plain = try Self.run(arguments, "plain", in: folder)
    let evaluated = try Self.run(
      arguments + ["--eval-every", "\(Self.steps / 8)", "--eval-episodes", "5"], "evaluated",
      in: folder)
    for name in ["episodes.csv", "progress.csv"] {
      #expect(try folder.bytes("plain/\(name)") == folder.bytes("evaluated/\(name)"))
    }
    #expect(plain["parameters_sha256"] as? String == evaluated["parameters_sha256"] as? String)
    #expect(plain["evaluations"] == nil && evaluated["evaluations"] != nil)
    #expect(try !folder.contents("plain").contains("evaluations.csv"))
    let configuration = String(decoding: try folder.bytes("plain/config.yaml"), as: UTF8.self)
    #expect(!configuration.contains("eval_"))
    let last = CheckpointStore(runFolder: folder.path + "/plain")
    #expect(try !last.load(.last).state.keys.contains { $0.hasPrefix("evaluation") })
  }

  @Test func `chooses the best checkpoint and says when the threshold was reached`() throws {
    let folder = try TemporaryFolder()
    let every = Self.steps / 8
    let summary = try Self.run(
      Self.arguments("a2c", "corridor") + ["--steps", "\(Self.steps)"]
        + ["--eval-every", "\(every)", "--eval-episodes", "3"], "run", in: folder)
    let rows = Self.rows(try folder.bytes("run/evaluations.csv"))
    #expect(rows.count == 8)
    let means = try rows.map { try #require(Double($0["mean_return"] ?? "")) }
    let steps = try rows.map { try #require(Int($0["step"] ?? "")) }
    for (number, step) in steps.enumerated() {
      #expect(step / every == number + 1 && rows[number]["evaluation"] == "\(number + 1)")
    }
    // The first of the highest is the best, and its checkpoint was written at that step.
    let highest = try #require(means.max())
    let best = try #require(means.firstIndex(of: highest))
    let loop = try #require(
      try CheckpointStore(runFolder: folder.path + "/run").load(.best).state["loop"])
    #expect(loop.contains("\"steps\":\(steps[best])"))
    let evaluations = try #require(summary["evaluations"] as? [String: Any])
    #expect(evaluations["count"] as? Int == 8)
    // Foundation's reader of JSON is not exact in the last digit.
    let written = try #require(evaluations["best_mean_return"] as? Double)
    #expect(abs(written - highest) < 1e-12)
    let threshold = try #require(
      try Catalogue.current.environment("corridor").spec.rewardThreshold)
    #expect(
      evaluations["first_evaluation_at_threshold"] as? Int
        == means.firstIndex { $0 >= threshold }.map { steps[$0] })
  }

  @Test(arguments: [
    ("a2c", "cartpole", [], 9), ("a2c", "cartpole", ["--no-eval-deterministic"], 40),
    ("reinforce", "cartpole", ["--no-eval-deterministic"], 5),
    ("ddpg", "pendulum", ["--set", "hidden_sizes=16", "--set", "learning_starts=200"], 5),
  ])
  func `killed or interrupted and resumed it has the same bytes`(
    agent: String, environment: String, settings: [String], episodes: Int
  ) throws {
    let folder = try TemporaryFolder()
    let steps = agent == "ddpg" ? 4_000 : Self.steps
    let arguments =
      Self.arguments(agent, environment) + settings
      + ["--steps", "\(steps)", "--eval-every", "\(steps / 20)", "--eval-episodes", "\(episodes)"]
      + ["--set", "checkpoint_interval=\(steps / 7)"]
    let start = ContinuousClock.now
    _ = try Self.run(arguments, "reference", in: folder)
    let whole = start.duration(to: .now)
    let reference = try Bytes(folder, "reference")
    for (number, signal) in [SIGKILL, SIGINT, SIGKILL, SIGINT].enumerated() {
      let name = "run\(number)"
      let program = try RunningProgram(
        CommandLineProgram.path, arguments + ["--run-dir", name], in: folder.path)
      try program.waitForSession(folder, name)
      usleep(UInt32(whole / .microseconds(1)) / 5 * UInt32(number + 1))
      program.send(signal)
      _ = try program.wait()
      let resumed = try CommandLineProgram.run(["resume", name, "--quiet"], in: folder)
      try #require(resumed.status == 0, "\(resumed.errors)")
      #expect(try Bytes(folder, name) == reference)
    }
    let other = arguments.map { $0 == "5" ? "6" : $0 }
    _ = try Self.run(other, "other", in: folder)
    #expect(try Bytes(folder, "other").evaluations != reference.evaluations)
  }

  @Test(arguments: [
    (["--eval-episodes", "3"], ["eval_every", "at least 1"]),
    (["--eval-every", "0"], ["eval_every", "0"]),
    (["--eval-every", "100", "--eval-episodes", "0"], ["eval_episodes", "0"]),
    (["--set", "eval_evry=100"], ["eval_evry", "eval_every"]),
  ])
  func `that cannot be is refused`(arguments: [String], fragments: [String]) throws {
    let folder = try TemporaryFolder()
    let ended = try CommandLineProgram.run(
      Self.arguments("a2c", "cartpole") + arguments, in: folder)
    #expect(ended.status == 64 && ended.errorLines.count == 1, "\(ended.errors)")
    for fragment in fragments { #expect(ended.errors.contains(fragment), "\(ended.errors)") }
    #expect(try folder.contents().isEmpty)
  }

  @Test(.enabled(if: SimulatorTools.python != nil, SimulatorTools.needsPython))
  func `plays in processes of its own, and goes on with the next episodes`() throws {
    let folder = try TemporaryFolder()
    try SimulatorTools.writeModule(into: folder)
    try folder.write(
      Array(try Data(contentsOf: URL(filePath: SimulatorTools.examples + "/walk.py"))),
      to: "walk.py")
    let arguments =
      ["--agent", "a2c", "--env-command", "\(SimulatorTools.python ?? "") walk.py", "--seed", "3"]
      + ["--no-stop-when-solved", "--quiet", "--eval-every", "500", "--eval-episodes", "2"]
      + ["--set", "learning_rate=0.001", "--set", "value.learning_rate=0.001"]
    _ = try Self.run(arguments + ["--steps", "2000"], "long", in: folder)
    _ = try Self.run(arguments + ["--steps", "1000"], "run", in: folder)
    let resumed = try CommandLineProgram.run(
      ["resume", "run", "--steps", "2000", "--quiet"], in: folder)
    try #require(resumed.status == 0, "\(resumed.errors)")
    #expect(Self.rows(try folder.bytes("run/evaluations.csv")).count == 4)
    #expect(try folder.bytes("run/evaluations.csv") == folder.bytes("long/evaluations.csv"))
  }
}

@Suite struct `A callback of a run` {
  private final class Stop: TrainingCallback {
    let update: Int
    private(set) var evaluations: [ReinforcementLearning.Evaluation] = []
    private(set) var isTold = false
    init(after update: Int) { self.update = update }
    func updateEnded(in training: any OngoingTraining) {
      if training.progress.updates == update { training.stop() }
    }
    // A suite of these tests has the name, too.
    func evaluationEnded(
      _ evaluation: ReinforcementLearning.Evaluation, in training: any OngoingTraining
    ) {
      evaluations.append(evaluation)
    }
    func trainingEnded(in training: any OngoingTraining) { isTold = true }
  }

  @Test func `stops it, saved, and resumed it is the run that nobody stopped`() throws {
    let folder = try TemporaryFolder()
    let table = try SettingsResolution.resolve(
      TypedSettings(
        agent: "a2c", environment: "cartpole", seed: "4", steps: "4000",
        stopsWhenSolved: false, assignments: ["eval_every=300", "eval_episodes=2"]))
    // A session holds its folder as long as it lives.
    func train(
      _ name: String, _ callbacks: [any TrainingCallback]
    ) throws -> (summary: RunSummary, ending: TrainingEnding) {
      try TrainingSession.start(table, threads: 1, runDirectory: "\(folder.path)/\(name)")
        .train(callbacks)
    }
    #expect(try train("whole", []).ending == .finished)
    let stop = Stop(after: 7)
    let (summary, ending) = try train("run", [stop])
    #expect(ending == .stopped && summary.stoppedByCallback == true && stop.isTold)
    #expect(summary.steps == 7 * (summary.steps / 7) && summary.steps < 4000)
    #expect(stop.evaluations.map(\.number) == Array(1...max(1, summary.steps / 300)))
    #expect(stop.evaluations.allSatisfy { $0.returns.count == 2 })
    let resumed = try TrainingSession.resume(folder.path + "/run", Continuation(), threads: 1)
    #expect(try resumed.train().ending == .finished)
    #expect(try RunDigest(folder, "run") == RunDigest(folder, "whole"))
    #expect(try folder.bytes("run/evaluations.csv") == folder.bytes("whole/evaluations.csv"))
  }
}
