import Foundation
import RelaxRL
import TestSupport
import Testing

@Suite struct `Whether a gradient is unbiased` {
  @Test(arguments: [
    ("a2c", "cartpole", "biased: gae with λ 0.95, γ 0.98 without weights"),
    ("relax-a2c", "acrobot", "rewards scaled by running statistics and clipped"),
    ("ddpg", "pendulum", "biased: the slope of a learned critic, states of earlier policies"),
    ("sac", "pendulum", "biased: the slope of a learned critic, states of earlier policies"),
    ("dqn", "cartpole", "biased: greedy by learned values, states of earlier policies"),
  ])
  func `is said by list, by a run's first line and by its settings`(
    agent: String, environment: String, statement: String
  ) throws {
    let folder = try TemporaryFolder()
    let ended = try CommandLineProgram.run(
      ["--agent", agent, "--env", environment, "--steps", "1100", "--run-dir", "run"], in: folder)
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
