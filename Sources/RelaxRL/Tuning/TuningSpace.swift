import Foundation
import GSL
import Runs

/// The settings that are searched, and the configurations that are tried.
struct TuningSpace {
  let ranges: [TuningRange]
  /// `[configuration][range]`, places in the ranges.
  let points: [[Double]]
  private static let sample: StreamPurpose = "tuning-sample"

  /// A space, and points that fill it evenly.
  ///
  /// - Parameters:
  ///   - ranges: at least one, at most as many as Sobol's sequence has coordinates.
  ///   - count: of configurations.
  ///   - seed: of the shift.
  /// - Throws: `UsageError` for none or too many.
  init(_ ranges: [TuningRange], configurations count: Int, seed: UInt64) throws {
    guard (1...QuasiRandom.mostDimensions).contains(ranges.count) else {
      throw UsageError(
        ranges.isEmpty
          ? "There is nothing to search: no setting has a range. Declare one, such as --range "
            + "learning_rate=0.0001:0.01:log, or a file of them with --ranges."
          : "A search has at most \(QuasiRandom.mostDimensions) ranges, but there are \(ranges.count)."
      )
    }
    self.ranges = ranges
    var stream = RandomStream(seed: seed, purpose: Self.sample)
    points = try QuasiRandom.sobol(count, dimensions: ranges.count, shiftedBy: &stream)
  }

  /// The values of a configuration, as they are typed, in the order of the ranges.
  func words(of configuration: Int) -> [String] {
    zip(ranges, points[configuration]).map { $0.word(at: $1) }
  }
}

/// Where ranges come from: those shipped for the agent or a file's, and over them what was typed.
struct TuningRanges {
  /// An agent's own file in the place of those that come with the program.
  var file: String?
  /// Each `KEY=RANGE`.
  var typed: [String] = []
  /// Settings that are set, each `key=value`, and so are not searched.
  var assignments: [String] = []

  /// The ranges of a search.
  ///
  /// - Parameters:
  ///   - agent: its name.
  ///   - table: every setting of a run.
  /// - Returns: in the order in which they were declared.
  /// - Throws: what is wrong with one of them.
  func resolve(for agent: String, in table: SettingsTable) throws -> [TuningRange] {
    let fixed = Set(
      assignments.map { assignment in
        let key = String(assignment.prefix { $0 != "=" })
        return table.key(key) ?? key
      })
    var ranges = try declared(for: agent, in: table, besides: fixed)
    var seen: Set<String> = []
    for assignment in typed {
      guard let equals = assignment.firstIndex(of: "="), equals > assignment.startIndex else {
        throw UsageError(
          "--range must be KEY=LOW:HIGH, KEY=LOW:HIGH:log or KEY=A|B|C, but is "
            + "\"\(assignment.prefix(200))\".")
      }
      let name = String(assignment[..<equals])
      let key = table.key(name) ?? name
      guard seen.insert(key).inserted else { throw UsageError("The range of \(key) comes twice.") }
      guard !fixed.contains(key) else {
        throw UsageError("--range and --set exclude each other, and both name \(key).")
      }
      try Self.requireSearchable(key)
      let range = try TuningRange(
        key, String(assignment[assignment.index(after: equals)...]), in: table,
        source: .flag("--range \(assignment)"))
      if let place = ranges.firstIndex(where: { $0.key == key }) {
        ranges[place] = range
      } else {
        ranges.append(range)
      }
    }
    return ranges
  }

  private func declared(
    for agent: String, in table: SettingsTable, besides fixed: Set<String>
  ) throws -> [TuningRange] {
    let file: ConfigurationFile
    var prefix = ""
    if let path = self.file {
      file = try ConfigurationFile(path: path)
    } else {
      file = try Self.shipped
      prefix = "\(agent)."
    }
    return try file.keys.filter { $0.hasPrefix(prefix) }.compactMap { name in
      let short = String(name.dropFirst(prefix.count))
      let key = table.key(short) ?? short
      guard !fixed.contains(key), let words = file.words(name) else { return nil }
      try Self.requireSearchable(key)
      let source = SettingSource.file(path: file.path, line: nil)
      return words.count == 1
        ? try TuningRange(key, words[0], in: table, source: source)
        : try TuningRange(key, choices: words, in: table, source: source)
    }
  }

  /// What comes with the program.
  static var shipped: ConfigurationFile {
    get throws {
      try ConfigurationFile(
        yaml: String(decoding: PackageResources.ranges_yaml, as: UTF8.self),
        path: "the ranges that come with the program")
    }
  }

  /// Refuses what belongs to the run and not to its agent.
  private static func requireSearchable(_ key: String) throws(UsageError) {
    let ofRuns = [
      "agent", "env", "seed", "steps", "stop_when_solved", "progress_interval",
      "checkpoint_interval",
    ]
    guard !ofRuns.contains(key), !OptionalSettings.all.contains(where: { $0.keys.contains(key) })
    else {
      throw UsageError("\(key) is no setting of an agent and cannot have a range.")
    }
  }
}
