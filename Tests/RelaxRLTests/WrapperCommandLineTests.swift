import Foundation
import TestSupport
import Testing

@Suite struct `Wrappers of environments` {
  private func run(_ arguments: String, in folder: TemporaryFolder) throws -> EndedProgram {
    try CommandLineProgram.run(arguments.split(separator: " ").map(String.init), in: folder)
  }

  /// The sums of rewards in `episodes.csv`.
  private func returns(of run: String, in folder: TemporaryFolder) throws -> [Double] {
    let lines = String(decoding: try folder.bytes("\(run)/episodes.csv"), as: UTF8.self)
      .split(separator: "\n").map { $0.split(separator: ",") }
    let column = try #require(lines.first?.firstIndex(of: "return"))
    return lines.dropFirst().compactMap { Double($0[column]) }
  }

  @Test(arguments: [
    ("minatar-breakout", "frame-stack=2,clip-reward,time-limit=90,repeat=2"),
    ("pendulum", "sticky=0.25,scale-reward=0.1,repeat=3,frame-stack=3"),
  ])
  func `belong to a run, which goes on to the same bytes`(env: String, wrappers: String) throws {
    let folder = try TemporaryFolder()
    // Nothing that depends on the total.
    let common =
      "--agent a2c --env \(env) --wrappers \(wrappers) --seed 1 --set progress_interval=800 "
      + "--set checkpoint_interval=1000 --set hidden_sizes=8 --set envs=4 --set learning_rate=1e-3 "
      + "--set value.learning_rate=1e-3"
    let trained = try run("\(common) --steps 2000 --run-dir run --quiet", in: folder)
    try #require(trained.status == 0, "\(trained.errors)")
    let file = String(decoding: try folder.bytes("run/config.yaml"), as: UTF8.self)
    #expect(file.contains("wrappers: ") && file.contains(wrappers), "\(file)")
    let resumed = try run("resume run --steps 4000 --quiet", in: folder)
    #expect(resumed.status == 0, "\(resumed.errors)")
    let whole = try run("\(common) --steps 4000 --run-dir whole --quiet", in: folder)
    #expect(whole.status == 0)
    #expect(try RunDigest(folder, "run") == RunDigest(folder, "whole"))
    let again = try run(
      "--config run/config.yaml --steps 4000 --run-dir again --quiet", in: folder)
    #expect(again.status == 0, "\(again.errors)")
    #expect(try folder.bytes("again/episodes.csv") == folder.bytes("whole/episodes.csv"))
    let evaluated = try run("evaluate run --episodes 3 --json", in: folder)
    #expect(evaluated.status == 0, "\(evaluated.errors)")
    let changed = try run("resume run --steps 6000 --set wrappers=", in: folder)
    #expect(changed.status == 64 && changed.errors.contains("wrappers cannot change"))
    // Other observations than the policy was made for.
    let bare = try run("evaluate run --wrappers time-limit=5 --episodes 3", in: folder)
    #expect(bare.status == 64 && bare.errors.contains("observation space"), "\(bare.errors)")
  }

  @Test func `change what is learned from, and not what is counted`() throws {
    let folder = try TemporaryFolder()
    let common =
      "--agent a2c --env cartpole --seed 1 --steps 3000 --set hidden_sizes=8 --quiet --run-dir"
    for (name, wrappers) in [
      ("plain", ""), ("same", "scale-reward=1"), ("half", "scale-reward=0.5"),
    ] {
      let wrapped = wrappers.isEmpty ? "" : " --wrappers \(wrappers)"
      let ended = try run("\(common) \(name)\(wrapped)", in: folder)
      try #require(ended.status == 0, "\(ended.errors)")
    }
    #expect(try folder.bytes("plain/episodes.csv") == folder.bytes("same/episodes.csv"))
    #expect(try folder.bytes("plain/episodes.csv") != folder.bytes("half/episodes.csv"))
    // CartPole rewards 1 for each step.
    let returns = try returns(of: "half", in: folder)
    #expect(!returns.isEmpty && returns.allSatisfy { $0 >= 8 && $0 == $0.rounded() }, "\(returns)")
    // Games to their end, in an evaluation alone.
    let cut = try run("\(common) cut --wrappers time-limit=9", in: folder)
    try #require(cut.status == 0, "\(cut.errors)")
    #expect(try self.returns(of: "cut", in: folder).allSatisfy { $0 <= 9 })
    let short = try run("evaluate cut --episodes 5 --json", in: folder)
    #expect(try short.json()["mean"] as? Double ?? .infinity <= 9)
    let refused = try run("evaluate cut --wrappers scale-reward=1 --episodes 5", in: folder)
    #expect(refused.status == 64 && refused.errors.contains("step limit is 500 and was 9"))
    let open = try run(
      "evaluate cut --wrappers scale-reward=1 --allow-changed-env --episodes 20 --json", in: folder)
    #expect(try open.json()["mean"] as? Double ?? 0 > 9, "\(open.errors)")
  }

  @Test(
    .enabled(if: SimulatorTools.python != nil, SimulatorTools.needsPython))
  func `fit programs as well`() throws {
    let folder = try TemporaryFolder()
    let command = "\(try #require(SimulatorTools.python)) \(SimulatorTools.examples)/walk_plain.py"
    let wrappers = "repeat=2,sticky=0.1,frame-stack=2,time-limit=7"
    let trained = try CommandLineProgram.run(
      [
        "--agent", "a2c", "--env-command", command, "--wrappers", wrappers, "--steps", "1000",
        "--set", "envs=4", "--seed", "2", "--run-dir", "run", "--quiet",
      ], in: folder)
    try #require(trained.status == 0, "\(trained.errors)")
    let resumed = try run("resume run --steps 2000 --quiet", in: folder)
    #expect(resumed.status == 0, "\(resumed.errors)")
    let evaluated = try run("evaluate run --episodes 3 --json", in: folder)
    #expect(evaluated.status == 0, "\(evaluated.errors)")
    let checked = try CommandLineProgram.run(
      ["check-env", "--env-command", command, "--wrappers", wrappers], in: folder)
    #expect(checked.status == 0, "\(checked.output)\(checked.errors)")
  }

  @Test(arguments: [
    (
      "--env cartpole --wrappers frame-stak=4",
      "There is no wrapper \"frame-stak\". Did you mean \"frame-stack\"?"
    ),
    (
      "--env cartpole --wrappers frame-stack",
      "frame-stack needs a whole number, as in frame-stack=4, but has none"
    ),
    (
      "--env cartpole --wrappers repeat=four",
      "repeat needs a whole number, as in repeat=4, but has \"four\""
    ),
    ("--env cartpole --wrappers repeat=2,,sticky=0.1", "There is no wrapper \"\""),
    ("--env cartpole --wrappers repeat=0", "cartpole: repeat must be from 1 to 1000 but is 0"),
    ("--env cartpole --set wrappers=sticky=2", "sticky must lie in [0, 1) but is 2"),
    (
      "--env corridor --wrappers frame-stack=4", "corridor: frame-stack needs observations in a box"
    ),
    ("--env orchard --wrappers repeat=2", "orchard: repeat does not fit: action masks"),
    ("--env minatar-brekout", "Did you mean \"minatar-breakout\"?"),
    (
      "--env minatar-breakout --env-args sticky_actions=2",
      "rl-train: --env-args sticky_actions=2: the probability sticky_actions must lie in [0, 1]"
    ),
  ])
  func `that are wrong are named`(arguments: String, message: String) throws {
    let folder = try TemporaryFolder()
    let refused = try run("--agent a2c \(arguments)", in: folder)
    #expect(refused.status == 64 && refused.errors.contains(message), "\(refused.errors)")
    #expect(try folder.contents().isEmpty)
  }
}
