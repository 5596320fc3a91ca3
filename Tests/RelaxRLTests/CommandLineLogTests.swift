import Foundation
import RelaxRL
import TestSupport
import Testing

@Suite struct `A run with --log jsonl` {
  private static let arguments =
    ["--agent", "a2c", "--env", "cartpole", "--seed", "4", "--quiet", "--log", "jsonl"]
    + ["--no-stop-when-solved", "--eval-every", "5000", "--eval-episodes", "3"]
    + ["--steps", "\(CommandLineProgram.steps(300_000))", "--set", "checkpoint_interval=4000"]

  /// A member of a line; Foundation's untyped reader rounds numbers.
  private enum Member: Decodable {
    case number(Double)
    case other

    init(from decoder: any Decoder) throws {
      let number = try? decoder.singleValueContainer().decode(Double.self)
      self = number.map { .number($0) } ?? .other
    }

    var number: Double? { if case .number(let number) = self { number } else { nil } }
  }

  private struct Line {
    var event: String
    var members: [String: Member]
  }

  private func lines(_ folder: TemporaryFolder, _ run: String) throws -> [Line] {
    struct Event: Decodable { var event: String }
    return try String(decoding: folder.bytes("\(run)/log.jsonl"), as: UTF8.self)
      .split(separator: "\n").map { line in
        let data = Data(line.utf8)
        return Line(
          event: try JSONDecoder().decode(Event.self, from: data).event,
          members: try JSONDecoder().decode([String: Member].self, from: data))
      }
  }

  private func rows(_ folder: TemporaryFolder, _ table: String) throws -> [[String: String]] {
    let lines = String(decoding: try folder.bytes("run/\(table).csv"), as: UTF8.self)
      .split(separator: "\n")
      .map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
    return lines.dropFirst().map { row in
      Dictionary(uniqueKeysWithValues: zip(lines[0], row))
    }
  }

  @Test func `writes what its tables say, a line for each row`() throws {
    let folder = try TemporaryFolder()
    let ended = try CommandLineProgram.run(Self.arguments + ["--run-dir", "run"], in: folder)
    try #require(ended.status == 0, "\(ended.errors)")
    let all = try lines(folder, "run")
    for (event, table) in [
      ("episode", "episodes"), ("progress", "progress"), ("evaluation", "evaluations"),
    ] {
      let (lines, rows) = (all.filter { $0.event == event }, try rows(folder, table))
      #expect(lines.count == rows.count && lines.count >= 3, "\(event)")
      for (line, row) in zip(lines, rows) {
        for (key, cell) in row {
          guard let value = line.members[key]?.number else { continue }
          #expect(Double(cell) == value, "\(event) \(key)")
        }
        #expect(line.members["step"]?.number != nil)
      }
    }
    // Each step of CartPole is worth 1.
    let last = try #require(all.last { $0.event == "progress" }).members
    let length = try #require(last["mean_length_100"]?.number)
    #expect(length == last["mean_return_100"]?.number)
    #expect(Set(all.map(\.event)) == ["episode", "progress", "evaluation"])
  }

  @Test func `has the same bytes when it was stopped on the way`() throws {
    let folder = try TemporaryFolder()
    let whole = try CommandLineProgram.run(Self.arguments + ["--run-dir", "whole"], in: folder)
    try #require(whole.status == 0, "\(whole.errors)")
    let program = try RunningProgram(
      CommandLineProgram.path, Self.arguments + ["--run-dir", "run"], in: folder.path)
    // A kill, after which lines that no checkpoint knows of are there.
    let log = folder.path + "/run/log.jsonl"
    func size() -> Int {
      let attributes = try? FileManager.default.attributesOfItem(atPath: log)
      return attributes?[.size] as? Int ?? 0
    }
    var patience = 60_000
    while size() == 0, patience > 0 {
      usleep(1000)
      patience -= 1
    }
    program.send(SIGKILL)
    #expect(try program.wait().status == 128 + SIGKILL)
    let resumed = try CommandLineProgram.run(["resume", "run", "--quiet"], in: folder)
    try #require(resumed.status == 0, "\(resumed.errors)")
    #expect(try folder.bytes("run/log.jsonl") == folder.bytes("whole/log.jsonl"))
    #expect(try RunDigest(folder, "run") == RunDigest(folder, "whole"))
  }

  @Test func `cannot be begun in the middle, nor in another format`() throws {
    let run = try SmallRun()
    let begun = try run.program("resume", "run", "--steps", "800", "--set", "log=jsonl")
    #expect(begun.status == 64 && begun.errorLines.count == 1, "\(begun.errors)")
    let other = try run.program("--agent", "a2c", "--env", "corridor", "--log", "csv")
    #expect(other.status == 64 && other.errors.contains("jsonl"), "\(other.errors)")
    #expect(try run.folder.contents().contains { $0.hasSuffix("log.jsonl") } == false)
  }

  @Test func `that was cut off is refused`() throws {
    let run = try SmallRun(["--log", "jsonl"])
    let text = try run.text("log.jsonl")
    try run.write(String(text.dropLast(20)), to: "log.jsonl")
    let resumed = try run.program("resume", "run", "--steps", "800")
    #expect(resumed.status == 1 && resumed.errors.contains("log.jsonl"), "\(resumed.errors)")
  }
}
