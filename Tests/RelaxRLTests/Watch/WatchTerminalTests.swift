import Foundation
import TestSupport
import Testing

@Suite struct `A run is watched in a terminal` {
  private static let enter = "\u{1B}[?1049h"
  private static let leave = "\u{1B}[?25h\u{1B}[?1049l"

  private func watch(
    _ run: SmallRun, _ more: [String] = [], columns: Int = 80, rows: Int = 24,
    variables: [String] = ["TERM=xterm-256color", "COLORTERM="]
  ) throws -> TerminalProgram {
    try TerminalProgram(
      ["watch", "run"] + more, in: run.folder, columns: columns, rows: rows, variables: variables)
  }

  /// What was there before is there again: the screen, the cursor, and how keys are read.
  private func expectRestored(_ program: TerminalProgram) throws {
    #expect(program.isAsBefore)
    #expect(program.seen.components(separatedBy: Self.enter).count == 2)
    // The last that is done with the screen.
    let screens = program.seen.components(separatedBy: "\u{1B}[?1049")
    #expect(screens.last?.first == "l")
    #expect(program.seen.contains(Self.leave))
  }

  @Test func `in half blocks of 256 colors, and the result stays`() throws {
    let run = try SmallRun(env: ["--env", "cartpole"])
    let program = try watch(run, ["--fps", "50"])
    let first = try program.wait(for: "q: quit")
    #expect(!program.isAsBefore)
    #expect(first.contains("▀") && first.contains("\u{1B}[38;5;") && !first.contains("38;2;"))
    #expect(first.contains("cartpole  episode 1 of 1  step 0  return 0"))
    #expect(try program.end() == 0)
    try expectRestored(program)
    #expect(
      program.seen.components(separatedBy: Self.leave).last?.contains("Episode 1: return") == true)
    // Every frame fills the terminal and does not go beyond it.
    let frames = program.seen.components(separatedBy: Self.leave)[0]
      .components(separatedBy: "\u{1B}[H").dropFirst()
    #expect(frames.count > 5)
    for frame in frames {
      let rows = frame.components(separatedBy: "\r\n").map {
        $0.replacing(/\u{1B}\[[0-9;?]*[A-Za-z]/, with: "")
      }
      #expect(rows.count == 24 && rows.allSatisfy { $0.count <= 80 })
    }
  }

  @Test func `in all colors where the terminal has them, in the size that it has`() throws {
    let run = try SmallRun(env: ["--env", "cartpole"])
    let program = try watch(
      run, ["--fps", "1"], columns: 40, rows: 12,
      variables: ["TERM=xterm", "COLORTERM=truecolor"])
    try program.wait(for: "step 0")
    let first = program.seen
    #expect(first.contains("\u{1B}[38;2;") && !first.contains("38;5;"))
    // Twice as wide as high: 40 × 20 pixels are 10 rows of the 11 that there are.
    let blocks = first.components(separatedBy: "\r\n").filter { $0.contains("▀") }
    #expect(blocks.count == 10)
    #expect(blocks.allSatisfy { $0.filter { $0 == "▀" }.count == 40 })
    program.resize(columns: 100, rows: 40)
    let larger = try program.wait(for: "q: quit")
    #expect(larger.components(separatedBy: "\r\n").filter { $0.contains("▀") }.count >= 25)
    program.resize(columns: 10, rows: 4)
    try program.wait(for: "too small")
    program.type("q")
    #expect(try program.end() == 0)
    try expectRestored(program)
  }

  @Test func `until it is paused, and goes on, and is left`() throws {
    let run = try SmallRun(env: ["--env", "mountaincar"])
    let program = try watch(run, ["--fps", "20"])
    try program.wait(for: "step 3 ")
    program.type(" ")
    try program.wait(for: "paused")
    _ = program.watch(seconds: 0.2)
    #expect(program.watch(seconds: 0.6).isEmpty)
    program.type("x ")
    // A key that means nothing changes nothing.
    try program.wait(for: "step 8 ")
    program.type("q")
    #expect(try program.end() == 0)
    try expectRestored(program)
    #expect(!program.seen.contains("Episode 1:"))
  }

  @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
  func `until a signal comes, which restores it`(signal: Int32) throws {
    let run = try SmallRun(env: ["--env", "mountaincar"])
    let program = try watch(run)
    try program.wait(for: "step 2 ")
    if signal == SIGINT { program.type("\u{3}") } else { program.send(signal) }
    #expect(try program.end() == 128 + signal)
    try expectRestored(program)
  }

  @Test func `paused, and a signal ends it, too`() throws {
    let run = try SmallRun(env: ["--env", "mountaincar"])
    let program = try watch(run)
    try program.wait(for: "step 2 ")
    program.type(" ")
    try program.wait(for: "paused")
    program.type("\u{3}")
    #expect(try program.end() == 130)
    try expectRestored(program)
  }

  @Test func `not if it is too small, which one line says`() throws {
    let run = try SmallRun(env: ["--env", "cartpole"])
    let program = try watch(run, columns: 19, rows: 30)
    #expect(try program.end() == 64)
    #expect(program.isAsBefore && !program.seen.contains(Self.enter))
    #expect(program.seen.contains("The terminal is too small: it has 19 columns"))
  }

  @Test func `as lines of text where it is dumb`() throws {
    let run = try SmallRun(env: ["--env", "cartpole"])
    let program = try watch(run, variables: ["TERM=dumb"])
    #expect(try program.end() == 0)
    #expect(!program.seen.contains("\u{1B}") && program.seen.contains("step 1: action"))
  }
}
