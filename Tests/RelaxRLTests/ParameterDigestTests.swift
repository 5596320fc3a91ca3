import Foundation
import RelaxRL
import Runs
import TestSupport
import Testing

/// One line of the list of trainings.
struct DigestedTraining: CustomTestStringConvertible, Sendable {
  var digest: String
  var arguments: [String]

  var testDescription: String { arguments.joined(separator: " ") }

  /// Nil for a comment.
  init?(line: Substring) {
    guard !line.hasPrefix("#"), let end = line.firstIndex(of: " ") else { return nil }
    digest = String(line[..<end])
    let python = SimulatorTools.python ?? "python3"
    arguments = line[end...].split(separator: " ").map {
      switch $0 {
      case "MASKED": "\(python) \(SimulatorTools.masked)"
      // The first process is the bad one: it is asked what it is, and then hosts the environments.
      case "LOSING": "env BAD_ONCE=crashed \(python) \(SimulatorTools.bad) exit 40"
      default: String($0)
      }
    }
  }

  static let text = String(
    decoding: FileManager.default.contents(
      atPath: URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "Golden/parameters.txt").path) ?? Data(), as: UTF8.self)

  static let all = text.split(separator: "\n").compactMap { DigestedTraining(line: $0) }

  /// Whether this machine computes as the list says.
  static var isComparable: Bool {
    var library = [CChar](repeating: 0, count: 64)
    let count = confstr(numericCast(_CS_GNU_LIBC_VERSION), &library, library.count)
    let name = String(decoding: library[..<max(0, count - 1)].map { UInt8($0) }, as: UTF8.self)
    return Arithmetic.current.hasPrefix("fused") && text.contains("\n# \(name)\n")
  }
}

@Suite struct `A training comes to the parameters it came to before` {
  @Test(
    .enabled(
      if: DigestedTraining.isComparable,
      "needs fused multiply-adds and the C library of Golden/parameters.txt"),
    arguments: DigestedTraining.all)
  func `digit by digit`(training: DigestedTraining) throws {
    if training.arguments.contains("--env-command"), SimulatorTools.python == nil { return }
    let folder = try TemporaryFolder()
    let ended = try CommandLineProgram.run(
      training.arguments + ["--no-stop-when-solved", "--json", "--run-dir", "run"], in: folder)
    let digest = try ended.json()["parameters_sha256"] as? String
    #expect(digest.map { String($0.prefix(16)) } == training.digest, "\(ended.errors)")
  }

  @Test func `and there are such trainings of every agent, seed and way`() {
    #expect(DigestedTraining.all.count > 80)
    let text = DigestedTraining.text
    for part in [
      "relax-ddpg", "reinforce", "--seed 2", "--threads 2", "monte-carlo", "--envs 4", "minatar",
    ] {
      #expect(text.contains(part))
    }
  }
}
