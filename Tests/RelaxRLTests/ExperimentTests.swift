import Formats
import Foundation
import TestSupport
import Testing

@testable import RelaxRL
@testable import Runs

@Suite struct `An experiment` {
  private static let base = [
    "experiment", "--agents", "a2c,relax-a2c", "--envs", "corridor,cartpole", "--seeds", "1-4",
    "--steps", "\(CommandLineProgram.steps(24_000))", "--out", "out",
  ]

  private static func run(
    _ arguments: [String], in folder: TemporaryFolder
  ) throws -> EndedProgram {
    let ended = try CommandLineProgram.run(arguments, in: folder)
    try #require(ended.status == 0, "\(ended.errors)")
    return ended
  }

  /// The tables without what the clock says.
  private static func tables(_ folder: TemporaryFolder, _ out: String = "out") throws -> [String] {
    func lines(_ name: String) throws -> [[String]] {
      String(decoding: try folder.bytes("\(out)/\(name)"), as: UTF8.self).split(separator: "\n")
        .map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
    }
    let runs = try lines("runs.csv")
    let seconds = try #require(runs[0].firstIndex(of: "seconds"))
    let others = try lines("statistics.csv") + lines("comparisons.csv")
    return runs.map { row in
      row.enumerated().filter { $0.offset != seconds }.map(\.element).joined(separator: ",")
    } + others.filter { !$0.contains("seconds") }.map { $0.joined(separator: ",") }
  }

  @Test func `has the same tables for any number of jobs, and runs that are those of train`() throws
  {
    let folder = try TemporaryFolder()
    let first = try Self.run(Self.base + ["--jobs", "1", "--json"], in: folder)
    let other = Self.base.map { $0 == "out" ? "other" : $0 }
    _ = try Self.run(other + ["--jobs", "3"], in: folder)
    #expect(try Self.tables(folder) == Self.tables(folder, "other"))
    let single = try CommandLineProgram.run(
      [
        "--agent", "relax-a2c", "--env", "cartpole", "--seed", "3", "--run-dir", "single",
        "--quiet",
      ]
        + ["--steps", "\(CommandLineProgram.steps(24_000))"], in: folder)
    try #require(single.status == 0, "\(single.errors)")
    #expect(try RunDigest(folder, "single") == RunDigest(folder, "out/relax-a2c/cartpole/seed-3"))

    let report = try first.json()
    #expect(report["sample"] as? Int == 4)
    let runs = try #require(report["runs"] as? [[String: Any]])
    #expect(runs.count == 16)
    let statistics = try #require(report["statistics"] as? [[String: Any]])
    func estimate(_ measure: String, _ statistic: String) throws -> Double? {
      let row = try #require(
        statistics.first {
          $0["agent"] as? String == "a2c" && $0["environment"] as? String == "corridor"
            && $0["measure"] as? String == measure && $0["statistic"] as? String == statistic
        })
      return row["estimate"] as? Double
    }
    let episodes = try runs.filter {
      $0["agent"] as? String == "a2c" && $0["environment"] as? String == "corridor"
    }.map { run in
      let summary = try #require(run["summary"] as? [String: Any])
      return summary["solved_at_episode"] as? Double ?? .infinity
    }
    for statistic in Aggregate.allCases {
      let expected = statistic(episodes)
      #expect(
        try estimate("episodes", statistic.rawValue) == (expected.isFinite ? expected : nil))
    }
    #expect(try estimate("solved", "mean") == Double(episodes.count { $0.isFinite }) / 4)
    let comparisons = try #require(report["comparisons"] as? [[String: Any]])
    #expect(comparisons.allSatisfy { $0["against"] as? String == "a2c" })
    #expect(comparisons.contains { $0["environment"] as? String == "all" })
  }

  @Test func `killed and interrupted goes on to the same tables, and skips what is done`() throws {
    let folder = try TemporaryFolder()
    let start = ContinuousClock.now
    _ = try Self.run(Self.base.map { $0 == "out" ? "reference" : $0 }, in: folder)
    let whole = start.duration(to: .now)
    var skipped = false
    for signal in [SIGKILL, SIGINT, SIGKILL] {
      let program = try RunningProgram(
        CommandLineProgram.path, Self.base + ["--quiet"], in: folder.path)
      usleep(UInt32(whole / .microseconds(1)) / 4)
      program.send(signal)
      let ended = try program.wait()
      if ended.status == 0 && ended.errors.contains("Interrupted") {
        #expect(ended.errors.contains("type the same command again"))
      }
    }
    let finished = try Self.run(Self.base, in: folder)
    skipped = finished.errors.contains("are done already and skipped")
    #expect(skipped, "\(finished.errors)")
    #expect(try Self.tables(folder) == Self.tables(folder, "reference"))
    for run in ["a2c/corridor/seed-1", "relax-a2c/cartpole/seed-4"] {
      #expect(try RunDigest(folder, "out/\(run)") == RunDigest(folder, "reference/\(run)"))
    }
    let again = try Self.run(Self.base, in: folder)
    #expect(again.errors.contains("16 runs; 16 are done already and skipped."))
  }

  @Test(arguments: [
    (["--seeds", "1,2,1"], ["seed 1", "twice"]), (["--seeds", "5-2"], ["--seeds", "5-2"]),
    (["--agents", "a2c,A2C"], ["a2c", "twice", "other=a2c"]),
    (["--envs", "cartpole,CartPole-v1"], ["cartpole", "twice"]),
    (["--agents", "a2c,ddpg"], ["ddpg needs", "corridor"]),
    (["--agents", "a2c,relax-a2b"], ["relax-a2b", "relax-a2c"]),
    (["--envs", "cartpol"], ["cartpol", "cartpole"]), (["--against", "relax"], ["relax-a2c"]),
    (["--set", "gama=0.9"], ["gama", "Settings are"]),
    (["--set", "acrobot:discount=0.9"], ["acrobot", "corridor"]),
    (["--set", "discount=1.9"], ["1.9", "discount"]), (["--jobs", "0"], ["--jobs"]),
    (["--config", "bad.yaml"], ["agent", "agents"]),
    (["--config", "broken.yaml"], ["broken.yaml", "configuration file"]),
    (["--config", "flat.yaml"], ["settings", "key: value"]),
    (["--out", "full"], ["full", "not empty"]), (["--out", "file"], ["file"]),
    (["--out", "newer"], ["format 7"]), (["--out", "older"], ["relaxrl-checkpoint-0"]),
  ])
  func `that cannot be is refused before anything runs`(
    arguments: [String], fragments: [String]
  ) throws {
    let folder = try TemporaryFolder()
    for (name, text) in [
      ("bad.yaml", "agent: [a2c]\n"), ("broken.yaml", "agents: [a2c\nenvironments: {\n"),
      ("flat.yaml", "settings: discount\n"), ("file", "x"),
    ] { try folder.write(Array(text.utf8), to: name) }
    for name in ["full", "newer", "older"] {
      try FileManager.default.createDirectory(
        atPath: "\(folder.path)/\(name)", withIntermediateDirectories: false)
    }
    try folder.write([1], to: "full/something")
    for (name, format, checkpoints) in [("newer", 7, 2), ("older", 1, 0)] {
      let plan = "{\"format\": \(format), \"checkpoints\": \"relaxrl-checkpoint-\(checkpoints)\"}"
      try folder.write(Array(plan.utf8), to: "\(name)/experiment.json")
    }
    let before = try folder.contents()
    let ended = try CommandLineProgram.run(Self.base + arguments, in: folder)
    #expect(ended.status == 64 && ended.errorLines.count == 1, "\(ended.errors)")
    for fragment in fragments { #expect(ended.errors.contains(fragment), "\(ended.errors)") }
    #expect(try folder.contents() == before)
  }

  @Test func `does not mix runs of other settings`() throws {
    let folder = try TemporaryFolder()
    let small = Self.base.map { $0 == "1-4" ? "1-2" : $0 == "corridor,cartpole" ? "corridor" : $0 }
    _ = try Self.run(small + ["--set", "discount=0.9"], in: folder)
    // The same settings and more seeds are the same experiment.
    let more = small.map { $0 == "1-2" ? "2-3" : $0 }
    let ended = try Self.run(more + ["--set", "discount=0.9"], in: folder)
    #expect(ended.errors.contains("4 runs; 2 are done already and skipped; 2 of other seeds"))
    let before = try folder.contents()
    for arguments in [small, more.map { $0 == "2-3" ? "7" : $0 }] {
      let refused = try CommandLineProgram.run(
        arguments + ["--set", "discount=0.8"], in: folder)
      #expect(refused.status == 64, "\(refused.errors)")
      #expect(refused.errors.contains("discount is 0.9 there and 0.8 here"), "\(refused.errors)")
    }
    #expect(try folder.contents() == before)
    let changed = try CommandLineProgram.run(
      ["resume", "out/a2c/corridor/seed-1", "--set", "learning_rate=0.5", "--quiet"], in: folder)
    try #require(changed.status == 0, "\(changed.errors)")
    let refused = try CommandLineProgram.run(small + ["--set", "discount=0.9"], in: folder)
    #expect(refused.status == 64 && refused.errors.contains("learning_rate"), "\(refused.errors)")
  }

  @Test func `of a file is the same as of flags`() throws {
    let folder = try TemporaryFolder()
    let file = """
      agents: [a2c, slow=a2c]
      environments: [corridor]
      seeds: 1-2
      steps: 2000
      against: slow
      settings:
        discount: 0.95
        hidden_sizes: [8, 4]
        eval_every: 500
      settings_of:
        slow: {learning_rate: 0.0001}
      """
    try folder.write(Array(file.utf8), to: "plan.yaml")
    _ = try Self.run(["experiment", "--config", "plan.yaml", "--out", "file"], in: folder)
    let flags =
      ["experiment", "--agents", "a2c,slow=a2c", "--envs", "corridor", "--seeds", "1,2"]
      + ["--steps", "2000", "--against", "slow", "--set", "discount=0.95"]
      + ["--set", "hidden_sizes=[8,4]", "--set", "slow:learning_rate=0.0001"]
      + ["--eval-every", "500"]
    _ = try Self.run(flags + ["--out", "flags"], in: folder)
    #expect(try Self.tables(folder, "file") == Self.tables(folder, "flags"))
    #expect(try Self.tables(folder, "file").contains { $0.contains("evaluation_steps") })
    let slow = String(
      decoding: try folder.bytes("file/slow/corridor/seed-1/config.yaml"), as: UTF8.self)
    #expect(slow.contains("learning_rate: 0.0001\n") && slow.contains("agent: a2c\n"))
    // One file in which a flag says something else.
    let ended = try Self.run(
      ["experiment", "--config", "plan.yaml", "--seeds", "3", "--out", "file"], in: folder)
    #expect(ended.errors.contains("2 runs; 4 of other seeds"))
  }

  @Test(.enabled(if: SimulatorTools.python != nil, SimulatorTools.needsPython))
  func `with a task of another program, whose episodes may never end`() throws {
    let folder = try TemporaryFolder()
    try folder.write(Array(endlessTask.utf8), to: "endless.py")
    let ended = try CommandLineProgram.run(
      ["experiment", "--agents", "a2c,reinforce", "--seeds", "1-2", "--steps", "200"]
        + ["--env-command", "\(SimulatorTools.python ?? "") endless.py"]
        + ["--envs", "corridor", "--set", "endless:envs=2", "--out", "out"], in: folder)
    #expect(ended.status == 0, "\(ended.errors)")
    #expect(
      ended.errors.contains("reinforce/endless/seed-2: the episodes under way have not ended"))
    #expect(!ended.errors.contains("a2c/endless/seed-1: the episodes"))
    let runs = String(decoding: try folder.bytes("out/runs.csv"), as: UTF8.self)
    #expect(runs.contains("a2c,endless,1,false,200,0,,,,"), "\(runs)")
    #expect(ended.output.contains("0 of 2"))
    // Evaluations cannot be waited for.
    let evaluated = try CommandLineProgram.run(
      ["experiment", "--agents", "a2c", "--seeds", "1", "--steps", "200", "--eval-every", "100"]
        + ["--eval-episodes", "1", "--env-command", "\(SimulatorTools.python ?? "") endless.py"]
        + ["--set", "envs=2", "--out", "evaluated"], in: folder)
    #expect(evaluated.status == 1, "\(evaluated.errors)")
    #expect(evaluated.errors.contains("has not ended in an evaluation"), "\(evaluated.errors)")
  }

  @Test(arguments: [
    ("1-3", [1, 2, 3]), ("7", [7]), ("3,1-2, 9", [3, 1, 2, 9]),
    ("18446744073709551615", [UInt64.max]),
  ])
  func `has the seeds that were typed`(text: String, seeds: [UInt64]) throws {
    #expect(try SeedList.parse(text) == seeds)
    #expect(try SeedList.parse(SeedList.text(seeds)) == seeds)
  }

  @Test(arguments: ["", ",", "1-", "-1", "1--2", "a", "1,1", "1-3,3", "0-99999999999", "1.5"])
  func `has no seeds that nobody can mean`(text: String) {
    #expect(throws: UsageError.self) { try SeedList.parse(text) }
  }
}
