import Foundation
import TestSupport
import Testing

@testable import RelaxRL
@testable import Runs

@Suite struct `A search for settings` {
  private static let base = [
    "tune", "--agent", "a2c", "--env", "corridor", "--configurations", "12", "--rungs", "2",
    "--factor", "3", "--steps", "\(CommandLineProgram.steps(6_000))", "--seeds", "1000-1003",
    "--out", "out",
  ]

  private static func run(
    _ arguments: [String], in folder: TemporaryFolder
  ) throws -> EndedProgram {
    let ended = try CommandLineProgram.run(arguments, in: folder)
    try #require(ended.status == 0, "\(ended.errors)")
    return ended
  }

  private static let files = ["configurations.csv", "effects.csv", "report.json", "best.yaml"]

  private static func results(_ folder: TemporaryFolder, _ out: String) throws -> [[UInt8]] {
    try files.map { try folder.bytes("\(out)/\($0)") }
  }

  private static func records(
    _ folder: TemporaryFolder, _ out: String = "out"
  ) throws -> [Trial: TrialResult] {
    let text = String(decoding: try folder.bytes("\(out)/journal.csv"), as: UTF8.self)
    var records: [Trial: TrialResult] = [:]
    for line in text.split(separator: "\n") {
      let record = try #require(TrialRecord(line: String(line)))
      // A run that is over is never made again.
      #expect(records.updateValue(record.result, forKey: record.trial) == nil)
    }
    return records
  }

  @Test func `ranks configurations, and its best file trains the run that it has seen`() throws {
    let folder = try TemporaryFolder()
    let ended = try Self.run(Self.base + ["--json"], in: folder)
    let report = try ended.json()
    let rows = try #require(report["configurations"] as? [[String: Any]])
    #expect(rows.compactMap { $0["configuration"] as? Int }.sorted() == Array(0...12))
    // The better third and the preset.
    let last = rows.filter { $0["rung"] as? Int == 2 }
    #expect(last.count == 5 && last.contains { $0["configuration"] as? Int == 0 })
    #expect(last.allSatisfy { $0["runs"] as? Int == 4 })
    let scores = try last.map {
      try #require(($0["score"] as? [String: Any])?["estimate"] as? Double)
    }
    #expect(scores == scores.sorted(by: >))
    #expect(abs(scores.reduce(0, +) / 5 - 0.5) < 1e-12)
    #expect(report["best"] as? Int == last[0]["configuration"] as? Int)
    let records = try Self.records(folder)
    #expect(records.keys.filter { $0.limit < CommandLineProgram.steps(6_000) }.count == 26)

    // The ranks, once more from the journal.
    let limit = CommandLineProgram.steps(6_000)
    func result(_ configuration: Int, _ seed: UInt64) throws -> TrialResult {
      try #require(
        records[Trial(configuration: configuration, seed: seed, limit: limit)]
          ?? records[Trial(configuration: configuration, seed: seed, limit: limit / 3)])
    }
    let members = try last.map { try #require($0["configuration"] as? Int) }
    let again = Halving.scores(
      try members.map { member in try (1000...1003).map { try result(member, $0) } })
    // Foundation's reader of JSON is not exact in the last digit.
    #expect(zip(again, scores).allSatisfy { abs($0 - $1) < 1e-12 })

    let effects = try #require(report["effects"] as? [[String: Any]])
    let searched = try TuningRanges.shipped.keys.filter { $0.hasPrefix("a2c.") }
    #expect(effects.count == searched.count)

    // The file is what train reads, and gives the same run.
    let best = try #require(members.first)
    for seed: UInt64 in [1000, 1003] {
      let trained = try Self.run(
        ["--config", "out/best.yaml", "--seed", "\(seed)", "--run-dir", "run\(seed)"]
          + ["--quiet", "--json"], in: folder
      ).json()
      let expected = try result(best, seed)
      #expect(trained["agent"] as? String == "a2c" && trained["env"] as? String == "corridor")
      #expect(trained["solved_at_step"] as? Int == expected.solvedAtStep)
      if expected.solvedAtStep == nil {
        #expect(trained["episodes"] as? Int == expected.episodes)
      }
    }
    // And an experiment, beside the preset.
    let compared = try Self.run(
      [
        "experiment", "--agents", "a2c,tuned=out/best.yaml", "--envs", "corridor", "--seeds",
        "1000",
      ]
        + ["--out", "compared", "--json", "--quiet"], in: folder
    ).json()
    let runs = try #require(compared["runs"] as? [[String: Any]])
    let tuned = try #require(runs.first { $0["agent"] as? String == "tuned" })
    let summary = try #require(tuned["summary"] as? [String: Any])
    #expect(summary["solved_at_step"] as? Int == (try result(best, 1000)).solvedAtStep)
  }

  @Test func `killed and interrupted goes on to the same tables, whatever the number of jobs`()
    throws
  {
    let folder = try TemporaryFolder()
    _ = try Self.run(Self.base.map { $0 == "out" ? "reference" : $0 }, in: folder)
    let reference = try Self.results(folder, "reference")
    _ = try Self.run(Self.base.map { $0 == "out" ? "jobs" : $0 } + ["--jobs", "3"], in: folder)
    #expect(try Self.results(folder, "jobs") == reference)
    func journal() -> Int { (try? folder.bytes("out/journal.csv").count) ?? 0 }
    for signal in [SIGKILL, SIGINT, SIGKILL] {
      let before = journal()
      let program = try RunningProgram(
        CommandLineProgram.path, Self.base + ["--quiet"], in: folder.path)
      // Some more runs are over then.
      for _ in 0..<10_000 where journal() <= before { usleep(1000) }
      program.send(signal)
      let ended = try program.wait()
      if ended.status == 0 && ended.errors.contains("Interrupted") {
        #expect(ended.errors.contains("type the same command again"))
      }
    }
    let finished = try Self.run(Self.base, in: folder)
    #expect(finished.errors.contains("are done already and skipped"), "\(finished.errors)")
    #expect(try Self.results(folder, "out") == reference)
    #expect(try Self.records(folder) == Self.records(folder, "reference"))
    let again = try Self.run(Self.base, in: folder)
    #expect(again.output == finished.output)
    #expect(try Self.records(folder) == Self.records(folder, "reference"))
  }

  @Test func `has the ranges of a file, of flags, and none for what is set`() throws {
    let folder = try TemporaryFolder()
    let file = "learning_rate: 0.0001:0.1:log\nenvs: [2, 4, 8]\nhidden_sizes: ['[8]', '[8, 8]']\n"
    try folder.write(Array(file.utf8), to: "ranges.yaml")
    let report = try Self.run(
      Self.base + [
        "--json", "--ranges", "ranges.yaml", "--range", "envs=3:5", "--range",
        "gae_lambda=0.9|0.95|1",
        "--set", "learning_rate=0.003", "--no-stop-when-solved",
      ], in: folder
    ).json()
    let rows = try #require(report["configurations"] as? [[String: Any]])
    for row in rows {
      let settings = try #require(row["settings"] as? [String: String])
      #expect(Set(settings.keys) == ["envs", "hidden_sizes", "gae_lambda"])
      guard row["configuration"] as? Int != 0 else {
        #expect(settings["envs"] == "8")
        continue
      }
      #expect(["3", "4", "5"].contains(settings["envs"]))
      #expect(["0.9", "0.95", "1.0"].contains(settings["gae_lambda"]), "\(settings)")
      #expect(["[8]", "[8, 8]"].contains(settings["hidden_sizes"]))
      // By the return alone.
      #expect(row["solved"] as? Int == 0 && row["median_mean_return"] is Double)
    }
    let best = String(decoding: try folder.bytes("out/best.yaml"), as: UTF8.self)
    #expect(best.contains("learning_rate: 0.003\n") && best.contains("# searched in 3:5\n"))
    #expect(!best.contains("seed:"))
  }

  @Test func `does without what comes to no number`() throws {
    let folder = try TemporaryFolder()
    let report = try Self.run(
      Self.base + [
        "--json", "--range", "value.learning_rate=0.002|1e38", "--set", "optimizer=sgd",
      ],
      in: folder
    ).json()
    let rows = try #require(report["configurations"] as? [[String: Any]])
    let failed = rows.filter { ($0["failed"] as? Int ?? 0) > 0 }
    #expect(!failed.isEmpty && failed.allSatisfy { $0["rung"] as? Int == 1 })
    #expect(
      failed.allSatisfy {
        ($0["settings"] as? [String: String])?["value.learning_rate"] == "1.0e+38"
      })
    let effects = try #require(report["effects"] as? [[String: Any]])
    #expect(effects.first?["setting"] as? String == "value.learning_rate")
    let ended = try CommandLineProgram.run(
      Self.base.map { $0 == "out" ? "none" : $0 }
        + ["--range", "learning_rate=1e37|1e38", "--set", "optimizer=sgd"]
        + ["--set", "value_learning_rate=1e38"], in: folder)
    // The preset takes part and is no better, as it has the rate that is set.
    #expect(ended.status == 1 && ended.errors.contains("not finite"), "\(ended.errors)")
  }

  @Test(arguments: [
    (["--range", "discont=0.9:1"], ["discont", "discount"]),
    (["--range", "discount=1:0.9"], ["discount", "below its end"]),
    (["--range", "learning_rate=0:1:log"], ["learning_rate", "above 0"]),
    (["--range", "discount=0.9"], ["discount", "LOW:HIGH"]), (["--range", "x"], ["KEY=LOW:HIGH"]),
    (["--range", "discount=0.9:1.2"], ["discount must be in [0, 1]", "configuration"]),
    (["--range", "seed=1:5"], ["seed"]), (["--range", "eval_every=1:5"], ["eval_every"]),
    (["--range", "discount=0.9:1", "--range", "discount=0.8:1"], ["discount", "twice"]),
    (["--range", "discount=0.9:1", "--set", "discount=1"], ["--range and --set", "discount"]),
    (["--set", "gama=0.9"], ["gama"]), (["--set", "eval_every=100"], ["eval_every"]),
    (["--agent", "ddpg"], ["ddpg needs", "corridor"]), (["--agent", "a3c"], ["a3c", "a2c"]),
    (["--env", "coridor"], ["coridor", "corridor"]),
    (["--ranges", "empty.yaml"], ["nothing to search"]),
    (["--ranges", "missing.yaml"], ["missing.yaml"]), (["--ranges", "bad.yaml"], ["discont"]),
    (["--configurations", "1"], ["--configurations"]), (["--rungs", "0"], ["--rungs"]),
    (["--factor", "1"], ["--factor"]), (["--jobs", "0"], ["--jobs"]),
    (["--seeds", "1,1"], ["twice"]),
    (["--steps", "0"], ["steps"]), (["--sampling-seed", "-1"], ["--sampling-seed"]),
    (["--out", ""], ["--out"]), (["--out", "full"], ["full", "not empty"]),
    (["--out", "file"], ["file"]), (["--env-restarts", "2"], ["--env-restarts"]),
  ])
  func `that cannot be is refused before anything runs`(
    arguments: [String], fragments: [String]
  ) throws {
    let folder = try TemporaryFolder()
    for (name, text) in [
      ("file", "x"), ("empty.yaml", "# nothing\n"), ("bad.yaml", "discont: 0.9:1\n"),
    ] { try folder.write(Array(text.utf8), to: name) }
    try FileManager.default.createDirectory(
      atPath: "\(folder.path)/full", withIntermediateDirectories: false)
    try folder.write([1], to: "full/something")
    let before = try folder.contents()
    let ended = try CommandLineProgram.run(Self.base + arguments, in: folder)
    #expect(ended.status == 64 && ended.errorLines.count == 1, "\(ended.errors)")
    for fragment in fragments { #expect(ended.errors.contains(fragment), "\(ended.errors)") }
    #expect(try folder.contents() == before)
  }

  @Test func `does not mix with another one`() throws {
    let folder = try TemporaryFolder()
    _ = try Self.run(Self.base + ["--quiet"], in: folder)
    let before = try folder.contents()
    for (arguments, fragment) in [
      (["--configurations", "13"], "configurations is 12 there and 13 here"),
      (["--range", "discount=0.9:1"], "ranges is"),
      (["--set", "activation=relu"], "activation is"),
      (["--seeds", "1000-1004"], "seeds is 1000-1003 there"), (["--steps", "5000"], "steps is"),
      (["--agent", "relax-a2c"], "agent is"), (["--sampling-seed", "2"], "sampling_seed is"),
    ] {
      let refused = try CommandLineProgram.run(Self.base + arguments, in: folder)
      #expect(refused.status == 64 && refused.errors.contains(fragment), "\(refused.errors)")
    }
    try folder.write(Array("1,2,3\n".utf8), to: "out/journal.csv")
    let edited = try CommandLineProgram.run(Self.base, in: folder)
    #expect(edited.status == 64 && edited.errors.contains("Line 1"), "\(edited.errors)")
    // An experiment does not take it for its own either.
    let experiment = try CommandLineProgram.run(
      ["experiment", "--agents", "a2c", "--envs", "corridor", "--out", "out"], in: folder)
    #expect(experiment.status == 64, "\(experiment.errors)")
    #expect(try folder.contents() == before)
  }

  @Test(.enabled(if: SimulatorTools.python != nil, SimulatorTools.needsPython))
  func `in a task of another program, and in one whose episodes never end`() throws {
    let folder = try TemporaryFolder()
    try folder.write(Array(endlessTask.utf8), to: "endless.py")
    try SimulatorTools.writeModule(into: folder)
    try folder.write(
      Array(try Data(contentsOf: URL(filePath: SimulatorTools.examples + "/walk.py"))),
      to: "walk.py")
    let python = SimulatorTools.python ?? ""
    let small = [
      "--configurations", "2", "--rungs", "1", "--seeds", "1000", "--steps", "300",
    ]
    let found = try Self.run(
      ["tune", "--agent", "a2c", "--env-command", "\(python) walk.py", "--out", "walk", "--json"]
        + ["--set", "envs=2"] + small, in: folder
    ).json()
    #expect((found["configurations"] as? [Any])?.count == 3)
    for agent in ["a2c", "reinforce"] {
      let ended = try CommandLineProgram.run(
        ["tune", "--agent", agent, "--env-command", "\(python) endless.py", "--set", "envs=2"]
          + ["--out", agent] + small, in: folder)
      #expect(ended.status == 1, "\(ended.errors)")
      #expect(ended.errors.contains("No episode of endless has ended"), "\(ended.errors)")
    }
    // A crash says nothing about settings.
    let crashed = try CommandLineProgram.run(
      ["tune", "--agent", "a2c", "--env-command", "\(python) walk.py", "--out", "crash"]
        + ["--set", "envs=2", "--range", "learning_rate=0.1:1", "--env-start-timeout", "0.001"]
        + small, in: folder)
    #expect(crashed.status != 0 && !crashed.output.contains("score"), "\(crashed.errors)")
  }
}
