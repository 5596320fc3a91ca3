import Foundation
import TestSupport
import Testing

/// `relax-lab blackbox`, run as its users run it.
@Suite struct `relax-lab blackbox` {
  private func run(_ arguments: [String], in folder: TemporaryFolder) throws -> EndedProgram {
    try LabProgram.start(["blackbox"] + arguments, in: folder).wait()
  }

  @Test func `prints a table, and regrets by estimator and seed as JSON on the last line`() throws {
    let folder = try TemporaryFolder()
    let arguments = [
      "--task", "quadratic", "--interaction", "0.3", "--variables", "20", "--entropy", "0.15",
      "--updates", "40", "--samples", "4", "--estimators", "relax,rloo,average,surrogate",
      "--seeds", "1-3", "--draws", "40", "--json",
    ]
    let ended = try run(arguments, in: folder)
    #expect(ended.status == 0, "\(ended.errors)")
    for title in ["RELAX", "RLOO", "moving average", "linear surrogate"] {
      #expect(ended.output.contains(title))
    }
    let found = try ended.json()
    #expect(found["against"] as? String == "rloo")
    let estimators = try #require(found["estimators"] as? [String: [String: Any]])
    #expect(Set(estimators.keys) == ["relax", "rloo", "average", "surrogate"])
    for (_, estimator) in estimators {
      for key in ["mean_regret", "last_regret"] {
        let regrets = try #require(estimator[key] as? [String: Double])
        #expect(Set(regrets.keys) == ["1", "2", "3"])
        #expect(regrets.values.allSatisfy { $0 > 0 && $0 < 10 })
      }
      let ratio = try #require(estimator["variance_ratio"] as? [String: Double])
      #expect(try #require(ratio["estimate"]) > 0)
    }
    // The same instances and numbers again, whatever else is compared.
    let alone = try run(arguments.map { $0.contains(",") ? "relax" : $0 }, in: folder).json()
    let again = try #require(alone["estimators"] as? [String: [String: Any]])
    #expect(
      again["relax"]?["mean_regret"] as? [String: Double]
        == estimators["relax"]?["mean_regret"] as? [String: Double])
  }

  @Test(arguments: ["ising", "nk", "maxcut", "contextual", "multilabel", "copy"])
  func `has every task`(task: String) throws {
    let folder = try TemporaryFolder()
    let ended = try run(
      [
        "--task", task, "--variables", "8", "--updates", "20", "--estimators", "relax,rloo",
        "--seeds", "1-2", "--out", "results", "--json",
      ], in: folder)
    #expect(ended.status == 0, "\(ended.errors)")
    #expect(try ended.json()["task"] as? String == task)
    #expect(try LabProgram.table("results/runs.csv", in: folder).count == 2 * 2 * 20)
    let curves = try LabProgram.table("results/curves.csv", in: folder)
    #expect(curves.count == 2 * 20)
    for line in curves {
      let regret = try #require(line["regret"].flatMap(Double.init))
      let lower = try #require(line["lower"].flatMap(Double.init))
      #expect(regret >= lower)
    }
    let script = String(decoding: try folder.bytes("results/figures.gp"), as: UTF8.self)
    #expect(script.contains("regret.svg"))
  }

  @Test func `searches for settings with as many trials for every estimator`() throws {
    let folder = try TemporaryFolder()
    let ended = try run(
      [
        "--variables", "8", "--updates", "10", "--estimators", "relax,rloo,surrogate", "--seeds",
        "1000-1001", "--tune",
      ], in: folder)
    #expect(ended.status == 0, "\(ended.errors)")
    let lines = ended.output.split(separator: "\n")
    for estimator in ["relax", "rloo", "surrogate"] {
      #expect(lines.count { $0.hasPrefix("\(estimator): ") } == 16)
      #expect(ended.output.contains(".\(estimator): BlackBoxSettings(rate: "))
    }
  }

  @Test(arguments: [
    ("--samples 1", "at least 2, but it is 1"),
    ("--samples 3 --estimators disarm", "an even number of --samples, but it is 3"),
    ("--entropy -0.1", "finite and not negative, but is -0.1"),
    ("--entropy nan", "finite and not negative, but is nan"),
    ("--interaction -1", "finite and not negative, but is -1"),
    ("--task ising --interaction 1", "not ising"),
    ("--task isin", "did you mean 'ising'?"),
    ("--variables 3", "from 4 to 2000, but is 3"),
    ("--variables 2001", "from 4 to 2000, but is 2001"),
    ("--updates 0", "but is 0"),
    ("--contexts 4", "not quadratic"),
    ("--estimators value", "has none. Use average."),
    ("--estimators relax,relax", "comes twice"),
    ("--estimators rlo", "did you mean 'rloo'?"),
    ("--against arms", "must be one of --estimators"),
    ("--draws 5", "at least 20"),
    ("--set relax.rat=1", "did you mean 'rate'?"),
    ("--set average.second=1", "in [0, 1) but is 1"),
    ("--task copy --estimators exact", "20^20 > 1e26 copies"),
    ("--task copy --estimators arms", "is for bits that are chosen at once"),
    ("--task copy --entropy 0.1 --estimators rloo", "but it is 0.1"),
    ("--task copy --draws 100 --estimators rloo", "not for copy"),
    ("--task copy --variables 101 --estimators rloo", "at most 100 for copy, but is 101"),
  ])
  func `names what is wrong`(arguments: String, message: String) throws {
    let folder = try TemporaryFolder()
    let ended = try run(arguments.split(separator: " ").map(String.init), in: folder)
    #expect(ended.status == 64, "\(ended.output)")
    #expect(ended.errors.contains(message), "\(ended.errors)")
  }
}
