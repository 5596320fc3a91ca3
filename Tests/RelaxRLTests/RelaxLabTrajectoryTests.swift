import Foundation
import TestSupport
import Testing

/// `relax-lab trajectory`, run as its users run it.
@Suite struct `relax-lab trajectory` {
  private func run(_ arguments: [String], in folder: TemporaryFolder) throws -> EndedProgram {
    try LabProgram.start(["trajectory"] + arguments, in: folder).wait()
  }

  @Test(arguments: [
    ["--env", "cartpole-v0", "--returns", "15,80"],
    ["--agent", "relax-ddpg", "--env", "pendulum", "--returns", "-2000,0"],
    ["--agent", "relax-a2c", "--env", "quadratic", "--returns", "-100,100"],
    [
      "--agent", "a2c", "--env", "minatar-breakout", "--returns", "0,100", "--set",
      "hidden_sizes=8",
    ],
  ])
  func `measures all estimators on the same episodes of a policy as good as asked for`(
    task: [String]
  ) throws {
    let folder = try TemporaryFolder()
    let arguments =
      task + [
        "--seeds", "3", "--every", "200", "--training", "16", "--episodes", "100", "--updates",
        "40", "--csv",
      ]
    let ended = try run(arguments + ["one.csv"], in: folder)
    #expect(ended.status == 0, "\(ended.errors)")
    let rows = try LabProgram.table("one.csv", in: folder)
    // Γ is not for images.
    #expect(rows.count == (task.contains("minatar-breakout") ? 8 : 11))
    for row in rows {
      #expect(try #require(row["variance"].flatMap(Double.init)) > 0)
      #expect((row["unbiased"] == "true") == (row["estimator"]?.contains("GAE") == false))
    }
    #expect(rows[1]["ratio_to_value"] == "1.0")
    _ = try run(arguments + ["other.csv"], in: folder)
    #expect(try folder.bytes("one.csv") == folder.bytes("other.csv"))
  }

  @Test(arguments: [
    (["--returns", "180,100"], "--returns must be two numbers in increasing order"),
    (["--training", "64,x"], "--training must be numbers of at least 8 episodes"),
    (["--episodes", "10"], "--episodes must be at least 100 but is 10"),
    (["--gae-lambda", "2"], "--gae-lambda must lie in [0, 1], but is 2"),
    (["--agent", "ppo", "--seeds", "1"], "ppo has no policy gradient by an estimator of choice"),
    (
      ["--seeds", "1", "--steps", "2000", "--returns", "5000,6000"],
      "No policy of reinforce on cartpole-v0, seed 1, has a mean return from 5000.0 to 6000.0"
    ),
  ])
  func `what it cannot do is said`(arguments: [String], message: String) throws {
    let folder = try TemporaryFolder()
    let ended = try run(arguments, in: folder)
    #expect(ended.status == 64)
    #expect(ended.errors.contains(message), "\(ended.errors)")
    #expect(try folder.contents().isEmpty)
  }
}
