import Environments
import Runs

/// Settings that only some runs have; part of `config.yaml` then.
struct OptionalSettings: Sendable {
  /// Of them all.
  let keys: [String]
  private let append: @Sendable (inout SettingsTable) -> Void

  private init(_ defaults: some Encodable & Sendable) {
    keys = SettingsTable(defaults).keys
    append = { $0.append(defaults) }
  }

  /// All of them, in the order in which a file has them.
  static let all = [
    OptionalSettings(SimulatorSection()), OptionalSettings(EvaluationSettings()),
    OptionalSettings(InitialParameters()), OptionalSettings(LogSettings()),
    OptionalSettings(EnvironmentArguments()), OptionalSettings(EnvironmentWrappers()),
    OptionalSettings(ThresholdSettings()),
  ]

  /// Adds all of them.
  static func append(allTo table: inout SettingsTable) {
    for settings in all { settings.append(&table) }
  }

  /// The keys that mistyped ones most likely mean, so that an error can name them.
  ///
  /// - Parameters:
  ///   - names: as they were typed.
  ///   - table: the settings that there are anyway.
  /// - Returns: keys of optional settings.
  static func meant(by names: [String], besides table: SettingsTable) -> [String] {
    let keys = all.flatMap(\.keys)
    return names.filter { table[table.key($0) ?? $0] == nil && !keys.contains($0) }
      .compactMap { closestMatch(to: $0, among: table.keys + keys) }.filter(keys.contains)
  }

  /// Adds those that have one of some keys, unless they are there already.
  static func append(named names: [String], to table: inout SettingsTable) {
    let names = Set(names)
    for settings in all
    where settings.keys.contains(where: names.contains) && table[settings.keys[0]] == nil {
      settings.append(&table)
    }
  }
}
