import Formats
import Foundation
import RelaxRL
import Runs
import TestSupport
import Testing

/// A short run with episodes to spare, for the tests that look at what a run leaves.
private func train(
  _ folder: TemporaryFolder, _ more: [String] = [], steps: Int = 8000
) throws -> EndedProgram {
  let ended = try CommandLineProgram.run(
    ["--agent", "a2c", "--env", "cartpole", "--seed", "1", "--steps", "\(steps)"]
      + ["--no-stop-when-solved", "--run-dir", "run"] + more, in: folder)
  try #require(ended.status == 0, "\(ended.errors)")
  return ended
}

@Suite struct `What rl-train prints` {
  @Test func `with --json one line with every key of the contract, the same as summary-json`()
    throws
  {
    let folder = try TemporaryFolder()
    let ended = try train(folder, ["--json"])
    #expect(ended.outputLines.count == 1)
    let printed = try ended.json()
    let required: Set = [
      "agent", "env", "seed", "steps", "episodes", "seconds", "steps_per_second", "solved",
      "solved_at_step", "solved_at_episode", "mean_return_last_100", "parameters_sha256",
    ]
    #expect(required.isSubset(of: printed.keys))
    let saved = try JSONSerialization.jsonObject(with: Data(try folder.bytes("run/summary.json")))
    #expect(NSDictionary(dictionary: printed).isEqual(saved as? NSDictionary))
    #expect(printed["agent"] as? String == "a2c" && printed["env"] as? String == "cartpole")
    #expect(printed["seed"] as? Int == 1 && printed["steps"] as? Int == 8064)
    #expect(printed["solved_at_step"] is NSNull)
    let rows = String(decoding: try folder.bytes("run/episodes.csv"), as: UTF8.self)
    #expect(printed["episodes"] as? Int == rows.split(separator: "\n").count - 1)
  }

  @Test func `the digest is that of the parameters in the checkpoint`() throws {
    let folder = try TemporaryFolder()
    let printed = try train(folder, ["--json"]).json()
    let checkpoint = try CheckpointStore(runFolder: folder.path + "/run").load(.last)
    var digest = SHA256()
    for network in ["policy", "value"] {
      for entry in checkpoint.tensors where entry.name.hasPrefix("\(network).") {
        try entry.tensor.values(as: Float.self).withUnsafeBytes { digest.update($0) }
      }
    }
    #expect(printed["parameters_sha256"] as? String == digest.hexDigest())
  }

  @Test func `without --json nothing on standard output, and the next command at the end`() throws {
    let folder = try TemporaryFolder()
    let ended = try train(folder)
    #expect(ended.output.isEmpty)
    #expect(
      ended.errorLines.suffix(2) == [
        "Saved in run. To see it act: rl-train watch run",
        "To see what it learned: rl-train evaluate run",
      ])
    #expect(ended.errorLines.contains { $0.hasPrefix("Done after 8,064 steps: mean return") })
  }

  @Test func `with --quiet nothing at all`() throws {
    let ended = try train(try TemporaryFolder(), ["--quiet"])
    #expect(ended.output.isEmpty && ended.errors.isEmpty)
  }

  @Test func `when the task is solved it stops and says so`() throws {
    let folder = try TemporaryFolder()
    let ended = try CommandLineProgram.run(
      ["--agent", "a2c", "--env", "corridor", "--seed", "1", "--json", "--run-dir", "run"],
      in: folder)
    let printed = try ended.json()
    #expect(ended.status == 0 && printed["solved"] as? Bool == true)
    let solvedAt = try #require(printed["solved_at_step"] as? Int)
    #expect(printed["steps"] as? Int == solvedAt)
    #expect(try #require(printed["solved_at_episode"] as? Int) >= 100)
    #expect(try #require(printed["mean_return_last_100"] as? Double) >= 0.7)
    #expect(ended.errorLines.contains { $0.hasPrefix("Solved after ") })
  }

  @Test(arguments: [["--help"], ["train", "--help"], ["help", "resume"], ["evaluate", "--help"]])
  func `help is a result: standard output, exit code 0`(arguments: [String]) throws {
    let ended = try CommandLineProgram.run(arguments, in: try TemporaryFolder())
    #expect(ended.status == 0 && ended.errors.isEmpty && ended.output.contains("USAGE: rl-train"))
    if arguments == ["--help"] {
      for word in ["resume", "evaluate", "list", "check-env", "train --help"] {
        #expect(ended.output.contains(word))
      }
    } else if arguments == ["train", "--help"] {
      let options = [
        "agent", "env", "seed", "steps", "envs", "threads", "set", "config", "run-dir",
      ]
      for option in options + ["no-stop-when-solved", "json", "quiet"] {
        #expect(ended.output.contains("--\(option)"))
      }
    }
  }

  @Test func `list shows agents, environments with their other names, and presets`() throws {
    let ended = try CommandLineProgram.run(["list"], in: try TemporaryFolder())
    #expect(ended.status == 0 && ended.errors.isEmpty)
    for name in ["relax-a2c", "a2c", "reinforce", "cartpole", "CartPole-v1", "MountainCar-v0"] {
      #expect(ended.output.contains(name))
    }
    #expect(ended.output.contains("500 steps, solved at 475"))
  }

  @Test func `check-env finds that a built-in environment keeps the contract`() throws {
    let ended = try CommandLineProgram.run(
      ["check-env", "--env", "corridor"], in: try TemporaryFolder())
    #expect(ended.status == 0 && !ended.output.isEmpty && ended.errors.isEmpty)
  }
}

@Suite struct `Evaluation` {
  @Test func `prints mean and interval, as text and as one line of JSON`() throws {
    let folder = try TemporaryFolder()
    _ = try train(folder, ["--quiet"])
    func evaluate(_ more: String...) throws -> [String: Any] {
      let ended = try CommandLineProgram.run(["evaluate", "run", "--json"] + more, in: folder)
      #expect(ended.status == 0 && ended.errors.isEmpty && ended.outputLines.count == 1)
      return try ended.json()
    }
    let likeliest = try evaluate("--episodes", "40")
    let mean = try #require(likeliest["mean"] as? Double)
    let lower = try #require(likeliest["lower"] as? Double)
    let upper = try #require(likeliest["upper"] as? Double)
    #expect(lower < mean && mean < upper && mean >= 1 && mean <= 500)
    #expect(likeliest["checkpoint"] as? String == "best")
    #expect(try evaluate("--episodes", "40")["mean"] as? Double == mean)
    let otherSeed = try evaluate("--episodes", "40", "--seed", "2")
    #expect(otherSeed["mean"] as? Double != mean)
    let drawn = try evaluate("--episodes", "40", "--stochastic")
    #expect(drawn["stochastic"] as? Bool == true && drawn["mean"] as? Double != mean)
    #expect(try evaluate("--checkpoint", "last")["checkpoint"] as? String == "last")
    let single = try evaluate("--episodes", "1")
    #expect(single["lower"] is NSNull && single["upper"] is NSNull)

    let text = try CommandLineProgram.run(["evaluate", "run", "--episodes", "40"], in: folder)
    let half = NumberText.fixed((upper - lower) / 2, decimals: 2)
    #expect(
      text.output
        == "Mean return \(NumberText.fixed(mean, decimals: 2)) ± \(half) (95 %) over 40 episodes, "
        + "likeliest actions, seed 1, checkpoint best.\n")
  }

  @Test func `a policy that draws nothing is not said to have drawn`() throws {
    let folder = try TemporaryFolder()
    _ = try CommandLineProgram.run(
      [
        "--agent", "dqn", "--env", "cartpole", "--steps", "1000", "--seed", "1", "--quiet",
        "--set", "learning_starts=500", "--run-dir", "run",
      ], in: folder)
    let arguments = ["evaluate", "run", "--episodes", "4", "--checkpoint", "last"]
    let likeliest = try CommandLineProgram.run(arguments + ["--json"], in: folder).json()
    let asked = try CommandLineProgram.run(
      arguments + ["--stochastic", "--json"], in: folder
    ).json()
    #expect(asked["stochastic"] as? Bool == false)
    #expect(asked["mean"] as? Double == likeliest["mean"] as? Double)
    let text = try CommandLineProgram.run(arguments + ["--stochastic"], in: folder).output
    #expect(text.contains("over 4 episodes, actions that are never drawn, seed 1"))
  }

  @Test func `a policy acts in any program as in the evaluation, normalization included`() throws {
    let folder = try TemporaryFolder()
    _ = try train(folder, ["--quiet", "--set", "normalize_observations=true"])
    let episodes = 8
    let ended = try CommandLineProgram.run(
      ["evaluate", "run", "--json", "--episodes", "\(episodes)", "--seed", "3"], in: folder)
    let expected = try #require(try ended.json()["mean"] as? Double)
    let policy = try Policy(run: folder.path + "/run")
    #expect(try play(episodes, policy, shift: 0) == expected)
    // The control: other observations lead to other actions.
    #expect(try play(episodes, policy, shift: 0.5) != expected)
  }

  /// The mean return of a policy in the environments of `evaluate --seed 3`.
  private func play(_ count: Int, _ policy: Policy, shift: Float) throws -> Double {
    // "evaluate" in ASCII: what makes the environments of an evaluation others than those of training.
    let seed: UInt64 = 3 ^ 0x6576_616c_7561_7465
    let batch = try EnvironmentBatch(CartPole(), count: count, seed: seed)
    var memory = EnvironmentMemory(for: batch)
    try memory.reset(batch)
    var sum = 0.0
    while !(0..<count).allSatisfy({ batch.isWaiting($0) }) {
      let actions = try (0..<count).map { lane in
        let observation = memory.observations[lane * 4..<lane * 4 + 4].map { $0 + shift }
        return Int32(try policy.act(observation))
      }
      try memory.step(batch, actions: actions, atEnd: .wait)
      sum += memory.rewards.reduce(0, +)
    }
    return sum / Double(count)
  }
}

@Suite struct `A policy of real-valued actions` {
  @Test(arguments: ["a2c", "relax-ddpg"])
  func `is trained, evaluated and used like any other`(agent: String) throws {
    let folder = try TemporaryFolder()
    let ended = try CommandLineProgram.run(
      [
        "--agent", agent, "--env", "Pendulum-v1", "--steps", "30000", "--seed", "2", "--run-dir",
        "run", "--quiet",
      ], in: folder)
    try #require(ended.status == 0, "\(ended.errors)")
    let evaluated = try CommandLineProgram.run(
      ["evaluate", "run", "--json", "--episodes", "8", "--seed", "3"], in: folder)
    let expected = try #require(try evaluated.json()["mean"] as? Double)
    let policy = try Policy(run: folder.path + "/run")
    let seed: UInt64 = 3 ^ 0x6576_616c_7561_7465
    let batch = try EnvironmentBatch(Pendulum(), count: 8, seed: seed)
    var memory = EnvironmentMemory(for: batch)
    try memory.reset(batch)
    var sum = 0.0
    var stream = RandomStream(seed: 1, purpose: "policy-test")
    while !(0..<8).allSatisfy({ batch.isWaiting($0) }) {
      let actions = try (0..<8).map { lane in
        let observation = Array(memory.observations[lane * 3..<lane * 3 + 3])
        let torque = try policy.act(observation, as: Float.self)
        #expect(try policy.act(observation, as: [Float].self) == [torque])
        let drawn = try policy.act(observation, as: Float.self, drawingFrom: &stream)
        #expect(abs(drawn) <= 2 && drawn != torque)
        return torque
      }
      try memory.step(batch, actions: actions, atEnd: .wait)
      sum += memory.rewards.reduce(0, +)
    }
    // Not to the last digit: rows that are computed together may round otherwise than one alone.
    #expect(abs(sum / 8 - expected) < 1e-4 * abs(expected), "\(sum / 8) instead of \(expected)")
  }
}

@Suite struct `A damaged checkpoint` {
  @Test(arguments: ["cut off", "flipped bit", "empty"])
  func `is refused by name, the previous one is offered and goes on to the same end`(
    damage: String
  ) throws {
    let folder = try TemporaryFolder()
    _ = try train(folder, ["--quiet"])
    let whole = try RunDigest(folder, "run")
    let last = "run/checkpoints/last.safetensors"
    var bytes = try folder.bytes(last)
    switch damage {
    case "cut off": bytes.removeLast(bytes.count / 3)
    case "empty": bytes = []
    default: bytes[bytes.count / 2] ^= 4
    }
    try folder.write(bytes, to: last)
    let before = try folder.contents()
    let refused = try CommandLineProgram.run(["resume", "run"], in: folder)
    #expect(refused.status == 1 && refused.output.isEmpty && refused.errorLines.count == 1)
    for part in [last, "is damaged", "previous.safetensors", "rl-train resume run --use-previous"] {
      #expect(refused.errors.contains(part), "\(refused.errors)")
    }
    #expect(try folder.bytes(last) == bytes && folder.contents() == before)
    let evaluated = try CommandLineProgram.run(
      ["evaluate", "run", "--checkpoint", "last"], in: folder)
    #expect(evaluated.status == 1 && evaluated.errors.contains(last))

    let resumed = try CommandLineProgram.run(["resume", "run", "--use-previous"], in: folder)
    #expect(resumed.status == 0, "\(resumed.errors)")
    #expect(try RunDigest(folder, "run") == whole)
    #expect(try folder.bytes("run/checkpoints/damaged.safetensors") == bytes)
  }

  @Test func `without a whole one before it nothing is offered`() throws {
    let folder = try TemporaryFolder()
    _ = try train(folder, ["--quiet"])
    for slot in ["last", "previous"] {
      try folder.write([1, 2, 3], to: "run/checkpoints/\(slot).safetensors")
    }
    for arguments in [["resume", "run"], ["resume", "run", "--use-previous"]] {
      let refused = try CommandLineProgram.run(arguments, in: folder)
      #expect(refused.status == 1 && refused.errors.contains("last.safetensors is damaged"))
      #expect(!refused.errors.contains("previous.safetensors"))
    }
  }
}
