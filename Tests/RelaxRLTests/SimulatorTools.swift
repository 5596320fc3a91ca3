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
