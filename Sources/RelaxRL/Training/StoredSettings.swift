import Formats
import Networks
import ReinforcementLearning
import Runs

/// The settings of a run folder, held against what its checkpoint says of them.
///
/// `config.yaml` is what the run began with, and a person may have changed it since: with a comment, or
/// with a value that would silently make another run of it. So the checkpoint, whose checksum covers
/// it, holds the settings too, and what `resume --set` has changed since. The total of steps and
/// whether a solved run ends are part of the run's state instead, so that a run that was made longer
/// has the bytes of one that was long from the start; a digest at the end of `config.yaml` covers
/// those. How a simulator is spoken to changes nothing that is learned and may be edited.
struct StoredSettings {
  /// As the run began.
  private(set) var initial: SettingsTable
  /// As they are now.
  private(set) var current: SettingsTable
  /// From the first to the second.
  private(set) var changes: [SettingChange]

  static let key = "settings"
  private static let digestMark = "# Settings: "
  private static let totals = ["steps", "stop_when_solved"]

  /// The settings of a run that begins.
  init(_ table: SettingsTable) {
    initial = table
    current = table
    changes = []
  }

  /// Reads a run folder's file and compares it with a checkpoint.
  ///
  /// - Parameters:
  ///   - path: the run folder.
  ///   - text: of its `config.yaml`, nil to read it.
  ///   - metadata: the checkpoint's.
  ///   - catalogue: the agents that there are.
  /// - Throws: what is wrong with the file; every setting in which it is another run's.
  init(
    of path: String, _ text: String? = nil, checkedAgainst metadata: [String: String],
    in catalogue: Catalogue = .current
  ) throws {
    let name = "\(path)/config.yaml"
    let text = try text ?? RunFolder.configuration(of: path)
    let file = try ConfigurationFile(yaml: text, path: name)
    let record = try metadata[Self.key].map {
      try ConfigurationFile(yaml: $0, path: "the checkpoint's copy of the settings")
    }
    if let agent = record?["agent"], agent != file["agent"] {
      throw Self.edited(path, ["agent is \(file["agent"] ?? "missing") and was \(agent)"])
    }
    guard let agentName = file["agent"] else { throw Self.incomplete(name, ["agent"]) }
    let keys = file.keys + (record?.keys ?? [])
    var blank = try catalogue.agent(agentName).blankSettings
    OptionalSettings.append(named: keys, to: &blank)
    var table = blank
    try table.apply(file)
    let required =
      record.map { $0.keys + Self.totals }
      ?? table.keys.filter { !$0.hasPrefix(SimulatorSection.prefix) }
    let present = Set(file.keys)
    let missing = required.filter { !present.contains($0) }
    if !missing.isEmpty { throw Self.incomplete(name, missing) }
    if let record {
      var expected = blank
      try expected.apply(record)
      let differences = record.keys.filter { table[$0] != expected[$0] }.map { key in
        "\(key) is \(table[key]?.yaml ?? "missing") and was \(expected[key]?.yaml ?? "missing")"
      }
      if !differences.isEmpty { throw Self.edited(path, differences) }
    }
    try Self.requireDigest(text, table, path, metadata)
    initial = table
    current = table
    changes =
      try metadata[SettingChange.metadataKey].map {
        try decodeState($0, named: SettingChange.metadataKey)
      } ?? []
    for change in changes {
      OptionalSettings.append(named: [change.key], to: &current)
      try current.set(
        change.key, to: change.to, source: .file(path: "the checkpoint's changes", line: nil))
    }
    try current.decode(RunSettings.self).validate()
  }

  /// What goes into every checkpoint.
  var metadata: [String: String] {
    get throws {
      var metadata = [Self.key: initial.yaml(where: Self.isRecorded)]
      if !changes.isEmpty { metadata[SettingChange.metadataKey] = try encodeState(changes) }
      return metadata
    }
  }

  /// The text of `config.yaml`.
  var file: String {
    get throws { try text() }
  }

  private func text() throws -> String {
    let agent = try Catalogue.current.agent(try current.decode(RunSettings.self).agent)
    var notes: [String: String] = [:]
    for change in changes {
      notes[change.key] = [notes[change.key], Console.readable(change.note)].compactMap { $0 }
        .joined(separator: ", ").split(separator: "\n").joined(separator: " ")
    }
    let gradient = try agent.gradient(current)
    return initial.yaml(
      comment: "Every setting of this run; \(ProgramName.current) --config reads it again.\n"
        + "The policy's gradient is \(gradient).",
      notes: notes) + Self.digestMark + Self.digest(initial) + "\n"
  }

  /// Changes settings from a step on.
  ///
  /// - Parameters:
  ///   - step: environment steps so far.
  ///   - change: makes the changes.
  /// - Throws: what `change` throws, or why a setting cannot change any more.
  mutating func change(
    atStep step: Int, _ change: (inout SettingsTable) throws -> Void
  ) throws {
    var table = current
    try change(&table)
    // What a run without a simulator or parameters of its environment would have of them.
    var absent = SettingsTable()
    OptionalSettings.append(named: table.keys, to: &absent)
    for key in table.keys where table[key] != current[key] ?? absent[key] {
      if let objection = SettingChange.objection(to: key) {
        throw UsageError(
          "\(key) cannot change in a run that has begun: \(objection). A new run can have it: "
            + "\(ProgramName.current) --config DIR/config.yaml --set \(key)=…")
      }
      changes.append(
        SettingChange(
          step: step, key: key, from: (current[key] ?? absent[key])?.word ?? "",
          to: table[key]?.word ?? ""))
    }
    try table.decode(RunSettings.self).validate()
    current = table
  }

  /// Changes settings from a step on to what was typed.
  ///
  /// - Parameters:
  ///   - assignments: each `key=value`.
  ///   - step: environment steps so far.
  /// - Throws: what was typed wrongly, or why a setting cannot change any more.
  mutating func change(_ assignments: [String], atStep step: Int) throws {
    for (key, option) in [("env", "--env"), (SimulatorSection.commandKey, "--env-command")]
    where assignments.contains(where: { $0.hasPrefix("\(key)=") }) {
      throw UsageError("The environment of a run that has begun is changed with \(option).")
    }
    if assignments.contains(where: { $0.hasPrefix("\(EnvironmentWrappers.key)=") }) {
      throw UsageError(
        "\(EnvironmentWrappers.key) cannot change in a run that has begun: its environments are in the "
          + "checkpoint. An evaluation can have others, with \(EnvironmentWrappers.flag).")
    }
    try change(atStep: step) { try $0.apply(assignments: assignments) }
  }

  /// Whether the checkpoint holds a setting.
  private static func isRecorded(_ key: String) -> Bool {
    !totals.contains(key)
      && (SimulatorSection.taskKeys.contains(key) || !key.hasPrefix(SimulatorSection.prefix))
  }

  private static func digest(_ table: SettingsTable) -> String {
    let text = table.yaml { isRecorded($0) || totals.contains($0) }
    return SHA256.hexDigest(of: Array(text.utf8))
  }

  private static func requireDigest(
    _ text: String, _ table: SettingsTable, _ path: String, _ metadata: [String: String]
  ) throws {
    guard
      let line = text.split(whereSeparator: \.isNewline).last(where: { $0.hasPrefix(digestMark) }),
      line.dropFirst(digestMark.count).prefix(while: { $0 != " " }) != digest(table)
    else { return }
    let settings = try table.decode(RunSettings.self)
    var differences: [String] = []
    if let state: SessionTotals = try? decodeState(metadata["session"], named: "session") {
      if settings.steps != state.steps {
        differences.append("steps is \(settings.steps), but the run goes to \(state.steps)")
      }
      if settings.stopWhenSolved != state.stopsWhenSolved {
        differences.append(
          "stop_when_solved is \(settings.stopWhenSolved), but the run \(state.stopsWhenSolved ? "ends" : "does not end") there"
        )
      }
    }
    if differences.isEmpty {
      differences = ["the digest in its last line is not that of the settings"]
    }
    throw edited(path, differences)
  }

  private struct SessionTotals: Decodable {
    var steps: Int
    var stopsWhenSolved: Bool
  }

  private static func incomplete(_ name: String, _ keys: [String]) -> ConfigurationError {
    .malformedFile(
      path: name,
      reason: "It lacks \(keys.joined(separator: ", ")). It was cut off or edited; a run that has "
        + "begun needs every setting as it was.")
  }

  private static func edited(_ path: String, _ differences: [String]) -> UsageError {
    UsageError(
      "\(path)/config.yaml is not the file that this run began with: "
        + "\(differences.joined(separator: "; ")). Put it back as it was. What may change in a run that "
        + "has begun is changed with: \(ProgramName.current) resume \(ShellWord.quoted(path)) --set "
        + "key=value, or --steps N.")
  }
}
