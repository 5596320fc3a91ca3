/// Every setting of a run by its key: defaults first, then what a file and flags say.
///
/// A table is made from structures of defaults (any `Encodable` one), changed by words that are
/// checked against the type of each default, and turned into structures again. Properties in
/// `camelCase` have keys in `snake_case`; the keys of nested structures are joined by points, and can be
/// typed without what stands before the last point where only one setting ends so.
///
/// ```swift
/// var table = SettingsTable(ActorCriticConfiguration())
/// try table.apply(ConfigurationFile(path: "mine.yaml"))
/// try table.apply(assignments: ["discount=0.98", "hidden_sizes=64,64", "squash_actions=true"])
/// let configuration = try table.decode(ActorCriticConfiguration.self)
/// ```
package struct SettingsTable {
  private(set) var fields: [SettingField] = []
  private var positions: [String: Int] = [:]

  /// A table without settings.
  package init() {}

  /// The settings of a structure, but for those that mean nothing here; see ``append(_:hiding:)``.
  package init(_ defaults: some Encodable, hiding hidden: [String] = []) {
    append(defaults, hiding: hidden)
  }

  /// Adds the settings of a further structure, whose keys must be new.
  ///
  /// - Parameters:
  ///   - defaults: the structure.
  ///   - hidden: settings and nested structures that mean nothing here: they keep their defaults, and are
  ///     not among the table's keys.
  package mutating func append(_ defaults: some Encodable, hiding hidden: [String] = []) {
    let added: [SettingField]
    do {
      added = try SettingsEncoder.fields(of: defaults)
    } catch {
      preconditionFailure("\(type(of: defaults)) is not a structure of settings: \(error)")
    }
    for name in hidden {
      precondition(added.contains { $0.key.isPart(of: name) }, "There is no setting \(name).")
    }
    for var field in added {
      field.isHidden = hidden.contains { field.key.isPart(of: $0) }
      precondition(!field.key.isEmpty, "Settings must be properties of a structure.")
      precondition(positions[field.key] == nil, "The key \(field.key) is used twice.")
      positions[field.key] = fields.count
      fields.append(field)
    }
  }

  /// Says why a structure cannot be one of settings; nil if it can.
  ///
  /// - Parameters:
  ///   - defaults: the structure.
  ///   - taken: settings whose keys are not to be used again.
  /// - Returns: a sentence.
  package static func fault(of defaults: some Encodable, besides taken: SettingsTable) -> String? {
    do {
      var keys: Set<String> = []
      for field in try SettingsEncoder.fields(of: defaults) {
        let key = field.key
        if key.isEmpty { return "settings must be properties of a structure." }
        if key.isPart(of: ConfigurationFile.tasksKey) {
          return
            "\(ConfigurationFile.tasksKey) is what settings for some tasks stand below in files."
        }
        if taken[key] != nil { return "\(key) is a setting of every run already." }
        if !keys.insert(key).inserted { return "the key \(key) is used twice." }
      }
      return nil
    } catch {
      return reason(error)
    }
  }

  /// The keys in the order of the properties.
  package var keys: [String] { fields.filter { !$0.isHidden }.map(\.key) }

  /// The value of a setting; nil when there is none of that name.
  package subscript(key: String) -> SettingValue? {
    position(key).map { fields[$0].value }
  }

  /// What a setting means, where its structure says so.
  package func description(of key: String) -> String? {
    position(key).flatMap { fields[$0].description }
  }

  /// The whole key of what may have been typed shorter, or with `_` for the points; nil where there is none,
  /// or more than one.
  package func key(_ typed: String) -> String? {
    if position(typed) != nil { return typed }
    let joined = keys.filter { $0.split(separator: ".").joined(separator: "_") == typed }
    let last = keys.filter { $0.hasSuffix(".\(typed)") }
    return [joined, last].first { $0.count == 1 }?.first
  }

  private func position(_ key: String) -> Int? {
    positions[key].flatMap { fields[$0].isHidden ? nil : $0 }
  }

  /// Takes over every setting of a file.
  ///
  /// - Throws: ``ConfigurationError`` for the first that cannot be used; the table is as before.
  package mutating func apply(_ file: ConfigurationFile) throws(ConfigurationError) {
    try apply(file.entries, of: file)
  }

  /// Makes sure that every block of a file can be used, also those for other tasks.
  ///
  /// - Throws: ``ConfigurationError`` for the first setting that cannot be.
  package func requireBlocks(of file: ConfigurationFile) throws(ConfigurationError) {
    for block in file.blocks {
      var scratch = self
      try scratch.apply(block.entries, of: file)
    }
  }

  private mutating func apply(
    _ entries: [ConfigurationFile.Entry], of file: ConfigurationFile
  ) throws(ConfigurationError) {
    var changed = self
    for entry in entries {
      try changed.set(
        entry.key, to: entry.content, source: .file(path: file.path, line: entry.line))
    }
    self = changed
  }

  /// Takes over settings of the form `key=value`.
  ///
  /// - Parameters:
  ///   - assignments: in order; a later one of the same key wins.
  ///   - flag: the flag behind which they were written, for messages.
  /// - Throws: ``ConfigurationError`` for the first that cannot be used; the table is as before.
  package mutating func apply(
    assignments: [String], flag: String = "--set"
  ) throws(ConfigurationError) {
    var changed = self
    for assignment in assignments {
      guard let equals = assignment.firstIndex(of: "="), equals > assignment.startIndex else {
        throw .malformedAssignment(assignment)
      }
      let word = String(assignment[assignment.index(after: equals)...])
      try changed.set(
        String(assignment[..<equals]), to: .word(word, isQuoted: false),
        source: .flag("\(flag) \(assignment)"))
    }
    self = changed
  }

  /// Sets one setting to what a word means.
  ///
  /// - Throws: ``ConfigurationError`` when there is no such key or the word does not fit it.
  package mutating func set(
    _ key: String, to word: String, source: SettingSource
  ) throws(ConfigurationError) {
    try set(key, to: .word(word, isQuoted: false), source: source)
  }

  /// What a word would set a setting to.
  ///
  /// - Parameters:
  ///   - word: as it is typed.
  ///   - key: the setting.
  ///   - source: where it stands, for messages.
  /// - Returns: the value, as the setting's own type writes it.
  /// - Throws: ``ConfigurationError`` when there is no such key or the word does not fit it.
  package func value(
    _ word: String, of key: String, source: SettingSource
  ) throws(ConfigurationError) -> SettingValue {
    var changed = self
    try changed.set(key, to: word, source: source)
    return changed[changed.key(key) ?? key] ?? .text(word)
  }

  /// Makes a structure of the settings that it has; others are left alone.
  ///
  /// - Throws: ``ConfigurationError/inconsistent(reason:)`` with the reason of the structure itself.
  package func decode<Settings: Decodable>(
    _ type: Settings.Type
  ) throws(ConfigurationError) -> Settings {
    let values = Dictionary(uniqueKeysWithValues: fields.map { ($0.key, $0.value) })
    do {
      return try Settings(from: SettingsDecoder(values: values))
    } catch {
      throw .inconsistent(reason: Self.reason(error))
    }
  }

  private mutating func set(
    _ typed: String, to content: ConfigurationFile.Content, source: SettingSource
  ) throws(ConfigurationError) {
    guard let key = key(typed), let position = positions[key] else {
      throw .unknownKey(
        typed, closest: closestMatch(to: typed, among: keys), known: keys.sorted(), source: source)
    }
    let field = fields[position]
    if field.isOptional, case .word(let word, false) = content,
      ["", "~", "null", "none"].contains(word.lowercased())
    {
      fields[position].value = .none
      return
    }
    let parsed =
      switch content {
      case .word(let word, _): field.kind.value(parsing: word)
      case .list(let words): field.kind.value(parsing: words)
      }
    guard let parsed else {
      throw .wrongValue(
        key: key, received: content.text,
        expected: field.kind.expectation + (field.isOptional ? ", or null" : ""), source: source)
    }
    guard case .custom(let type) = field.kind else {
      fields[position].value = parsed
      return
    }
    do {
      fields[position].value = try Self.canonical(parsed, type)
    } catch {
      throw .refusedValue(key: key, reason: Self.reason(error), source: source)
    }
  }

  /// The value as its own type writes it.
  private static func canonical<Value: Codable>(
    _ value: SettingValue, _ type: Value.Type
  ) throws -> SettingValue {
    let decoded = try SettingsDecoder.decode(type, from: value)
    let fields = try SettingsEncoder.fields(of: decoded)
    guard fields.count == 1 else { throw SettingsEncoder.unsupported(type) }
    return fields[0].value
  }

  private static func reason(_ error: any Error) -> String {
    switch error as? DecodingError {
    case .dataCorrupted(let context), .typeMismatch(_, let context),
      .valueNotFound(_, let context), .keyNotFound(_, let context):
      context.debugDescription
    default: "\(error)"
    }
  }
}

extension String {
  /// Whether a key is that of a setting or of one of the settings in a nested structure.
  fileprivate func isPart(of name: String) -> Bool { self == name || hasPrefix(name + ".") }
}

extension ConfigurationFile.Content {
  /// What was written.
  var text: String {
    switch self {
    case .word(let word, _): word
    case .list(let words): "[" + words.joined(separator: ", ") + "]"
    }
  }
}
