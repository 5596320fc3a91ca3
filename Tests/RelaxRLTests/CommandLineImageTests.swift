import Foundation
import RelaxRL
import TestSupport
import Testing

/// `rl-train` on pictures that a simulator sends as bytes.
@Suite(.enabled(if: SimulatorTools.python != nil, SimulatorTools.needsPython))
struct `A task of pictures` {
  private static let folder = SimulatorTools.root + "/Tests/EnvironmentsTests/Simulators"

  /// Runs `rl-train` on the task.
  private func train(
    _ agent: String, _ run: String, _ more: [String] = [], in folder: TemporaryFolder
  ) throws -> EndedProgram {
    try SimulatorTools.writeModule(into: folder)
    let command =
      "env PYTHONPATH=\(folder.path) \(SimulatorTools.python ?? "") \(Self.folder)/catch.py"
    let settings = [
      "envs=8", "hidden_sizes=16", "network.channels=4", "network.kernels=2",
      "checkpoint_interval=400",
    ]
    return try CommandLineProgram.run(
      ["--agent", agent, "--env-command", command, "--seed", "2", "--no-stop-when-solved"]
        + settings.flatMap { ["--set", $0] } + ["--quiet", "--run-dir", run] + more, in: folder)
  }

  @Test(arguments: ["a2c", "relax-a2c", "reinforce", "ppo", "dqn"])
  func `is trained on with convolutions, and goes on where it stopped`(agent: String) throws {
    let folder = try TemporaryFolder()
    let small =
      agent == "dqn" ? ["--set", "learning_starts=200"] : ["--set", "learning_rate=1e-3"]
    let long = try train(agent, "long", ["--steps", "4096"] + small, in: folder)
    try #require(long.status == 0, "\(long.errors)")
    let config = String(decoding: try folder.bytes("long/config.yaml"), as: UTF8.self)
    #expect(config.contains("kind: automatic") && config.contains("channels: [4]"))
    #expect(config.contains("shared_torso: true") == (agent != "dqn"))
    let short = try train(agent, "short", ["--steps", "2048"] + small, in: folder)
    try #require(short.status == 0, "\(short.errors)")
    let resumed = try CommandLineProgram.run(["resume", "short", "--steps", "4096"], in: folder)
    try #require(resumed.status == 0, "\(resumed.errors)")
    #expect(try RunDigest(folder, "short").parameters == RunDigest(folder, "long").parameters)

    let last = try SafetensorsFile(bytes: folder.bytes("long/checkpoints/last.safetensors"))
    let network = agent == "dqn" ? "value" : "torso"
    #expect(last["\(network).convolution.0.weight"]?.shape == [2, 2, 1, 4])
    let policy = try Policy(run: folder.path + "/long", checkpoint: .last)
    #expect((0..<3).contains(try policy.act([Float](repeating: 255, count: 12))))
    #expect(throws: PolicyError.wrongObservationCount(received: 9, expected: 12)) {
      try policy.act([Float](repeating: 255, count: 9))
    }
    #expect(throws: PolicyError.observationNotByte(index: 11, received: 0.5)) {
      try policy.act([Float](repeating: 255, count: 11) + [0.5])
    }
  }

  @Test(arguments: ["a2c", "ppo", "dqn"])
  func `is seen by layers of units where that is asked for`(agent: String) throws {
    let folder = try TemporaryFolder()
    let ended = try train(
      agent, "run",
      ["--set", "network.kind=perceptron", "--steps", "1024"]
        + (agent == "dqn" ? ["--set", "learning_starts=200"] : []), in: folder)
    try #require(ended.status == 0, "\(ended.errors)")
    #expect(!ended.errors.contains("shared torso"))
    let last = try SafetensorsFile(bytes: folder.bytes("run/checkpoints/last.safetensors"))
    #expect(!last.tensors.contains { $0.name.contains("convolution") })
  }

  @Test func `is learned`() throws {
    let folder = try TemporaryFolder()
    let ended = try train(
      "a2c", "run", ["--steps", "40000", "--set", "learning_rate=5e-3", "--json"], in: folder)
    let mean = try ended.json()["mean_return_last_100"] as? Double
    // Chance gets −0.3 or so.
    #expect(try #require(mean) > 0.8, "\(ended.errors)")
  }

  @Test func `whose pictures the windows do not fit is refused, with the shapes`() throws {
    let folder = try TemporaryFolder()
    let ended = try train("a2c", "run", ["--set", "network.kernels=5"], in: folder)
    #expect(ended.status == 64)
    for piece in ["network.kernels", "[4, 3, 1]", "5×5", "4×3"] {
      #expect(ended.errors.contains(piece), "\(ended.errors)")
    }
    #expect(!FileManager.default.fileExists(atPath: folder.path + "/run"))
  }
}
