import Foundation
import RelaxRL
import TestSupport
import Testing

/// Programs that simulators are written in, and where the project's own simulators are.
enum SimulatorTools {
  static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().path
  static let examples = root + "/Examples/Simulators"
  static let masked = root + "/Tests/EnvironmentsTests/Simulators/masked.py"
  static let bad = root + "/Tests/EnvironmentsTests/Simulators/bad.py"
  static let python = find(["/usr/bin/python3", "/usr/local/bin/python3"])
  static let compiler = find(["/usr/bin/cc", "/usr/bin/gcc", "/usr/bin/clang"])

  static let needsPython: Comment = "Needs python3 in /usr/bin or /usr/local/bin."
  static let needsCompiler: Comment = "Needs a C compiler in /usr/bin."

  private static func find(_ paths: [String]) -> String? {
    paths.first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  /// What starts the C example, compiled into a folder.
  static func compileExample(into folder: TemporaryFolder) throws -> String {
    let target = folder.path + "/walk"
    let ended = try RunningProgram(
      try #require(compiler), ["-O2", "-Wall", "-Werror", "-o", target, examples + "/walk.c"],
      in: folder.path
    ).wait()
    try #require(ended.status == 0, "\(ended.errors)")
    return target
  }

  /// Puts relaxrl.py into a folder, as a user gets it.
  static func writeModule(into folder: TemporaryFolder) throws {
    let module = try CommandLineProgram.run(["python-module"], in: folder)
    try folder.write(Array(module.output.utf8), to: "relaxrl.py")
  }

  /// How many processes have this word among their arguments.
  static func processes(with word: String) -> Int {
    let numbers = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return numbers.filter { number in
      guard Int(number) != nil,
        let line = FileManager.default.contents(atPath: "/proc/\(number)/cmdline")
      else { return false }
      return String(decoding: line, as: UTF8.self).split(separator: "\0").contains(Substring(word))
    }.count
  }
}

@Suite struct `A command that is no environment` {
  @Test(arguments: [
    (["--env-command", "nosuchprogram --fast"], ["\"nosuchprogram --fast\"", "No such file"]),
    (["--env-command", "/etc/passwd"], ["/etc/passwd", "Permission denied"]),
    (["--env-command", "true"], ["\"true\"", "exited with code 0", "hello"]),
    (["--env-command", ""], ["--env-command", "empty"]),
    (["--env-command", "python3 'x"], ["not closed"]),
    (["--env-command", "true", "--env", "cartpole"], ["--env cartpole", "exclude"]),
    (["--env", "cartpole", "--env-processes", "2"], ["--env-processes 2", "--env-command"]),
    (["--env-command", "true", "--env-processes", "0"], ["processes", "0", "from 1"]),
    (["--env-command", "true", "--env-step-timeout", "-1"], ["step_timeout", "-1"]),
    (["--env-command", "true", "--env-restarts", "-1"], ["restarts", "-1"]),
    (["--env-command", "true", "--env-encoding", "xml"], ["encoding", "xml", "binary"]),
    (["--env-command", "true", "--env-args", "size=8"], ["--env-args size=8", "gym:"]),
  ])
  func `is refused with exit code 64, and nothing is written`(
    arguments: [String], fragments: [String]
  ) throws {
    let folder = try TemporaryFolder()
    let ended = try CommandLineProgram.run(["--agent", "a2c"] + arguments, in: folder)
    #expect(ended.status == 64 && ended.errorLines.count == 1, "\(ended.errors)")
    for fragment in fragments { #expect(ended.errors.contains(fragment), "\(ended.errors)") }
    #expect(try folder.contents().isEmpty)
  }

  @Test(.enabled(if: SimulatorTools.python != nil, SimulatorTools.needsPython))
  func `because Python misses a package is told which`() throws {
    let folder = try TemporaryFolder()
    // Without its packages this Python cannot have Gymnasium. Another program writes the script: were it
    // open here, a process that another test starts at that moment would keep it open for writing, and
    // such a file cannot be run.
    let script = "#!/bin/sh\nexec \(SimulatorTools.python ?? "") -I -S \"$@\"\n"
    let written = try RunningProgram(
      "/bin/sh", ["-c", "printf %s \"$1\" > python && chmod +x python", "sh", script],
      in: folder.path
    ).wait()
    try #require(written.status == 0, "\(written.errors)")
    let ended = try RunningProgram(
      "/usr/bin/env",
      ["RELAXRL_PYTHON=\(folder.path)/python", CommandLineProgram.path]
        + ["--agent", "a2c", "--env", "gym:CartPole-v1"], in: folder.path
    ).wait()
    #expect(ended.status == 64, "\(ended.errors)")
    #expect(
      ended.errors.contains("gym:CartPole-v1") && ended.errors.contains("pip install"),
      "\(ended.errors)")
    #expect(try folder.contents() == ["python"])
  }
}

@Suite struct `An example of a simulator` {
  @Test(.enabled(if: SimulatorTools.compiler != nil, SimulatorTools.needsCompiler))
  func `in C keeps the contract and can be learned`() throws {
    let folder = try TemporaryFolder()
    try check(try SimulatorTools.compileExample(into: folder), in: folder)
  }

  @Test(.enabled(if: SimulatorTools.python != nil, SimulatorTools.needsPython))
  func `in plain Python keeps the contract and can be learned`() throws {
    let script = SimulatorTools.examples + "/walk_plain.py"
    let lines = String(decoding: try Data(contentsOf: URL(filePath: script)), as: UTF8.self)
      .split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.count < 60)
    try check("\(SimulatorTools.python ?? "") \(script)", in: try TemporaryFolder())
  }

  @Test(.enabled(if: SimulatorTools.python != nil, SimulatorTools.needsPython))
  func `with the module relaxrl keeps the contract and can be learned`() throws {
    let folder = try TemporaryFolder()
    try SimulatorTools.writeModule(into: folder)
    try check(
      "env PYTHONPATH=\(folder.path) \(SimulatorTools.python ?? "") "
        + "\(SimulatorTools.examples)/walk.py", in: folder)
  }

  private func check(_ command: String, in folder: TemporaryFolder) throws {
    let report = try CommandLineProgram.run(["check-env", "--env-command", command], in: folder)
    #expect(report.status == 0, "\(report.output)\(report.errors)")
    #expect(report.output.contains("walk keeps the contract."))
    let trained = try CommandLineProgram.run(
      ["--agent", "a2c", "--env-command", command, "--seed", "1", "--steps", "30000"]
        + ["--run-dir", "walked", "--json"], in: folder)
    #expect(trained.status == 0, "\(trained.errors)")
    // A walk at random takes about 100 steps; straight ahead it is 10 or 11.
    let mean = try #require(try trained.json()["mean_return_last_100"] as? Double)
    #expect(mean > -25)
    let evaluated = try CommandLineProgram.run(
      ["evaluate", "walked", "--episodes", "20"], in: folder)
    #expect(
      evaluated.status == 0 && evaluated.output.contains("Mean return -1"), "\(evaluated.output)")
  }

  @Test(arguments: [
    ("new-final", "the final observation is that of the episode that ended"),
    ("auto-reset", "without seeds an ended environment waits and shows its end"),
    ("by-row", "rows of messages belong to the environments that env_ids names"),
  ])
  func `that breaks the contract is told so with exit code 1`(mode: String, rule: String) throws {
    let report = try Self.report(mode)
    #expect(report.status == 1)
    #expect(report.output.contains("broken  \(rule)"), "\(report.output)")
  }

  @Test func `that keeps what the protocol asks for keeps the contract, in one encoding alone`()
    throws
  {
    // It is the same for all seeds, and takes any action.
    let report = try Self.report("plain")
    #expect(report.status == 0, "\(report.output)\(report.errors)")
    #expect(report.output.contains("note    an action outside the space"), "\(report.output)")
    #expect(report.output.contains("note    saved and restored, it goes on identically"))
    #expect(!report.output.contains("kept    saved and restored"))
  }

  private static func report(_ mode: String) throws -> EndedProgram {
    try #require(SimulatorTools.python != nil)
    return try CommandLineProgram.run(
      [
        "check-env", "--env-command",
        "\(SimulatorTools.python ?? "") \(SimulatorTools.bad) \(mode)",
      ],
      in: try TemporaryFolder())
  }
}

/// One at a time: they watch processes.
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
