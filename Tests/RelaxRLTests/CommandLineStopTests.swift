import Foundation
import RelaxRL
import TestSupport
import Testing

/// Requests to stop, at moments other than between two updates.
@Suite(.serialized) struct `A request to stop` {
  private static let announcement =
    "Stopping: the step under way is finished, then the run is saved. A second signal ends it at once."

  @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
  func `is announced, saved and gone on from`(signal: Int32) throws {
    let folder = try TemporaryFolder()
    let program = try RunningProgram(
      CommandLineProgram.path,
      ["--agent", "reinforce", "--env", "cartpole", "--steps", "1000000000", "--run-dir", "run"]
        + ["--no-stop-when-solved"], in: folder.path)
    try program.waitForSession(folder, "run")
    usleep(50_000)
    program.send(signal)
    let ended = try program.wait()
    #expect(ended.status == 0, "\(ended.errors)")
    let lines = ended.errorLines.map(String.init)
    let announced = try #require(lines.firstIndex(of: Self.announcement))
    let saved = try #require(lines.firstIndex { $0.hasPrefix("Interrupted and saved after ") })
    #expect(announced < saved && lines.last == "To go on: rl-train resume run")
  }

  @Test func `a hang-up is nothing to a program that was told to ignore it`() throws {
    let folder = try TemporaryFolder()
    let program = try RunningProgram(
      "/usr/bin/nohup",
      [CommandLineProgram.path, "--agent", "a2c", "--env", "cartpole", "--steps", "1000000000"]
        + ["--run-dir", "run", "--no-stop-when-solved", "--quiet"], in: folder.path)
    try program.waitForSession(folder, "run")
    program.send(SIGHUP)
    usleep(100_000)
    #expect(kill(program.process, 0) == 0)
    program.send(SIGTERM)
    #expect(try program.wait().status == 0)
  }

  /// Again and again until the run ends by itself; most of them fall into the middle of a rollout.
  @Test(arguments: TestedRun.all)
  func `again and again changes no byte`(run: TestedRun) throws {
    let folder = try TemporaryFolder()
    let whole = try CommandLineProgram.run(
      run.arguments + ["--run-dir", "whole", "--quiet"], in: folder)
    try #require(whole.status == 0, "\(whole.errors)")
    var arguments = run.arguments + ["--run-dir", "run", "--quiet"]
    var stops = 0
    for signal in [SIGINT, SIGTERM, SIGHUP, SIGINT, SIGTERM, SIGHUP] {
      let program = try RunningProgram(CommandLineProgram.path, arguments, in: folder.path)
      try program.waitForSession(folder, "run")
      usleep(UInt32(20_000 + 9_000 * stops))
      program.send(signal)
      let ended = try program.wait()
      #expect(ended.status == 0, "\(ended.errors)")
      arguments = ["resume", "run", "--quiet"]
      stops += 1
    }
    let ended = try CommandLineProgram.run(arguments, in: folder)
    #expect(ended.status == 0, "\(ended.errors)")
    #expect(try RunDigest(folder, "run") == RunDigest(folder, "whole"))
  }

  @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
  func `ends at once while settings are waited for`(signal: Int32) throws {
    let folder = try TemporaryFolder()
    try #require(mkfifo(folder.path + "/settings", 0o600) == 0)
    let program = try RunningProgram(
      CommandLineProgram.path,
      ["--agent", "a2c", "--env", "cartpole", "--config", "settings", "--run-dir", "run"],
      in: folder.path)
    usleep(200_000)
    program.send(signal)
    let ended = try program.wait(seconds: 10)
    // A program that does not wait for a pipe refuses it as a file of settings.
    #expect(ended.status == 128 + signal || ended.status == 64, "\(ended.errors)")
    #expect(!FileManager.default.fileExists(atPath: folder.path + "/run"))
  }

  @Test(.enabled(if: SimulatorTools.python != nil, SimulatorTools.needsPython))
  func `is seen within an episode that does not end`() throws {
    let folder = try TemporaryFolder()
    try folder.write(Array(endlessTask.utf8), to: "endless.py")
    let program = try RunningProgram(
      CommandLineProgram.path,
      ["--agent", "reinforce", "--env-command", "\(SimulatorTools.python ?? "") endless.py"]
        + ["--steps", "1000000000", "--run-dir", "run", "--seed", "1"], in: folder.path)
    try program.waitForSession(folder, "run")
    usleep(200_000)
    program.send(SIGINT)
    let ended = try program.wait(seconds: 30)
    #expect(ended.status == 0, "\(ended.errors)")
    #expect(ended.errors.contains(Self.announcement))
    #expect(
      ended.errors.contains("endless has no step limit, and an update waits for whole episodes"))
    #expect(ended.errorLines.last == "To go on: rl-train resume run")
  }

  @Test(.enabled(if: SimulatorTools.python != nil, SimulatorTools.needsPython))
  func `by the number of steps reaches such an episode too`() throws {
    let folder = try TemporaryFolder()
    try folder.write(Array(endlessTask.utf8), to: "endless.py")
    let ended = try CommandLineProgram.run(
      ["--agent", "reinforce", "--env-command", "\(SimulatorTools.python ?? "") endless.py"]
        + ["--steps", "500", "--run-dir", "run", "--seed", "1"], in: folder)
    #expect(ended.status == 0, "\(ended.errors)")
    #expect(ended.errors.contains("the episodes under way have not ended within --steps"))
    #expect(ended.errors.contains("returns=gae"))
    let resumed = try CommandLineProgram.run(["resume", "run"], in: folder)
    #expect(resumed.status == 0 && resumed.errors.contains("have not ended"), "\(resumed.errors)")
  }
}

/// A simulator whose episodes go on for ever, and that says so.
let endlessTask = """
  import json, sys
  BOX = {"type": "box", "shape": [1], "low": -1, "high": 1}
  for line in sys.stdin:
      request = json.loads(line)
      kind, reply = request["type"], {"type": request["type"], "id": request["id"]}
      if kind == "hello":
          reply.update(type="ready", protocol="1.0", name="endless", max_episode_steps=None,
                       observation_space=BOX, action_space={"type": "discrete", "n": 2})
      elif kind == "reset":
          reply["obs"] = [[0.0] for _ in request["env_ids"]]
      elif kind == "step":
          n = len(request["env_ids"])
          reply.update(obs=[[0.5]] * n, reward=[1.0] * n, terminated=[False] * n,
                       truncated=[False] * n, final_obs=[None] * n)
      print(json.dumps(reply), flush=True)
      if kind == "close":
          break

  """
