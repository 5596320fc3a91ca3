import Foundation
import RelaxRL
import TestSupport
import Testing

@Suite struct `The same run` {
  private static let arguments = [
    "--env", "cartpole", "--envs", "24", "--set", "envs_per_shard=8", "--no-stop-when-solved",
    "--quiet", "--steps", "\(CommandLineProgram.steps(48_000))",
  ]

  private static func digest(
    _ more: [String], in folder: TemporaryFolder, _ name: String
  ) throws -> RunDigest {
    let ended = try CommandLineProgram.run(
      arguments + more + ["--run-dir", name], in: folder)
    try #require(ended.status == 0, "\(ended.errors)")
    return try RunDigest(folder, name)
  }

  @Test(arguments: ["a2c", "relax-a2c", "reinforce"])
  func `has the same bytes with 1, 2 and 4 threads, and others with another seed`(
    agent: String
  ) throws {
    let folder = try TemporaryFolder()
    var digests: [RunDigest] = []
    for threads in [1, 1, 2, 4] {
      digests.append(
        try Self.digest(
          ["--agent", agent, "--seed", "2", "--threads", "\(threads)"], in: folder,
          "run\(digests.count)"))
    }
    for digest in digests { #expect(digest == digests[0]) }
    let other = try Self.digest(["--agent", agent, "--seed", "3"], in: folder, "other")
    #expect(other.parameters != digests[0].parameters && other.last != digests[0].last)
    #expect(other.episodes != digests[0].episodes && other.progress != digests[0].progress)
  }

  @Test func `resumed with another number of threads it has the same bytes`() throws {
    let folder = try TemporaryFolder()
    let run = ["--agent", "relax-a2c", "--seed", "2"]
    let reference = try Self.digest(run, in: folder, "reference")
    let program = try RunningProgram(
      CommandLineProgram.path, Self.arguments + run + ["--run-dir", "run"], in: folder.path)
    usleep(200_000)
    program.send(SIGINT)
    _ = try program.wait()
    let resumed = try CommandLineProgram.run(["resume", "run", "--threads", "3"], in: folder)
    try #require(resumed.status == 0, "\(resumed.errors)")
    #expect(try RunDigest(folder, "run") == reference)
  }

  @Test(arguments: ["a2c", "relax-a2c"])
  func `made longer with resume --steps it is the longer run`(agent: String) throws {
    let folder = try TemporaryFolder()
    let settings =
      ["--agent", agent, "--env", "cartpole", "--seed", "6", "--no-stop-when-solved", "--quiet"]
      + ["--set", "progress_interval=800", "--set", "checkpoint_interval=4000"]
      // Nothing that depends on the total.
      + ["learning_rate", "value.learning_rate", "control_variate.learning_rate"]
      .flatMap { ["--set", "\($0)=0.002"] }
      + ["--set", "rollout_steps=5"]
    let long = try CommandLineProgram.run(
      settings + ["--steps", "32000", "--run-dir", "long"], in: folder)
    let short = try CommandLineProgram.run(
      settings + ["--steps", "12000", "--run-dir", "short"], in: folder)
    try #require(long.status == 0 && short.status == 0, "\(long.errors)\(short.errors)")
    let longDigest = try RunDigest(folder, "long")
    #expect(try RunDigest(folder, "short") != longDigest)
    let resumed = try CommandLineProgram.run(
      ["resume", "short", "--steps", "32000", "--json"], in: folder)
    try #require(resumed.status == 0, "\(resumed.errors)")
    #expect(try resumed.json()["steps"] as? Int == 32_000)
    #expect(try RunDigest(folder, "short") == longDigest)
  }

  @Test func `of an agent with a replay buffer, made longer, is the longer run too`() throws {
    let folder = try TemporaryFolder()
    let settings =
      ["--agent", "ddpg", "--env", "pendulum", "--seed", "6", "--no-stop-when-solved", "--quiet"]
      + ["--set", "progress_interval=150", "--set", "checkpoint_interval=1000"]
      + ["--set", "updates_per_step=0.5", "--set", "buffer_size=1200"]
    let long = try CommandLineProgram.run(
      settings + ["--steps", "3000", "--run-dir", "long"], in: folder)
    let short = try CommandLineProgram.run(
      settings + ["--steps", "1451", "--run-dir", "short"], in: folder)
    try #require(long.status == 0 && short.status == 0, "\(long.errors)\(short.errors)")
    let resumed = try CommandLineProgram.run(
      ["resume", "short", "--steps", "3000", "--threads", "2"], in: folder)
    try #require(resumed.status == 0, "\(resumed.errors)")
    #expect(try RunDigest(folder, "short") == RunDigest(folder, "long"))
  }

  @Test func `solved, it goes on when it is given a new total`() throws {
    let folder = try TemporaryFolder()
    let settings = ["--agent", "a2c", "--env", "corridor", "--seed", "1", "--quiet", "--json"]
    let solved = try CommandLineProgram.run(settings + ["--run-dir", "run"], in: folder)
    #expect(try solved.json()["solved"] as? Bool == true)
    let steps = try #require(try solved.json()["steps"] as? Int)
    let again = try CommandLineProgram.run(["resume", "run", "--json"], in: folder)
    #expect(try again.json()["steps"] as? Int == steps)
    #expect(again.errors.contains("rl-train resume run --steps N"))
    let longer = try CommandLineProgram.run(
      ["resume", "run", "--quiet", "--json", "--steps", "\(steps + 4000)"], in: folder)
    #expect(try #require(try longer.json()["steps"] as? Int) >= steps + 4000)
    #expect(try longer.json()["solved_at_step"] as? Int == steps)
  }

  @Test func `is given back by its config.yaml, the drawn seed included`() throws {
    let folder = try TemporaryFolder()
    let first = try CommandLineProgram.run(
      ["--agent", "relax-a2c", "--env", "CartPole-v0", "--steps", "6001", "--envs", "5"]
        + ["--set", "hidden_sizes=[32, 16]", "--set", "learning_rate=linear:0.002:0.0001"]
        + ["--set", "normalize_observations=true", "--quiet", "--run-dir", "first"], in: folder)
    try #require(first.status == 0, "\(first.errors)")
    let again = try CommandLineProgram.run(
      ["--config", "first/config.yaml", "--quiet", "--json", "--run-dir", "again"], in: folder)
    try #require(again.status == 0, "\(again.errors)")
    #expect(try RunDigest(folder, "again") == RunDigest(folder, "first"))
    #expect(try folder.bytes("again/config.yaml") == folder.bytes("first/config.yaml"))
    // Whole updates of 5 environments and 16 steps.
    #expect(try again.json()["steps"] as? Int == 6080)
    #expect(try again.json()["env"] as? String == "cartpole-v0")
    let other = try CommandLineProgram.run(
      ["--config", "first/config.yaml", "--set", "discount=0.9", "--quiet", "--run-dir", "other"],
      in: folder)
    #expect(other.status == 0)
    #expect(try RunDigest(folder, "other") != RunDigest(folder, "first"))
  }

  @Test func `started twice at once without a name it gets two folders`() throws {
    let folder = try TemporaryFolder()
    let programs = try (0..<4).map { _ in
      try RunningProgram(
        CommandLineProgram.path,
        ["--agent", "a2c", "--env", "corridor", "--seed", "1", "--steps", "400", "--json"],
        in: folder.path)
    }
    let ended = try programs.map { try $0.wait() }
    let names = try ended.map { try #require(try $0.json()["run_dir"] as? String) }
    #expect(ended.allSatisfy { $0.status == 0 })
    #expect(
      Set(names)
        == Set(["", "-2", "-3", "-4"].map { "runs/corridor-a2c-seed1\($0)" }))
    for name in names { #expect(try RunDigest(folder, name) == RunDigest(folder, names[0])) }
  }
}
