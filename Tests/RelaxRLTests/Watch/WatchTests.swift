import Foundation
import TestSupport
import Testing

/// `rl-train watch` where nobody sees pictures: as text, and as a film.
@Suite struct `A run is watched` {
  @Test func `as lines of text where output is no terminal`() throws {
    let run = try SmallRun()
    let ended = try run.program("watch", "run", "--episodes", "2", "--seed", "3")
    #expect(ended.status == 0 && ended.errors.isEmpty, "\(ended.errors)")
    let state = #/step 0: observation [01]( [01]){4}/#
    let step = #/step (\d+): action [01], reward (1|-0\.0500), observation ([01] ){4}[01](, \w+)?/#
    let end = #/return (\S+) in (\d+) steps/#
    var lines = ended.outputLines.reversed() as [Substring]
    var returns: [Double] = []
    for episode in 1...2 {
      let head = lines.popLast()
      #expect(head == "episode \(episode)")
      let first = lines.popLast() ?? ""
      #expect(try state.wholeMatch(in: first) != nil, "\(first)")
      var (count, sum) = (0, 0.0)
      while let line = lines.last, let match = try step.wholeMatch(in: line) {
        lines.removeLast()
        count += 1
        sum += Double(match.2) ?? .nan
        #expect(match.1 == "\(count)")
        // Only the last step has an outcome.
        let isLast = lines.last?.hasPrefix("return") ?? false
        #expect((match.4 != nil) == isLast, "\(line)")
      }
      let line = lines.popLast() ?? ""
      let last = try #require(try end.wholeMatch(in: line))
      #expect(last.2 == "\(count)")
      returns.append(sum)
      #expect(abs((Double(last.1) ?? .nan) - sum) < 1e-3)
    }
    #expect(lines.isEmpty)
    // It is the episode that an evaluation counts.
    let evaluated = try run.program(
      "evaluate", "run", "--episodes", "1", "--seed", "3", "--json")
    let mean = try #require(try evaluated.json()["mean"] as? Double)
    #expect(abs(mean - returns[0]) < 1e-9)
  }

  @Test func `line by line as it always was`() throws {
    let run = try SmallRun(env: ["--env", "quadratic", "--env-args", "variables=3"], agent: "a2c")
    let ended = try run.program("watch", "run")
    let lines = ended.outputLines
    #expect(lines.first == "episode 1" && lines.dropFirst().first == "step 0: observation 1")
    #expect(
      lines.dropFirst(2).first?.wholeMatch(
        of: /step 1: action [01] [01] [01], reward \S+, observation 1, terminated/) != nil,
      "\(ended.output)")
    #expect(lines.last?.wholeMatch(of: /return \S+ in 1 steps/) != nil)
  }

  @Test func `with drawn actions and another seed as other episodes`() throws {
    let run = try SmallRun(env: ["--env", "cartpole"])
    func text(_ more: String...) throws -> String {
      try CommandLineProgram.run(["watch", "run"] + more, in: run.folder).output
    }
    let plain = try text()
    #expect(!plain.isEmpty)
    #expect(try text() == plain)
    #expect(try text("--seed", "2") != plain)
    #expect(try text("--stochastic") != plain)
    #expect(try text("--checkpoint", "last") == plain)
  }

  @Test func `as a film that shows every step, and is part of the report`() throws {
    let run = try SmallRun(env: ["--env", "cartpole"])
    let ended = try run.program(
      "watch", "run", "--gif", "run/episode.gif", "--size", "120x90", "--fps", "25")
    #expect(ended.status == 0 && ended.errors.isEmpty, "\(ended.errors)")
    let bytes = try run.folder.bytes("run/episode.gif")
    let film = try GIFReader(bytes)
    let text = try run.program("watch", "run").outputLines
    let steps = try #require(text.last?.split(separator: " ").dropLast().last.flatMap { Int($0) })
    #expect(
      ended.outputLines == [
        "Wrote run/episode.gif, \(steps + 1) frames, \(grouped(bytes.count)) bytes.",
        "Episode 1: return \(steps) in \(steps) steps.",
      ])
    #expect(film.width == 120 && film.height == 60 && film.isRepeated)
    // CartPole never stands still, and no frame is like the one before.
    #expect(film.frames.count == steps + 1)
    #expect(film.frames.dropLast().allSatisfy { $0.hundredths == 4 })
    #expect(film.frames.last?.hundredths == 104)
    #expect(Set(film.frames.map(\.colors)).count == steps + 1)
    // Few colors are kept as they are: the ground is the one that the task draws.
    #expect(Array(film.frames[0].colors.suffix(3)) == [0xD9, 0xDD, 0xE2])

    #expect(try run.program("report", "run").status == 0)
    let page = String(decoding: try run.folder.bytes("report.html"), as: UTF8.self)
    let data = Data(bytes).base64EncodedString()
    #expect(
      page.contains("<img alt=\"An episode of a2c, seed 1\" src=\"data:image/gif;base64,\(data)\">")
    )
  }

  private func grouped(_ number: Int) -> String {
    number < 1000 ? "\(number)" : "\(number / 1000)," + "\(1000 + number % 1000)".dropFirst()
  }

  @Test(
    .enabled(if: SimulatorTools.python != nil, SimulatorTools.needsPython),
    arguments: ["json", "binary"])
  func `in another process, if that draws`(encoding: String) throws {
    let command = "\(CommandLineProgram.path) serve-env --env cartpole"
    let run = try SmallRun(["--env-encoding", encoding], env: ["--env-command", command])
    let ended = try run.program("watch", "run", "--gif", "a.gif", "--size", "400x300")
    #expect(ended.status == 0, "\(ended.errors)")
    let film = try GIFReader(try run.folder.bytes("a.gif"))
    #expect(film.width == 400 && film.height == 200 && film.frames.count > 5)
    #expect(Array(film.frames[0].colors.suffix(3)) == [0xD9, 0xDD, 0xE2])
  }

  @Test(.enabled(if: SimulatorTools.python != nil, SimulatorTools.needsPython))
  func `as text where its program does not draw, which is said`() throws {
    let command = "\(SimulatorTools.python ?? "") \(SimulatorTools.masked)"
    let run = try SmallRun(env: ["--env-command", command])
    let ended = try run.program("watch", "run")
    #expect(ended.status == 0 && ended.output.hasPrefix("episode 1\nstep 0: observation"))
    #expect(
      ended.errors.contains(
        "masked has no picture; its program lacks the capability render, docs/protocol.md"))
    let film = try run.program("watch", "run", "--gif", "a.gif")
    #expect(
      film.status == 64 && film.errors.contains("There can be no film: masked has no picture"))
    #expect(!FileManager.default.fileExists(atPath: run.folder.path + "/a.gif"))
  }

  @Test(
    arguments: [
      (["watch", "nowhere"], 64, "nowhere"), (["watch", "."], 64, "run"),
      (["watch", "run", "--gif", "film.png"], 64, "must name a file that ends in .gif"),
      (["watch", "run", "--gif", ""], 64, "must name a file that ends in .gif"),
      (["watch", "run", "--gif", "no/folder/a.gif"], 1, "no/folder/a.gif"),
      (["watch", "run", "--gif", "a.gif", "--size", "0x0"], 64, "such as 400x300"),
      (["watch", "run", "--gif", "a.gif", "--size", "300"], 64, "such as 400x300"),
      (["watch", "run", "--size", "400x300"], 64, "--gif episode.gif"),
      (["watch", "run", "--fps", "0"], 64, "from 1 to 50"),
      (["watch", "run", "--episodes", "0"], 64, "at least 1"),
      (["watch", "run", "--checkpoint", "first"], 64, "best or last"),
    ] as [([String], Int32, String)])
  func `not if something is wrong, which one line says`(
    words: [String], status: Int32, fragment: String
  ) throws {
    let run = try SmallRun()
    let before = try run.folder.contents()
    let ended = try CommandLineProgram.run(words, in: run.folder)
    #expect(ended.status == status && ended.output.isEmpty, "\(ended.errors)")
    #expect(ended.errorLines.count == 1 && ended.errors.contains(fragment), "\(ended.errors)")
    #expect(try run.folder.contents() == before)
  }
}
