import Foundation
import RelaxRL
import TestSupport
import Testing

/// A run of milliseconds, whose folder is then treated badly.
struct SmallRun {
  let folder: TemporaryFolder
  let path: String

  init(_ more: [String] = [], env: [String] = ["--env", "corridor"], agent: String = "a2c") throws {
    folder = try TemporaryFolder()
    path = folder.path + "/run"
    let ended = try CommandLineProgram.run(
      ["--agent", agent, "--seed", "1", "--steps", "400", "--no-stop-when-solved", "--quiet"]
        + ["--run-dir", "run", "--set", "hidden_sizes=4"] + env + more, in: folder)
    try #require(ended.status == 0, "\(ended.errors)")
  }

  func program(_ arguments: String...) throws -> EndedProgram {
    try CommandLineProgram.run(arguments, in: folder)
  }

  /// Runs a line of shell in which `$1` is the program.
  func shell(_ script: String) throws -> EndedProgram {
    try RunningProgram(
      "/bin/bash", ["-c", script, "bash", CommandLineProgram.path], in: folder.path
    ).wait(seconds: 60)
  }

  func text(_ name: String) throws -> String {
    String(decoding: try folder.bytes("run/\(name)"), as: UTF8.self)
  }

  func write(_ text: String, to name: String) throws {
    try folder.write(Array(text.utf8), to: "run/\(name)")
  }

  /// Changes lines of config.yaml.
  func edit(_ from: String, _ to: String) throws {
    let before = try text("config.yaml")
    let after = before.replacingOccurrences(
      of: from, with: to, options: .regularExpression)
    try #require(before != after)
    try write(after, to: "config.yaml")
  }

  var digest: RunDigest { get throws { try RunDigest(folder, "run") } }
}
