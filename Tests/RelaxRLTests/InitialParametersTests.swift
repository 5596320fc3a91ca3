import Foundation
import RelaxRL
import Runs
import TestSupport
import Testing

@Suite struct `A run that begins with what another has learned` {
  /// A run of another seed in the same folder.
  private func begin(_ run: SmallRun, from source: String, _ more: [String]) throws -> EndedProgram
  {
    try CommandLineProgram.run(
      ["--seed", "2", "--steps", "400", "--no-stop-when-solved", "--run-dir", "second"]
        + ["--init-from", source] + more, in: run.folder)
  }

  private func checkpoint(_ run: SmallRun, _ name: String) throws -> SafetensorsFile {
    try SafetensorsFile(bytes: run.folder.bytes("\(name).safetensors"))
  }

  /// Each agent that keeps its networks in another way, and statistics.
  private static let kinds: [[String]] = [
    ["ppo", "corridor", "normalize_observations=true"], ["relax-a2c", "cartpole"],
    ["es", "corridor", "envs=4"], ["relax-ddpg", "pendulum", "normalize_observations=true"],
    ["sac", "pendulum", "learning_starts=100"], ["dqn", "cartpole", "learning_starts=100"],
  ]

  @Test(arguments: kinds)
  func `has its parameters, targets and statistics, and no moments`(kind: [String]) throws {
    let settings = kind.dropFirst(2).flatMap { ["--set", $0] }
    let run = try SmallRun(settings, env: ["--env", kind[1]], agent: kind[0])
    let ended = try begin(
      run, from: "run",
      ["--agent", kind[0], "--env", kind[1], "--set", "hidden_sizes=4"] + settings
        // Written before anything was learned, and never again.
        + ["--set", "checkpoint_interval=1000000"])
    try #require(ended.status == 0, "\(ended.errors)")
    #expect(ended.errors.contains("of run, checkpoint last."), "\(ended.errors)")
    let source = try checkpoint(run, "run/checkpoints/last")
    let first = try checkpoint(run, "second/checkpoints/previous")
    var compared = 0
    for entry in first.tensors {
      let isTarget = entry.name.hasPrefix("target.")
      let name = isTarget ? String(entry.name.dropFirst(7)) : entry.name
      if entry.name.hasPrefix("optimizer.") {
        #expect(entry.tensor.bytes.allSatisfy { $0 == 0 }, "\(entry.name)")
      } else if entry.name.hasSuffix(".weight") || entry.name.hasSuffix(".bias") {
        #expect(entry.tensor == source[name], "\(entry.name)")
        compared += 1
      }
    }
    #expect(compared >= 4)
    #expect(try statistics(first) == statistics(source))
    #expect(try statistics(first).isEmpty == !settings.contains("normalize_observations=true"))
    // What it has learned since is its own, and it can go on.
    #expect(try checkpoint(run, "second/checkpoints/last").tensors != first.tensors)
    let more = try run.program("resume", "second", "--steps", "800")
    #expect(more.status == 0, "\(more.errors)")
    #expect(
      String(decoding: try run.folder.bytes("second/config.yaml"), as: UTF8.self).contains(
        "init_from: run"))
  }

  /// The text that normalizes observations.
  private func statistics(_ file: SafetensorsFile) throws -> String {
    let text = file.metadata["agent"] ?? ""
    guard let start = text.range(of: "\"observations\":")?.upperBound else { return "" }
    // Up to the end of the object, whose own members are objects and lists.
    let end = text[start...].range(of: "}}")?.upperBound ?? text.endIndex
    return String(text[start..<end])
  }

  @Test func `of a program of another kind, by name and shape`() throws {
    let run = try SmallRun(agent: "reinforce")
    let weights = try checkpoint(run, "run/checkpoints/last")
    var other = SafetensorsFile()
    for entry in weights.tensors where entry.name.hasPrefix("policy.") {
      other.tensors.append(entry)
    }
    try run.folder.write(other.serialized(), to: "other.safetensors")
    let network =
      ["--agent", "a2c", "--env", "corridor", "--set", "hidden_sizes=4"]
      + ["--set", "checkpoint_interval=1000000"]
    let ended = try begin(run, from: "other.safetensors", network)
    #expect(ended.status == 0)
    #expect(
      ended.errors.contains("Begins with policy of other.safetensors; value drawn anew."),
      "\(ended.errors)")
    let first = try checkpoint(run, "second/checkpoints/previous")
    #expect(first["policy.0.weight"] == other["policy.0.weight"])
  }

  @Test func `says what does not fit, and writes nothing`() throws {
    let run = try SmallRun(["--set", "normalize_observations=true"], agent: "a2c")
    let corridor = ["--agent", "a2c", "--env", "corridor"]
    let fitting = corridor + ["--set", "hidden_sizes=4", "--set", "normalize_observations=true"]
    var transposed = SafetensorsFile()
    transposed.append(
      "policy.0.weight", SafetensorsTensor([Float](repeating: 0, count: 20), shape: [4, 5]))
    try run.folder.write(transposed.serialized(), to: "transposed.safetensors")
    var infinite = SafetensorsFile()
    infinite.append(
      "policy.0.weight", SafetensorsTensor([Float](repeating: .infinity, count: 20), shape: [5, 4]))
    try run.folder.write(infinite.serialized(), to: "infinite.safetensors")
    try run.folder.write(Array("nothing of the kind".utf8), to: "text")
    let attempts: [([String], String, [String])] = [
      (corridor, "run", ["policy.0.weight", "[5, 4]", "[5, 32]", "hidden_sizes"]),
      (corridor + ["--set", "hidden_sizes=4,4"], "run", ["policy.1.weight", "[4, 2]", "[4, 4]"]),
      (corridor + ["--set", "hidden_sizes=4"], "run", ["normalize_observations=true"]),
      (
        ["--agent", "sac", "--env", "pendulum", "--set", "learning_starts=100"], "run",
        ["actor", "policy.0.weight"]
      ),
      (fitting, "transposed.safetensors", ["[4, 5]", "[5, 4]", "PyTorch"]),
      (fitting, "infinite.safetensors", ["policy.0.weight", "inf"]),
      (fitting, "text", ["neither a run folder nor a safetensors file"]),
      (fitting, "nowhere", ["nowhere does not exist"]),
      (fitting, ".", ["config.yaml"]), (fitting, "", ["is empty"]),
    ]
    for (arguments, source, fragments) in attempts {
      let ended = try begin(run, from: source, arguments)
      #expect(ended.status == 64 && ended.errorLines.count == 1, "\(source): \(ended.errors)")
      for fragment in fragments { #expect(ended.errors.contains(fragment), "\(ended.errors)") }
      #expect(!FileManager.default.fileExists(atPath: run.folder.path + "/second"))
    }
  }
}
