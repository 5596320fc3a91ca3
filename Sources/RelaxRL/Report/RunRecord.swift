import Formats
import Foundation
import Runs

/// What a report says of one run: its settings, its curves and how it ended.
struct RunRecord {
  /// Numbers over environment steps, in their order.
  struct Curve {
    var steps: [Double] = []
    var values: [Double] = []
  }

  let path: String
  let agent: String
  let environment: String
  let seed: String
  /// Every setting but the seed, by its whole key.
  let settings: [String: String]
  /// The mean return of the last 100 episodes.
  let returns: Curve
  /// The logarithm of the variance of the policy's gradient; empty where that is not measured.
  let logVariance: Curve
  /// The mean return of evaluations; empty where there are none.
  let evaluations: Curve
  /// How it ended; nil while it has not.
  let summary: RunSummary?
  /// A film of it, if somebody made one: a GIF in its folder.
  let film: String?

  /// Reads a run folder.
  ///
  /// - Parameter path: of the folder.
  /// - Throws: what is wrong with it.
  init(_ path: String) throws {
    self.path = path
    let file = try ConfigurationFile(
      yaml: RunFolder.configuration(of: path), path: "\(path)/config.yaml")
    var settings: [String: String] = [:]
    for key in file.keys {
      settings[key] = file.text(key) ?? file.words(key).map { $0.joined(separator: ", ") }
    }
    agent = settings.removeValue(forKey: "agent") ?? "?"
    environment = settings.removeValue(forKey: "env") ?? "?"
    seed = settings.removeValue(forKey: "seed") ?? "?"
    self.settings = settings
    let progress = try Table("\(path)/progress.csv")
    returns = progress.curve("mean_return_100")
    logVariance = progress.curve("policy_gradient_log_variance")
    evaluations = try Table("\(path)/evaluations.csv").curve("mean_return")
    summary = try? JSONDecoder().decode(
      RunSummary.self, from: Data(contentsOf: URL(fileURLWithPath: "\(path)/summary.json")))
    film = ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
      .first { $0.hasSuffix(".gif") }.map { "\(path)/\($0)" }
  }

  /// The run folders at or below some paths, each once.
  ///
  /// - Parameter paths: of run folders, or of folders that have some.
  /// - Returns: their paths, in alphabetical order below each.
  /// - Throws: `UsageError` for a path below which there is no run.
  static func folders(below paths: [String]) throws -> [String] {
    var found: [String] = []
    for path in paths {
      let path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
      let files = FileManager.default
      var isFolder: ObjCBool = false
      guard files.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue else {
        throw UsageError("There is no folder \(path).")
      }
      var below = (try? RunFolder.check(path)) == nil ? [] : [path]
      if below.isEmpty {
        below = (files.enumerator(atPath: path)?.compactMap { $0 as? String } ?? [])
          .filter { $0.hasSuffix("/config.yaml") }.map { "\(path)/\($0.dropLast(12))" }
          .filter { (try? RunFolder.check($0)) != nil }.sorted()
      }
      guard !below.isEmpty else {
        throw UsageError(
          "\(path) is no run folder and has none below: give folders that rl-train made.")
      }
      found += below.filter { !found.contains($0) }
    }
    return found
  }

  /// A CSV file with numbers; empty where there is no file.
  private struct Table {
    private var columns: [Substring: Int] = [:]
    private var rows: [[Substring]] = []

    init(_ path: String) throws {
      guard FileSystem.uninterrupted.exists(path) else { return }
      let text = String(decoding: try FileSystem.uninterrupted.read(path), as: UTF8.self)
      // A run under way may have written half a line.
      var lines = text.split(separator: "\n", omittingEmptySubsequences: true)
      if !text.hasSuffix("\n") { _ = lines.popLast() }
      guard let head = lines.first else { return }
      for (index, name) in head.split(separator: ",").enumerated() { columns[name] = index }
      rows = lines.dropFirst().map { $0.split(separator: ",", omittingEmptySubsequences: false) }
    }

    func curve(_ name: Substring) -> Curve {
      var curve = Curve()
      guard let step = columns["step"], let column = columns[name] else { return curve }
      for row in rows where row.count > max(step, column) {
        guard let x = Double(row[step]), let y = Double(row[column]), x.isFinite, y.isFinite
        else { continue }
        curve.steps.append(x)
        curve.values.append(y)
      }
      return curve
    }
  }
}
