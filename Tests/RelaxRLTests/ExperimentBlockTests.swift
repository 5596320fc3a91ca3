import Foundation
import TestSupport
import Testing

@testable import RelaxRL
@testable import Runs

@Suite struct `An experiment of several blocks` {
  private static let file = """
    seeds: 1-2
    steps: 2000
    against: a2c
    settings: {envs: 4}
    settings_of:
      slow: {learning_rate: 0.0001}
      pendulum: {rollout_steps: 8}
    blocks:
      choices:
        agents: [relax-a2c, a2c]
        environments: [corridor, cartpole]
      reals:
        agents: [relax-ddpg, slow=relax-ddpg]
        environments: pendulum
        seeds: 5-7
        settings: {envs: 2}

    """

  private static func write(_ text: String, in folder: TemporaryFolder) throws {
    try folder.write(Array(text.utf8), to: "plan.yaml")
  }

  private static func lines(_ folder: TemporaryFolder, _ name: String) throws -> [[String]] {
    String(decoding: try folder.bytes(name), as: UTF8.self).split(separator: "\n").dropFirst()
      .map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
  }

  @Test func `is made by one call, and says of each block what that alone would say`() throws {
    let folder = try TemporaryFolder()
    try Self.write(Self.file, in: folder)
    let arguments = ["experiment", "--config", "plan.yaml", "--out", "out"]
    let ended = try CommandLineProgram.run(arguments, in: folder)
    try #require(ended.status == 0, "\(ended.errors)")
    let runs = try Self.lines(folder, "out/runs.csv")
    #expect(runs.count == 2 * 2 * 2 + 2 * 3)
    #expect(Set(runs.filter { $0[1] == "pendulum" }.map { $0[0] }) == ["relax-ddpg", "slow"])
    #expect(Set(runs.filter { $0[1] == "pendulum" }.map { $0[2] }) == ["5", "6", "7"])
    let comparisons = try Self.lines(folder, "out/comparisons.csv")
    // The one named above all blocks where it takes part, else the first.
    #expect(Set(comparisons.map { "\($0[0]) \($0[1])" }) == ["relax-a2c a2c", "slow relax-ddpg"])
    #expect(Set(comparisons.map { $0[2] }) == ["corridor", "cartpole", "all:choices", "pendulum"])
    func configuration(_ run: String) throws -> String {
      String(decoding: try folder.bytes("out/\(run)/config.yaml"), as: UTF8.self)
    }
    #expect(try configuration("a2c/corridor/seed-1").contains("\nenvs: 4\n"))
    let slow = try configuration("slow/pendulum/seed-6")
    for line in ["envs: 2", "rollout_steps: 8", "learning_rate: 0.0001", "agent: relax-ddpg"] {
      #expect(slow.contains("\(line)\n"), "\(line)")
    }

    // The same without blocks, in two calls.
    let alone = try CommandLineProgram.run(
      ["experiment", "--agents", "relax-a2c,a2c", "--envs", "corridor,cartpole", "--seeds", "1-2"]
        + ["--steps", "2000", "--set", "envs=4", "--against", "a2c", "--out", "alone"], in: folder)
    try #require(alone.status == 0, "\(alone.errors)")
    func statistics(_ out: String) throws -> [[String]] {
      try Self.lines(folder, "\(out)/statistics.csv").filter {
        $0[1] != "pendulum" && $0[2] != "seconds"
      }.map { $0.map { $0.hasPrefix("all") ? "all" : $0 } }
    }
    #expect(try statistics("alone") == Array(statistics("out").prefix(statistics("alone").count)))
    let again = try CommandLineProgram.run(arguments + ["--seeds", "1-2"], in: folder)
    #expect(again.errors.contains("12 runs; 8 are done already"), "\(again.errors)")
  }

  @Test(
    arguments: [
      ([("reals", "choices.one")], [], ["no key of an experiment", "one.agents"]),
      ([("reals:", "r s:")], [], ["name of a block", "r s"]),
      ([("against: a2c", "against: a2d")], [], ["a2d", "a2c"]),
      ([], ["--against", "ddpg"], ["ddpg"]),
      ([], ["--agents", "a2c"], ["has blocks", "--agents"]),
      ([], ["--envs", "cartpole"], ["has blocks", "--envs"]),
      (
        [("slow=relax-ddpg", "a2c=relax-ddpg"), ("slow:", "relax-ddpg:")], [],
        ["a2c is not the same agent in two blocks"]
      ),
      (
        [("environments: pendulum", "environments: [corridor, pendulum]")], [], ["relax-ddpg needs"]
      ),
      (
        [
          ("[relax-ddpg, slow=relax-ddpg]", "a2c"), ("pendulum\n", "corridor\n"),
          ("pendulum:", "a2c:"), ("slow:", "cartpole:"),
        ],
        [], ["a2c in corridor comes in two blocks"]
      ),
      ([("slow:", "sloww:")], [], ["sloww", "slow"]),
      ([("  choices:\n", "  choices: 3\n  more:\n")], [], ["blocks.choices"]),
      ([("seeds: 5-7", "sedes: 5-7")], [], ["sedes", "seeds"]),
      ([("blocks:", "blocs:")], [], ["blocs", "blocks"]),
    ] as [([(String, String)], [String], [String])])
  func `that cannot be is refused before anything runs`(
    changes: [(String, String)], arguments: [String], fragments: [String]
  ) throws {
    let folder = try TemporaryFolder()
    var text = Self.file
    for (old, new) in changes {
      #expect(text.contains(old))
      text = text.replacingOccurrences(of: old, with: new)
    }
    try Self.write(text, in: folder)
    let ended = try CommandLineProgram.run(
      ["experiment", "--config", "plan.yaml", "--out", "out"] + arguments, in: folder)
    #expect(ended.status == 64 && ended.errorLines.count == 1, "\(ended.errors)")
    for fragment in fragments { #expect(ended.errors.contains(fragment), "\(ended.errors)") }
    #expect(try folder.contents() == ["plan.yaml"])
  }

  /// The rows of the table of learning: task and agent.
  private static func rows(of text: String) -> Set<String> {
    var rows: Set<String> = []
    var task = ""
    let table = text.components(separatedBy: "| task (threshold) | agent |").last ?? ""
    for line in table.split(separator: "\n").dropFirst(2) {
      guard line.hasPrefix("|") else { break }
      let cells = line.split(separator: "|").map { $0.filter { $0 != " " && $0 != "`" } }
      if !cells[0].isEmpty { task = String(cells[0].prefix { $0 != "(" }) }
      rows.insert("\(task) \(cells[1])")
    }
    return rows
  }

  @Test func `makes the table of what was measured`() throws {
    let path = SimulatorTools.root + "/Examples/Experiments/learning.yaml"
    var pairs: Set<String> = []
    for block in try ExperimentPlan.Words.blocks(ofFile: path) {
      let plan = try ExperimentPlan(block.words)
      #expect(SeedList.text(plan.seeds) == "1-20" && plan.against == "a2c")
      // Where they have Gymnasium, all can be resolved; those of this program can be anywhere.
      let isPiped = block.words.environments?.contains { $0.hasPrefix("gym:") } == true
      if !isPiped { _ = try ExperimentRuns(plan) }
      for task in try #require(block.words.environments) {
        let name =
          isPiped
          ? String(task.dropFirst("gym:".count))
          : try #require(try Catalogue.current.environment(task).spec.aliases.first)
        for contestant in plan.contestants { pairs.insert("\(name) \(contestant.agent)") }
      }
    }
    let page = SimulatorTools.root + "/docs/measurements.md"
    let rows = Self.rows(of: try String(contentsOfFile: page, encoding: .utf8))
    #expect(rows.count == 14)
    #expect(pairs == rows)
  }
}
