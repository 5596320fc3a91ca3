import Foundation
import ReinforcementLearning
import RelaxRL
import Runs
import Testing

@Suite struct `The environment of a run that goes on` {
  private static func served(_ name: String) -> String {
    "\(CommandLineProgram.path) serve-env --env \(name)"
  }

  @Test func `is compared with the one that was trained in, and a difference is named`() throws {
    let run = try SmallRun(env: ["--env-command", Self.served("cartpole-v0")])
    for arguments in [
      ["evaluate", "run", "--episodes", "1"], ["resume", "run", "--steps", "800", "--quiet"],
    ] {
      let other = arguments + ["--env-command", Self.served("cartpole")]
      let refused = try CommandLineProgram.run(other, in: run.folder)
      #expect(refused.status == 64, "\(refused.errors)")
      for part in [
        "its step limit is 500 and was 200", "its name is cartpole", "--allow-changed-env",
      ] {
        #expect(refused.errors.contains(part), "\(refused.errors)")
      }
      let allowed = try CommandLineProgram.run(
        other + ["--allow-changed-env"], in: run.folder)
      #expect(allowed.status == 0, "\(allowed.errors)")
    }
    let text = try run.text("config.yaml")
    #expect(text.contains("from step 400 on"), "\(text)")
    // From now on this is its environment.
    #expect(try run.program("resume", "run", "--steps", "1200", "--quiet").status == 0)
  }

  @Test func `with other spaces is refused by both`() throws {
    let run = try SmallRun(env: ["--env-command", Self.served("corridor")])
    let refused = try run.program(
      "evaluate", "run", "--env-command", Self.served("contextual-bandit"))
    #expect(refused.status == 64 && refused.errors.contains("observation space"))
    #expect(refused.errors.contains("discrete(3)") && refused.errors.contains("discrete(5)"))
    // Its networks do not fit, whatever is allowed.
    #expect(refused.errors.contains("only spaces of the same sizes"), "\(refused.errors)")
    let allowed = try run.program(
      "evaluate", "run", "--env-command", Self.served("contextual-bandit"), "--allow-changed-env")
    #expect(allowed.status == 64 && allowed.errors == refused.errors, "\(allowed.errors)")
  }

  @Test(arguments: [
    (Space.box(BoxSpace(shape: [2, 2], bounds: 0...1)), Space.discrete(3), true),
    (.discrete(4), .discrete(3, start: 1), true), (.discrete(4), .multiDiscrete([1, 2]), true),
    (.discrete(5), .discrete(3), false), (.discrete(4), .discrete(2), false),
    (.discrete(4), .box(lower: [0, 0, 0], upper: [1, 1, 1]), false),
  ])
  func `may have other spaces of the same sizes, and no others`(
    observations: Space, actions: Space, fits: Bool
  ) {
    func record(_ observations: Space, _ actions: Space) -> EnvironmentRecord {
      EnvironmentRecord(
        EnvironmentSpec(name: "task"), observationSpace: observations, actionSpace: actions,
        hasActionMask: false)
    }
    let before = record(.box(lower: [0, 0, 0, 0], upper: [1, 1, 1, 1]), .discrete(3))
    let present = record(observations, actions)
    let advice = fits ? "--allow-changed-env" : "only spaces of the same sizes"
    let refusal = #expect(throws: UsageError.self) {
      try present.require(before, allowingChanges: false)
    }
    #expect(refusal.map { "\($0)".contains(advice) } == true)
    let isAllowed = (try? present.require(before, allowingChanges: true)) != nil
    #expect(isAllowed == fits)
  }

  @Test func `is found elsewhere with --env and --env-command`() throws {
    let run = try SmallRun(env: ["--env-command", Self.served("corridor")])
    let built = try run.program("evaluate", "run", "--env", "corridor", "--json")
    let own = try run.program("evaluate", "run", "--json")
    let piped = try run.program(
      "evaluate", "run", "--env-command", Self.served("corridor") + " --envs 32", "--json")
    #expect(built.status == 0 && piped.status == 0, "\(built.errors)\(piped.errors)")
    #expect(!built.errors.contains("Starting") && !piped.errors.contains("Starting"))
    #expect(try own.json()["mean"] as? Double == piped.json()["mean"] as? Double)
    for words in [["--env", "bandit", "--env-command", "true"], ["--env-command", ""]] {
      let both = try CommandLineProgram.run(
        ["evaluate", "run"] + words, in: run.folder)
      #expect(both.status == 64 && both.errors.contains("--env"))
    }
  }

  @Test func `moved to another command goes on with it from then on`() throws {
    let run = try SmallRun(env: ["--env-command", Self.served("corridor")])
    let whole = try SmallRun(env: ["--env-command", Self.served("corridor")])
    let command = Self.served("corridor") + " --envs 100"
    for steps in ["800", "1200"] {
      let more = steps == "800" ? ["--env-command", command] : []
      let ended = try CommandLineProgram.run(
        ["resume", "run", "--quiet", "--steps", steps] + more, in: run.folder)
      #expect(ended.status == 0, "\(ended.errors)")
      if steps == "1200" { #expect(ended.errors.contains("--envs 100"), "\(ended.errors)") }
      #expect(try whole.program("resume", "run", "--quiet", "--steps", steps).status == 0)
    }
    #expect(try run.digest.parameters == whole.digest.parameters)
    #expect(try run.digest.progress == whole.digest.progress)
  }

  @Test func `a policy acts without it`() throws {
    let run = try SmallRun(env: ["--env-command", Self.served("corridor")])
    let checkpoint = try CheckpointStore(runFolder: run.path).load(.last)
    #expect(try #require(checkpoint.state["environment"]).contains("corridor"))
    try run.edit("(?m)^  command: .*$", "  command: \"touch \(run.path)/started\"")
    // The file no longer is that of the checkpoint, and is not started either way.
    #expect(throws: (any Error).self) { try Policy(run: run.path) }
    #expect(!FileManager.default.fileExists(atPath: "\(run.path)/started"))
    let sound = try SmallRun(env: ["--env-command", Self.served("corridor")])
    let policy = try Policy(run: sound.path)
    #expect(try (0...1).contains(policy.act([1, 0, 0, 0, 0])))
  }

  @Test func `that is a program is shown before it starts, and another user's needs leave`() throws
  {
    let run = try SmallRun(env: ["--env-command", Self.served("corridor")])
    for command in ["resume", "evaluate"] {
      let ended = try run.program(command, "run")
      #expect(ended.status == 0, "\(ended.errors)")
      #expect(ended.errors.contains("run/config.yaml names: \(CommandLineProgram.path) serve-env"))
    }
    // Giving a file away is the privilege of root.
    guard geteuid() == 0, chown("\(run.path)/config.yaml", 12345, 12345) == 0 else { return }
    for command in ["resume", "evaluate"] {
      let refused = try run.program(command, "run")
      #expect(refused.status == 64, "\(refused.errors)")
      for part in ["another user, number 12345", "serve-env --env corridor", "--allow-command"] {
        #expect(refused.errors.contains(part), "\(refused.errors)")
      }
      #expect(!refused.errors.contains("Starting"))
      let allowed = try run.program(command, "run", "--allow-command")
      #expect(allowed.status == 0 && allowed.errors.contains("Starting the program"))
      let own = try run.program(command, "run", "--env-command", Self.served("corridor"))
      #expect(own.status == 0, "\(own.errors)")
    }
  }
}
