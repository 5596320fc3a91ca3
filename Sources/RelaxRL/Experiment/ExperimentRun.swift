import Formats
import ReinforcementLearning
import Runs

/// One run of an experiment: an agent in an environment with a seed.
///
/// Unchecked, because a table of settings holds values and metatypes, neither of which ever change.
struct ExperimentRun: @unchecked Sendable {
  /// How far a run is that has a folder.
  enum Progress {
    case new, begun
    case done(RunSummary)
  }

  /// The agent's name in the tables.
  let label: String
  /// The environment's name in the tables.
  let environment: String
  let seed: UInt64
  /// Every setting.
  let table: SettingsTable
  /// Below the experiment's.
  let folder: String

  /// What the folder of the experiment holds of this run.
  ///
  /// - Parameter experiment: the folder.
  /// - Returns: what is left to do.
  /// - Throws: `UsageError` where the run has other settings, or was taken further than these say.
  func progress(in experiment: ExperimentFolder) throws -> Progress {
    guard experiment.exists(folder) else { return .new }
    let path = "\(experiment.path)/\(folder)"
    try requireSettings(of: path)
    guard let summary = try experiment.summary(of: folder) else { return .begun }
    let settings = try table.decode(RunSettings.self)
    if summary.solved && settings.stopWhenSolved {
      guard summary.steps == summary.solvedAtStep else {
        throw UsageError(
          "\(path) was solved after \(summary.solvedAtStep ?? 0) steps and then taken to "
            + "\(summary.steps), which these settings do not say. Choose another --out.")
      }
      return .done(summary)
    }
    let isDone = summary.steps >= settings.steps || summary.stoppedByCallback == true
    return isDone ? .done(summary) : .begun
  }

  /// Makes sure that a run folder has the settings of this run, whatever its seed is.
  ///
  /// - Parameter path: the run folder.
  /// - Throws: `UsageError` that names every difference.
  func requireSettings(of path: String) throws {
    let text = try RunFolder.configuration(of: path)
    let file = try ConfigurationFile(yaml: text, path: "\(path)/config.yaml")
    var found = table
    do {
      try found.apply(file)
    } catch {
      throw UsageError("\(path) is a run of other settings or of another version: \(error)")
    }
    let present = Set(file.keys)
    let differences = table.keys.compactMap { key -> String? in
      if !present.contains(key) { return "\(key) is missing there" }
      if key == "seed" || found[key] == table[key] { return nil }
      let (there, here) = (found[key]?.yaml ?? "missing", table[key]?.yaml ?? "missing")
      return "\(key) is \(there) there and \(here) here"
    }
    guard differences.isEmpty else {
      throw UsageError(
        "\(path) is a run of other settings: \(differences.joined(separator: "; ")). Runs of one "
          + "experiment are alike; choose another --out, or ask for the settings of that one.")
    }
    // What `resume --set` has changed is noted behind the settings.
    let changed = text.split(separator: "\n").first { line in
      !line.hasPrefix("#") && line.contains("  # ") && line.hasSuffix(" on")
    }
    if let changed {
      throw UsageError(
        "\(path) is a run whose settings have changed since it began: \(changed). "
          + "Choose another --out.")
    }
  }
}
