import Foundation
import TestSupport
import Testing

/// `rl-train report`, over runs that were made for it.
@Suite struct `A report` {
  private static let browser = ["/usr/bin/chromium", "/usr/bin/chromium-browser"].first {
    FileManager.default.isExecutableFile(atPath: $0)
  }

  /// Two agents in two tasks with two seeds each, one agent with two learning rates.
  private func experiment(in folder: TemporaryFolder) throws {
    let words =
      "experiment --agents a2c,ppo --envs bandit,corridor --seeds 1-2 --steps 2000 --out runs"
    let ended = try CommandLineProgram.run(
      words.split(separator: " ").map(String.init), in: folder)
    #expect(ended.status == 0, "\(ended.errors)")
    let other =
      "--agent a2c --env bandit --seed 1 --steps 2000 --set learning_rate=0.01 --run-dir runs/other"
    #expect(
      try CommandLineProgram.run(other.split(separator: " ").map(String.init), in: folder).status
        == 0)
  }

  @Test func `is one page with a chart for each task and quantity, and needs nothing else`() throws
  {
    let folder = try TemporaryFolder()
    try experiment(in: folder)
    let ended = try CommandLineProgram.run(["report", "runs", "--svg", "charts"], in: folder)
    #expect(ended.status == 0, "\(ended.errors)")
    let page = try String(contentsOfFile: "\(folder.path)/report.html", encoding: .utf8)
    #expect(page.contains("Report of 9 runs"))
    #expect(page.utf8.count < 200_000)
    // Nothing is fetched: the name of SVG is the one address in it.
    #expect(!page.replacing("http://www.w3.org/2000/svg", with: "").contains("http"))
    #expect(page.components(separatedBy: "<section").count == 3)
    #expect(page.components(separatedBy: "<figure class=\"chart\"").count == 5)
    // What tells the two kinds of a2c apart is named, and nothing else is.
    #expect(page.contains("Settings that differ"))
    #expect(page.contains("a2c: learning_rate 0.01"))
    #expect(!page.contains("ppo:"))
    let charts = try FileManager.default.contentsOfDirectory(atPath: "\(folder.path)/charts")
    #expect(
      charts.sorted() == [
        "bandit-training.svg", "bandit-variance.svg", "corridor-training.svg",
        "corridor-variance.svg",
      ])
    let chart = try String(
      contentsOfFile: "\(folder.path)/charts/bandit-training.svg", encoding: .utf8)
    #expect(chart.hasPrefix("<svg") && chart.contains("<style>"))
    // Plain colors, which every program knows that turns SVG into PDF.
    #expect(!chart.contains("var(") && chart.contains("fill:#fff"))
    #expect(chart.contains(">mean return of the last 100 episodes</text>"))
  }

  @Test func `shows the numbers of the runs`() throws {
    let folder = try TemporaryFolder()
    let words = "--agent a2c --env corridor --steps 2000 --run-dir run --json"
    let ended = try CommandLineProgram.run(
      words.split(separator: " ").map(String.init), in: folder)
    let last = try #require(try ended.json()["mean_return_last_100"] as? Double)
    #expect(
      try CommandLineProgram.run(["report", "run", "--out", "a/b.html"], in: folder).status == 0)
    let page = try String(contentsOfFile: "\(folder.path)/a/b.html", encoding: .utf8)
    // The last point of the only line is what the summary says.
    let data = try #require(page.range(of: "application/json\">"))
    let end = try #require(page.range(of: "</script>", range: data.upperBound..<page.endIndex))
    let chart =
      try JSONSerialization.jsonObject(with: Data(page[data.upperBound..<end.lowerBound].utf8))
      as? [String: Any]
    let line = try #require((chart?["lines"] as? [[Any]])?.first)
    #expect(line.first as? String == "a2c")
    let point = try #require((line.last as? [[Double]])?.last)
    #expect(abs(point[1] - last) < 1e-4 * max(1, abs(last)))
  }

  @Test(
    .enabled(if: browser != nil, "Needs chromium: apt-get install chromium"),
    arguments: [1200, 360])
  func `works in a browser, wide or narrow`(width: Int) throws {
    let folder = try TemporaryFolder()
    try experiment(in: folder)
    #expect(try CommandLineProgram.run(["report", "runs"], in: folder).status == 0)
    let ended = try RunningProgram(
      try #require(Self.browser),
      [
        "--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir=\(folder.path)/profile",
        "--enable-logging=stderr", "--v=0", "--window-size=\(width),900", "--dump-dom",
        "file://\(folder.path)/report.html",
      ], in: folder.path
    ).wait()
    // The script has run: every chart says where its numbers are from.
    #expect(ended.output.components(separatedBy: ">after ").count == 5, "\(ended.errors)")
    #expect(!ended.errors.contains("CONSOLE"), "\(ended.errors)")
  }

  @Test(arguments: [["nowhere"], ["."]])
  func `of folders that are no runs is refused with exit code 64`(paths: [String]) throws {
    let folder = try TemporaryFolder()
    let ended = try CommandLineProgram.run(["report"] + paths, in: folder)
    #expect(ended.status == 64)
    #expect(ended.errorLines.count == 1)
    #expect(!FileManager.default.fileExists(atPath: "\(folder.path)/report.html"))
  }
}
