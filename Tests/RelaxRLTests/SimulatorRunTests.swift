import Foundation
import RelaxRL
import TestSupport
import Testing

@Suite(.serialized, .enabled(if: SimulatorTools.python != nil, SimulatorTools.needsPython))
struct `A run on a simulator` {
  private static let served = "\(CommandLineProgram.path) serve-env --env cartpole"

  @Test func `that saves its state is resumed to the same bytes, however it was stopped`() throws {
    let folder = try TemporaryFolder()
    let arguments =
      ["--agent", "a2c", "--env-command", Self.served, "--seed", "3", "--steps", "12000"]
      + ["--no-stop-when-solved", "--quiet", "--run-dir"]
    try #require(try CommandLineProgram.run(arguments + ["whole"], in: folder).status == 0)
    let program = try RunningProgram(
      CommandLineProgram.path, arguments + ["stopped"], in: folder.path)
    for _ in 0..<30_000 where !FileManager.default.fileExists(atPath: folder.path + "/stopped") {
      usleep(1000)
    }
    usleep(100_000)
    program.send(SIGKILL)
    _ = try program.wait()
    let resumed = try CommandLineProgram.run(["resume", "stopped"], in: folder)
    #expect(resumed.status == 0, "\(resumed.errors)")
    #expect(!resumed.errors.contains("cannot save its state"))
    #expect(try RunDigest(folder, "stopped") == RunDigest(folder, "whole"))
  }

  @Test func `gives the same bytes in either encoding and with any number of processes`() throws {
    let folder = try TemporaryFolder()
    var digests: [RunDigest] = []
    for (encoding, processes) in [("binary", "1"), ("json", "3")] {
      let ended = try CommandLineProgram.run(
        ["--agent", "relax-a2c", "--env-command", Self.served, "--seed", "3", "--steps", "6000"]
          + ["--env-encoding", encoding, "--env-processes", processes, "--quiet"]
          + ["--run-dir", encoding], in: folder)
      try #require(ended.status == 0, "\(ended.errors)")
      digests.append(try RunDigest(folder, encoding))
    }
    #expect(digests[0] == digests[1])
  }

  @Test func `that cannot save its state is resumed with new episodes, and says so`() throws {
    let folder = try TemporaryFolder()
    let command = "\(SimulatorTools.python ?? "") \(SimulatorTools.examples)/walk_plain.py"
    let ended = try CommandLineProgram.run(
      ["--agent", "a2c", "--env-command", command, "--seed", "3", "--steps", "1000", "--run-dir"]
        + ["run", "--no-stop-when-solved"], in: folder)
    try #require(ended.status == 0, "\(ended.errors)")
    #expect(ended.errors.contains("Per environment step: "))
    let resumed = try CommandLineProgram.run(
      ["resume", "run", "--steps", "3000", "--json"], in: folder)
    #expect(resumed.status == 0, "\(resumed.errors)")
    #expect(resumed.errors.contains("walk cannot save its state"))
    #expect(try resumed.json()["steps"] as? Int ?? 0 >= 3000)
    // No episode is longer than the simulator lets them be: none was joined from two halves.
    let episodes = String(decoding: try folder.bytes("run/episodes.csv"), as: UTF8.self)
    let lengths = episodes.split(separator: "\n").dropFirst().compactMap {
      Int($0.split(separator: ",")[3])
    }
    #expect(!lengths.isEmpty && lengths.allSatisfy { (9...100).contains($0) })
  }

  @Test func `goes on after a crash, and its summary counts what was lost`() throws {
    let folder = try TemporaryFolder()
    // The first process is the bad one: it is asked what it is, and then hosts the environments.
    let command =
      "env BAD_ONCE=crashed \(SimulatorTools.python ?? "") \(SimulatorTools.bad) exit 40"
    let ended = try CommandLineProgram.run(
      ["--agent", "a2c", "--env-command", command, "--seed", "1", "--steps", "2000", "--json"]
        + ["--run-dir", "run"], in: folder)
    #expect(ended.status == 0, "\(ended.errors)")
    #expect(ended.errors.contains("exited with code 3"))
    #expect(ended.errors.contains("It was started again 1 times; 8 episodes were lost"))
    let simulator = try ended.json()["simulator"] as? [String: Any]
    #expect(simulator?["restarts"] as? Int == 1 && simulator?["lost_episodes"] as? Int == 8)
    // Every episode that counts is whole.
    let episodes = String(decoding: try folder.bytes("run/episodes.csv"), as: UTF8.self)
      .split(separator: "\n").dropFirst()
    #expect(!episodes.isEmpty && episodes.allSatisfy { $0.split(separator: ",")[3] == "8" })
  }

  @Test func `that breaks the protocol ends with exit code 1 and a way back`() throws {
    let folder = try TemporaryFolder()
    let ended = try CommandLineProgram.run(
      [
        "--agent", "a2c", "--env-command",
        "\(SimulatorTools.python ?? "") \(SimulatorTools.bad) wrong-shape 300",
      ]
        + ["--seed", "1", "--steps", "50000", "--quiet", "--run-dir", "run"], in: folder)
    #expect(ended.status == 1)
    for fragment in ["obs", "lane 7", "episode", "step", "2 numbers", "rl-train resume run"] {
      #expect(ended.errors.contains(fragment), "\(ended.errors)")
    }
  }

  @Test func `that is killed leaves no simulator behind, not even one that hangs`() throws {
    let folder = try TemporaryFolder()
    let mark = "hang-\(UUID().uuidString)"
    let program = try RunningProgram(
      CommandLineProgram.path,
      ["--agent", "a2c", "--env-step-timeout", "0", "--run-dir", "run", "--quiet"]
        + [
          "--env-command", "\(SimulatorTools.python ?? "") \(SimulatorTools.bad) hang 50 \(mark)",
        ],
      in: folder.path)
    for _ in 0..<30_000 where !FileManager.default.fileExists(atPath: folder.path + "/run") {
      usleep(1000)
    }
    usleep(300_000)
    #expect(SimulatorTools.processes(with: mark) == 1)
    program.send(SIGKILL)
    _ = try program.wait()
    for _ in 0..<500 where SimulatorTools.processes(with: mark) > 0 { usleep(10_000) }
    #expect(SimulatorTools.processes(with: mark) == 0)
  }

  @Test func `in the other direction is a client in Python of a built-in environment`() throws {
    let folder = try TemporaryFolder()
    try SimulatorTools.writeModule(into: folder)
    let script = """
      import relaxrl
      envs = relaxrl.Client(["\(CommandLineProgram.path)", "serve-env", "--env", "cartpole"], 64)
      assert envs.description["max_episode_steps"] == 500
      obs = envs.reset(range(64))
      assert obs == envs.reset(range(64)) and len(obs) == 64 and len(obs[0]) == 4
      ended = 0
      for step in range(200):
          actions = [1 if row[2] > 0 else 0 for row in obs]
          obs, reward, terminated, truncated, final = envs.step(actions, range(step, step + 64))
          assert reward == [1] * 64
          for end, row in zip(terminated, final):
              assert end == (row is not None and (abs(row[0]) > 2.4 or abs(row[2]) > 0.2094))
          ended += sum(terminated)
      assert ended > 64
      try:
          envs.step([2] * 64, range(64))
      except RuntimeError as error:
          assert "bad-action" in str(error)
      else:
          raise AssertionError("the action 2 was taken")
      envs.close()
      print("played")
      """
    try folder.write(Array(script.utf8), to: "client.py")
    let ended = try RunningProgram(
      try #require(SimulatorTools.python), ["client.py"], in: folder.path
    ).wait()
    #expect(ended.output == "played\n", "\(ended.errors)")
  }
}
