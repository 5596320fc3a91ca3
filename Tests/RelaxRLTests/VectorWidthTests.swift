import Differentiation
import Foundation
import RelaxRL
import TestSupport
import Testing

/// Whole runs at every width of vectors that this processor has.
@Suite struct `The width of vectors` {
  /// Runs the program with `RELAXRL_VECTOR_BITS` set.
  private func run(
    bits: String, _ arguments: [String], in folder: TemporaryFolder
  ) throws -> EndedProgram {
    try RunningProgram(
      "/usr/bin/env", ["RELAXRL_VECTOR_BITS=\(bits)", CommandLineProgram.path] + arguments,
      in: folder.path
    ).wait()
  }

  /// The agent's preset on a task, with layers wide enough for every way a product is cut.
  private func train(
    _ agent: String, _ environment: String, bits: Int, in folder: TemporaryFolder
  ) throws -> RunDigest {
    let steps = ["ddpg", "td3", "sac", "dqn"].contains(agent) ? 1300 : 6000
    let ended = try run(
      bits: "\(bits)",
      [
        "--agent", agent, "--env", environment, "--seed", "4", "--steps", "\(steps)",
        "--no-stop-when-solved", "--quiet", "--run-dir", "run\(bits)", "--set",
        "hidden_sizes=100,65",
      ], in: folder)
    try #require(ended.status == 0, "\(ended.errors)")
    return try RunDigest(folder, "run\(bits)")
  }

  private static var isFused: Bool { VectorWidth.fusesMultiplyAdds }

  @Test(
    .enabled(if: isFused, "This processor has no fused multiply-adds."),
    arguments: [
      ("a2c", "cartpole"), ("relax-a2c", "cartpole"), ("reinforce", "cartpole"),
      ("relax-ddpg", "pendulum"), ("ddpg", "pendulum"), ("td3", "pendulum"), ("sac", "pendulum"),
      ("dqn", "cartpole"),
    ])
  func `does not change a bit of a run where multiply-adds are fused`(
    agent: String, environment: String
  ) throws {
    let folder = try TemporaryFolder()
    let narrow = try train(agent, environment, bits: 256, in: folder)
    if VectorWidth.bits == 512 {
      #expect(try train(agent, environment, bits: 512, in: folder) == narrow)
    }
    // The baseline rounds twice. Were it equal too, the comparison would see nothing.
    #expect(try train(agent, environment, bits: 128, in: folder).parameters != narrow.parameters)
  }

  @Test(arguments: ["1024", "wide", "", "0256"])
  func `is refused with the widths that there are`(value: String) throws {
    let folder = try TemporaryFolder()
    let ended = try run(
      bits: value, ["--agent", "a2c", "--env", "cartpole", "--run-dir", "run"], in: folder)
    #expect(ended.status == 64)
    #expect(ended.errors.contains("RELAXRL_VECTOR_BITS is '\(value)'"), "\(ended.errors)")
    #expect(ended.errors.contains("128"))
    #expect(try folder.contents().isEmpty)
  }

  @Test(.enabled(if: isFused, "This processor has no fused multiply-adds."))
  func `is remembered where it changes bits, and resuming elsewhere says so`() throws {
    let run = try SmallRun()
    let ended = try self.run(
      bits: "128", ["resume", "run", "--steps", "800", "--quiet"], in: run.folder)
    #expect(ended.status == 0)
    #expect(
      ended.errors.contains("with fused multiply-adds and goes on with separate"), "\(ended.errors)"
    )
    let back = try run.program("resume", "run", "--steps", "1200", "--quiet")
    #expect(back.errors.contains("with separate multiply-adds and goes on with fused"))
    let again = try run.program("resume", "run", "--steps", "1600", "--quiet")
    #expect(again.status == 0 && !again.errors.contains("multiply-adds"), "\(again.errors)")
  }
}
