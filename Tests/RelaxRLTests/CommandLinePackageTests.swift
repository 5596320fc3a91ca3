import Foundation
import RelaxRL
import TestSupport
import Testing

/// `Examples/OwnTask` is copied away from this package, as a user's own package is.
@Suite struct `A package outside this one` {
  @Test(.timeLimit(.minutes(20)))
  func `builds with its own environment and agent in under 100 lines, and trains`() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().path
    let files = FileManager.default
    let folder = try TemporaryFolder()
    let package = folder.path + "/OwnTask"
    try files.createDirectory(atPath: package, withIntermediateDirectories: true)
    try files.copyItem(atPath: root + "/Examples/OwnTask/Sources", toPath: package + "/Sources")
    let manifest = try String(
      contentsOfFile: root + "/Examples/OwnTask/Package.swift", encoding: .utf8)
    let moved = manifest.replacingOccurrences(of: "\"../..\"", with: "\"\(root)\"")
    #expect(moved != manifest)
    try moved.write(toFile: package + "/Package.swift", atomically: true, encoding: .utf8)
    // The same versions of other packages, which are in the package manager's cache already.
    if files.fileExists(atPath: root + "/Package.resolved") {
      try files.copyItem(
        atPath: root + "/Package.resolved", toPath: package + "/Package.resolved")
    }

    var lines = 0
    for file in ["Lamps", "LinearAgent"] {
      let text = try String(
        contentsOfFile: "\(package)/Sources/OwnTask/\(file).swift", encoding: .utf8)
      lines += text.split(separator: "\n").count { $0.contains { !$0.isWhitespace } }
    }
    #expect(lines < 100)

    let configuration = CommandLineProgram.path.contains("/debug/") ? "debug" : "release"
    // Kept between runs of the tests: only the first builds everything.
    let scratch = root + "/.build/own-task"
    let build = try RunningProgram(
      "/usr/bin/env",
      [
        "swift", "build", "-c", configuration, "--package-path", package, "--scratch-path", scratch,
      ],
      in: folder.path
    ).wait(seconds: 840)
    try #require(build.status == 0, "\(build.output.suffix(3000))\(build.errors.suffix(3000))")
    let program = "\(scratch)/\(configuration)/OwnTask"

    func run(_ arguments: String...) throws -> EndedProgram {
      try RunningProgram(program, arguments, in: folder.path).wait()
    }
    let own = try run("own-agent")
    #expect(own.status == 0 && own.output.hasPrefix("solved after "), "\(own.output)\(own.errors)")
    #expect(!own.output.contains("-1"))
    let listed = try run("list")
    #expect(listed.status == 0 && listed.output.contains("lamps"))
    // Nobody has looked for settings that suit it: those for unknown tasks.
    let lamps = listed.output.split(separator: "\n").drop { !$0.hasPrefix("  lamps") }.dropFirst()
    #expect(lamps.first?.contains("500,000 steps") == true, "\(listed.output)")
    let trained = try run("--agent", "a2c", "--env", "Lamps", "--seed", "1", "--json", "--quiet")
    try #require(trained.status == 0, "\(trained.errors)")
    #expect(try trained.json()["solved"] as? Bool == true)
    let name = try #require(try trained.json()["run_dir"] as? String)
    let evaluated = try run("evaluate", name, "--json")
    #expect(try #require(try evaluated.json()["mean"] as? Double) >= 9)
    // Another program does not know the task, and says so.
    let unknown = try CommandLineProgram.run(["evaluate", name], in: folder)
    #expect(unknown.status == 64 && unknown.errors.contains("\"lamps\""))
  }
}
