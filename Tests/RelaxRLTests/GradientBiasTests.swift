import Foundation
import RelaxRL
import TestSupport
import Testing

@Suite struct `Whether a gradient is unbiased` {
  @Test(arguments: [
    ("a2c", "cartpole", "biased: gae with λ 0.95, γ 0.98 without weights"),
    ("relax-a2c", "acrobot", "rewards scaled by running statistics and clipped"),
    ("ddpg", "pendulum", "biased: the slope of a learned critic, states of earlier policies"),
  ])
  func `is said by list, by a run's first line and by its settings`(
    agent: String, environment: String, statement: String
  ) throws {
    let folder = try TemporaryFolder()
    let ended = try CommandLineProgram.run(
      ["--agent", agent, "--env", environment, "--steps", "100", "--run-dir", "run"], in: folder)
    let first = String(try #require(ended.errorLines.first))
    #expect(first.hasPrefix("The policy's gradient is biased: ") && first.contains(statement))
    let settings = String(decoding: try folder.bytes("run/config.yaml"), as: UTF8.self)
    #expect(settings.split(separator: "\n").contains("# \(first)"))
    let list = try CommandLineProgram.run(["list"], in: folder)
    #expect(list.outputLines.contains { $0.contains("\(agent) ") && $0.contains(statement) })
  }

  @Test(arguments: [
    ("a2c", "cartpole"), ("relax-a2c", "acrobot"), ("reinforce", "mountaincar-continuous"),
    ("relax-ddpg", "pendulum"),
  ])
  func `can be asked for, and is written down`(agent: String, environment: String) throws {
    let folder = try TemporaryFolder()
    let ended = try CommandLineProgram.run(
      ["--agent", agent, "--env", environment, "--unbiased", "--steps", "100", "--run-dir", "run"]
        + ["--envs", "2", "--seed", "1"], in: folder)
    #expect(ended.status == 0)
    let first = try #require(ended.errorLines.first)
    #expect(first.hasPrefix("The policy's gradient is unbiased for the expected return"))
    // The settings alone are enough for the same run.
    let again = try CommandLineProgram.run(
      ["--config", "run/config.yaml", "--run-dir", "again"], in: folder)
    #expect(again.status == 0 && again.errorLines.first == first)
    #expect(try RunDigest(folder, "run") == RunDigest(folder, "again"))
  }
}

@Suite struct `A policy that is used wrongly` {
  private func expect(_ result: ExitTest.Result?, says message: String) {
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains(message), "\"\(message)\" is not in: \(text)")
  }

  @Test func `says how many numbers an observation has`() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = try trainedPolicy().act([1, 2, 3])
    }
    expect(result, says: "An observation has 4 numbers, not 3.")
  }

  @Test func `says how many numbers a mask has`() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = try trainedPolicy().act([1, 2, 3, 4], mask: [1])
    }
    expect(result, says: "A mask of discrete(2) has 2 numbers, not 1.")
  }

  @Test func `says which type holds no action`() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = try trainedPolicy().act([1, 2, 3, 4], as: SIMD2<Float>.self)
    }
    expect(result, says: "cannot hold an action of discrete(2).")
  }

  @Test func `and one that is used rightly does not`() async {
    await #expect(processExitsWith: .success) {
      _ = try trainedPolicy().act([0, 0, 0, 0], mask: [1, 0])
    }
  }
}

private func trainedPolicy() throws -> Policy {
  let folder = try TemporaryFolder()
  _ = try CommandLineProgram.run(
    ["--agent", "a2c", "--env", "cartpole", "--steps", "40", "--run-dir", "run", "--quiet"],
    in: folder)
  return try Policy(run: folder.path + "/run")
}
