import Foundation
import RelaxRL
import TestSupport
import Testing

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

@Suite struct `A simulator's mistake` {
  @Test func `of a Python that is not there is told by the variable's name`() throws {
    let folder = try TemporaryFolder()
    let ended = try RunningProgram(
      "/usr/bin/env",
      ["RELAXRL_PYTHON=/none/python", CommandLineProgram.path]
        + ["--agent", "a2c", "--env", "gym:CartPole-v1"], in: folder.path
    ).wait()
    #expect(ended.status == 64 && ended.errors.contains("RELAXRL_PYTHON"), "\(ended.errors)")
    #expect(!ended.errors.contains("import sys"))
  }

  @Test(
    .enabled(if: SimulatorTools.python != nil, SimulatorTools.needsPython),
    arguments: ["300", "0.5", "-1"])
  func `of numbers that are no bytes is told`(number: String) throws {
    let folder = try TemporaryFolder()
    let task = endlessTask.replacing("\"low\": -1, \"high\": 1}", with: "\"dtype\": \"uint8\"}")
      .replacing("[[0.0]", with: "[[\(number)]")
    try folder.write(Array(task.utf8), to: "bytes.py")
    let ended = try CommandLineProgram.run(
      ["--agent", "a2c", "--env-command", "\(SimulatorTools.python ?? "") bytes.py", "--strict"]
        + ["--steps", "500", "--run-dir", "run"], in: folder)
    #expect(ended.status == 1)
    #expect(
      ended.errors.contains("whole numbers from 0 to 255 (number 0 is \(Float(number) ?? 0))"),
      "\(ended.errors)")
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
