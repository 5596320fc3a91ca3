/// Every setting of a run by its key: defaults first, then what a file and flags say.
///
/// A table is made from structures of defaults (any `Encodable` one), changed by words that are
/// checked against the type of each default, and turned into structures again. Properties in
/// `camelCase` have keys in `snake_case`.
///
/// ```swift
/// var table = SettingsTable(A2C.Configuration.preset(for: "cartpole"))
/// try table.apply(ConfigurationFile(path: "mine.yaml"))
/// try table.apply(assignments: ["gamma=0.98", "hidden_sizes=64,64"])
/// let configuration = try table.decode(A2C.Configuration.self)
/// ```
package struct SettingsTable {
  private var fields: [SettingField] = []
  private var positions: [String: Int] = [:]

  /// A table without settings.
  package init() {}

  /// The settings of a structure.
  package init(_ defaults: some Encodable) {
    append(defaults)
  }

  /// Adds the settings of a further structure, whose keys must be new.
  package mutating func append(_ defaults: some Encodable) {
    let added: [SettingField]
    do {
      added = try SettingsEncoder.fields(of: defaults)
    } catch {
      preconditionFailure("\(type(of: defaults)) is not a structure of settings: \(error)")
    }
    for field in added {
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
        if taken[key] != nil { return "\(key) is a setting of every run already." }
        if !keys.insert(key).inserted { return "the key \(key) is used twice." }
      }
      return nil
    } catch {
      return reason(error)
    }
  }

  /// The keys in the order of the properties.
  package var keys: [String] { fields.map(\.key) }

  /// The value of a setting; nil when there is none of that name.
  package subscript(key: String) -> SettingValue? {
    positions[key].map { fields[$0].value }
  }

  /// Takes over every setting of a file.
  ///
  /// - Throws: ``ConfigurationError`` for the first that cannot be used; the table is as before.
  package mutating func apply(_ file: ConfigurationFile) throws(ConfigurationError) {
    var changed = self
    for entry in file.entries {
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
    return changed[key] ?? .text(word)
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

  /// The settings as YAML, in their order, from which the same settings are read.
  ///
  /// - Parameters:
  ///   - comment: lines to begin with, without their number signs.
  ///   - notes: comments behind settings, by their keys.
  ///   - isKept: which settings to write.
  /// - Returns: one line for each setting; nested structures are indented.
  package func yaml(
    comment: String? = nil, notes: [String: String] = [:],
    where isKept: (_ key: String) -> Bool = { _ in true }
  ) -> String {
    var text = ""
    if let comment {
      for line in comment.split(separator: "\n", omittingEmptySubsequences: false) {
        text += line.isEmpty ? "#\n" : "# \(line)\n"
      }
    }
    Self.write(
      fields.filter { isKept($0.key) }.map { field in
        let note = notes[field.key].map { "  # \($0)" } ?? ""
        return (
          path: field.key.split(separator: ".").map(String.init)[...], text: field.value.yaml + note
        )
      },
      indentation: "", to: &text)
    return text
  }

  private mutating func set(
    _ key: String, to content: ConfigurationFile.Content, source: SettingSource
  ) throws(ConfigurationError) {
    guard let position = positions[key] else {
      throw .unknownKey(
        key, closest: closestMatch(to: key, among: keys), known: keys.sorted(), source: source)
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

  private static func write(
    _ fields: [(path: ArraySlice<String>, text: String)], indentation: String,
    to text: inout String
  ) {
    var written: Set<String> = []
    for field in fields {
      guard let head = field.path.first, written.insert(head).inserted else { continue }
      if field.path.count == 1 {
        text += "\(indentation)\(head): \(field.text)\n"
      } else {
        text += "\(indentation)\(head):\n"
        let nested = fields.filter { $0.path.first == head }
          .map { (path: $0.path.dropFirst(), text: $0.text) }
        write(nested, indentation: indentation + "  ", to: &text)
      }
    }
  }
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
