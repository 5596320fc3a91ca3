import Foundation
import RelaxRL
import TestSupport
import Testing

/// One at a time: their clocks should measure the program, not each other.
@Suite(.serialized) struct `A run that was stopped` {
  @Test func `Ctrl-C saves and says how to go on`() throws {
    let folder = try TemporaryFolder()
    let program = try RunningProgram(
      CommandLineProgram.path,
      ["--agent", "a2c", "--env", "cartpole", "--steps", "1000000000", "--run-dir", "run"]
        + ["--no-stop-when-solved", "--json"], in: folder.path)
    try program.waitForSession(folder, "run")
    usleep(50_000)
    program.send(SIGINT)
    let ended = try program.wait()
    #expect(ended.status == 0)
    #expect(ended.errorLines.last == "To go on: rl-train resume run")
    #expect(ended.errorLines.contains { $0.hasPrefix("Interrupted and saved after ") })
    #expect(ended.outputLines.count == 1)
    #expect(try #require(try ended.json()["steps"] as? Int) < 1_000_000_000)
  }

  /// Twenty-four moments in all, the first of each run within the first milliseconds.
  @Test(arguments: zip(TestedRun.all, TestedRun.all.indices))
  func `killed at random moments it resumes to the same bytes or was never there`(
    run: TestedRun, number: Int
  ) throws {
    let folder = try TemporaryFolder()
    let reference = try referenceRun(run, in: folder)
    var random = RandomStream(seed: 4, purpose: "kills", lane: UInt64(number))
    let moments =
      [0, 0.004 * random.uniform()]
      + (0..<2).map { _ in reference.startup * (0.5 + random.uniform()) }
      + (0..<2).map { _ in reference.startup + reference.seconds * random.uniform() }
    var isResumed: [Bool] = []
    for (index, moment) in moments.enumerated() {
      let name = "run\(index)"
      let program = try RunningProgram(
        CommandLineProgram.path, run.arguments + ["--run-dir", name, "--quiet"], in: folder.path)
      usleep(UInt32(1e6 * moment))
      program.send(SIGKILL)
      _ = try program.wait()
      let exists = FileManager.default.fileExists(atPath: "\(folder.path)/\(name)")
      isResumed.append(exists)
      guard exists else { continue }
      let resumed = try CommandLineProgram.run(["resume", name, "--quiet"], in: folder)
      try #require(resumed.status == 0, "Killed after \(moment) s: \(resumed.errors)")
      #expect(try RunDigest(folder, name) == reference.digest, "Killed after \(moment) s.")
    }
    #expect(isResumed.contains(true) && isResumed.contains(false))
    let visible = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      .filter { !$0.hasPrefix(".") }
    #expect(
      Set(visible)
        == Set(["reference"] + isResumed.indices.filter { isResumed[$0] }.map { "run\($0)" }))
  }
}

/// A run that nobody stopped.
private struct ReferenceRun {
  let digest: RunDigest
  let steps: Int
  /// Until the first update, about.
  let startup: Double
  /// From the first update to the end.
  let seconds: Double
}

private func referenceRun(_ run: TestedRun, in folder: TemporaryFolder) throws -> ReferenceRun {
  let ended = try CommandLineProgram.run(
    run.arguments + ["--run-dir", "reference", "--quiet", "--json"], in: folder)
  try #require(ended.status == 0, "\(ended.errors)")
  let summary = try ended.json()
  let seconds = try #require(summary["seconds"] as? Double)
  return ReferenceRun(
    digest: try RunDigest(folder, "reference"), steps: try #require(summary["steps"] as? Int),
    startup: max(ended.seconds - seconds, 0), seconds: seconds)
}
