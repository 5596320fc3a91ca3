import ArgumentParser
import Foundation
import Runs

/// `rl-train report <dir>…`.
struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Show runs as one page with charts and tables.",
    discussion: """
      The page needs no network and no program but a browser. Runs of different tasks get charts of their own; runs of one \
      agent that differ in more than their seeds are shown apart.
      """)

  @Argument(help: "Run folders, or folders with runs below, such as an experiment's.")
  var folders: [String]

  @Option(help: "The page.")
  var out = "report.html"

  @Option(help: "A folder for every chart as an SVG file.")
  var svg: String?

  func run() throws {
    try Exit.reporting {
      guard !folders.isEmpty else { throw UsageError("Name a folder with runs.") }
      let page = ReportPage(try RunRecord.folders(below: folders).map { try RunRecord($0) })
      let files = FileSystem.uninterrupted
      try files.write(page.html, to: out)
      StandardStreams.output("Open \(out) in a browser.\n")
      guard let svg else { return }
      for chart in page.tasks.flatMap(\.charts) {
        let name = chart.title.lowercased().map { $0.isLetter || $0.isNumber ? $0 : "-" }
        let words = String(name).split(separator: "-").joined(separator: "-")
        try files.write(chart.svg(isAlone: true), to: "\(svg)/\(words).svg")
      }
      StandardStreams.output("Charts are in \(svg).\n")
    }
  }
}
