import Foundation
import TestSupport
import Testing

extension `A package outside this one` {
  /// A program with a task, agents and callbacks of its own.
  @Suite(.serialized) struct `with many runs` {
    private static let experiment = [
      "experiment", "--agents", "mini-relax,a2c,deaf", "--envs", "doors,corridor", "--seeds",
      "901-903", "--steps", "\(CommandLineProgram.steps(8_000))", "--no-stop-when-solved",
      "--out", "out",
    ]

    /// What the program's callbacks said, by agent, task and seed.
    private static func told(_ ended: EndedProgram) -> [String: (episodes: Int, folder: String)] {
      var told: [String: (Int, String)] = [:]
      for line in ended.errorLines where line.hasPrefix("told ") {
        let words = line.split(separator: " ").map(String.init)
        guard words.count == 6, let episodes = Int(words[4]) else { continue }
        let other = told.updateValue(
          (episodes, words[5]), forKey: words[1...3].joined(separator: " "))
        #expect(other == nil, "\(line)")
      }
      return told
    }

    private static func runs(_ folder: TemporaryFolder, _ out: String) throws -> [[String: String]]
    {
      let lines = String(decoding: try folder.bytes("\(out)/runs.csv"), as: UTF8.self)
        .split(separator: "\n")
        .map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
      return lines.dropFirst().map { Dictionary(uniqueKeysWithValues: zip(lines[0], $0)) }
    }

    @Test func `has experiments over its own tasks and agents, each run told to its callbacks`()
      throws
    {
      let folder = try TemporaryFolder()
      let ended = try OutsidePackage.run("Probe", Self.experiment + ["--jobs", "2"], in: folder)
      try #require(ended.status == 0, "\(ended.errors)")
      let told = Self.told(ended)
      let rows = try Self.runs(folder, "out")
      #expect(told.count == 18 && rows.count == 18)
      for row in rows {
        let (agent, task) = (row["agent"] ?? "", row["environment"] ?? "")
        let seed = row["seed"] ?? ""
        let (episodes, path) = try #require(told["\(agent) \(task) \(seed)"])
        #expect(path.hasSuffix("out/\(agent)/\(task)/seed-\(seed)"), "\(path)")
        #expect(row["episodes"] == "\(episodes)")
        // One was stopped, after a whole update, and no other.
        let steps = Int(row["steps"] ?? "") ?? 0
        #expect((steps < CommandLineProgram.steps(8_000)) == (seed == "902"), "\(row)")
        #expect(episodes >= 7, "\(row)")
      }
      let learned = rows.filter { $0["environment"] == "doors" && $0["agent"] == "mini-relax" }
      #expect(learned.contains { $0["solved"] == "true" }, "\(learned)")
      let deaf = rows.filter { $0["environment"] == "doors" && $0["agent"] == "deaf" }
      #expect(deaf.allSatisfy { $0["solved"] == "false" })
      // Those that a callback has stopped are over: nobody is told of them again.
      let again = try OutsidePackage.run("Probe", Self.experiment, in: folder)
      #expect(again.errors.contains("18 runs; 18 are done already"), "\(again.errors)")
      #expect(Self.told(again).isEmpty)
    }

    @Test func `has callbacks in train and resume, which see the run that is there without them`()
      throws
    {
      let folder = try TemporaryFolder()
      let arguments = [
        "--agent", "mini-relax", "--env", "doors", "--steps", "\(CommandLineProgram.steps(4_000))",
        "--no-stop-when-solved", "--json",
      ]
      func train(_ name: String, _ seed: Int) throws -> EndedProgram {
        let ended = try OutsidePackage.run(
          "Probe", arguments + ["--seed", "\(seed)", "--run-dir", name], in: folder)
        try #require(ended.status == 0, "\(ended.errors)")
        return ended
      }
      #expect(Self.told(try train("silent", 899)).isEmpty)
      let listened = try train("listened", 901)
      #expect(
        Self.told(listened)["mini-relax doors 901"]?.episodes
          == (try listened.json()["episodes"] as? Int))
      let stopped = try train("stopped", 902)
      #expect(stopped.errors.contains("Stopped by a callback"), "\(stopped.errors)")
      #expect(try stopped.json()["stopped_by_callback"] as? Bool == true)
      let resumed = try OutsidePackage.run("Probe", ["resume", "stopped", "--json"], in: folder)
      // It is stopped at an episode that has been by now.
      #expect(resumed.status == 0 && !resumed.errors.contains("Stopped by a callback"))
      #expect(Self.told(resumed)["mini-relax doors 902"]?.folder.hasSuffix("stopped") == true)
      #expect(try resumed.json()["stopped_by_callback"] == nil)
    }

    @Test func `has the callbacks of the page on experiments, which stop a run`() throws {
      let folder = try TemporaryFolder()
      let arguments = [
        "--agent", "a2c", "--env", "cartpole", "--seed", "1", "--eval-every", "2000", "--json",
        "--no-stop-when-solved",
      ]
      let ended = try OutsidePackage.run("Patience", arguments + ["--run-dir", "run"], in: folder)
      try #require(ended.status == 0, "\(ended.errors)")
      #expect(ended.errors.contains("Stopped by a callback"), "\(ended.errors)")
      let evaluations = try #require(try ended.json()["evaluations"] as? [String: Any])
      #expect(try #require(evaluations["last_mean_return"] as? Double) >= 490)
      #expect(
        evaluations["last_mean_return"] as? Double == evaluations["best_mean_return"] as? Double)
      // Without evaluations nothing stops it.
      let other = try OutsidePackage.run(
        "Patience", ["--agent", "a2c", "--env", "corridor", "--steps", "500"], in: folder)
      #expect(other.status == 0 && !other.errors.contains("callback"), "\(other.errors)")
    }

    @Test func `has searches, for which it needs ranges`() throws {
      let folder = try TemporaryFolder()
      let arguments = [
        "tune", "--agent", "mini-relax", "--env", "doors", "--configurations", "4", "--rungs", "1",
        "--seeds", "1000", "--steps", "\(CommandLineProgram.steps(2_000))", "--out", "out",
      ]
      let refused = try OutsidePackage.run("Probe", arguments, in: folder)
      #expect(refused.status == 64 && refused.errors.contains("nothing to search"))
      #expect(try folder.contents().isEmpty)
      let found = try OutsidePackage.run(
        "Probe", arguments + ["--range", "learning_rate=0.001:0.1:log", "--json"], in: folder)
      try #require(found.status == 0, "\(found.errors)")
      #expect((try found.json()["configurations"] as? [Any])?.count == 5)
      #expect(Self.told(found).isEmpty)
      let trained = try OutsidePackage.run(
        "Probe", ["--config", "out/best.yaml", "--seed", "1", "--quiet", "--json"], in: folder)
      #expect(trained.status == 0, "\(trained.errors)")
    }
  }
}
