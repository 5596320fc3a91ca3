import Yams

/// The settings that a YAML file lists, not yet compared with any that exist.
package struct ConfigurationFile: Sendable {
  /// The file's name, for messages.
  package let path: String
  /// The keys in their order; those of nested mappings are joined by points.
  package var keys: [String] { entries.map(\.key) }
  private(set) var entries: [Entry] = []
  /// Settings for some tasks only: what stands below ``tasksKey``.
  package private(set) var blocks: [Block] = []

  /// Far more than there are, and few enough to be read at once.
  private static let mostSettings = 10_000

  /// A line of the file.
  struct Entry: Sendable {
    var key: String
    var content: Content
    var line: Int?
  }

  /// Settings for some tasks, in their order.
  package struct Block: Sendable {
    /// The tasks' names, or what they have in common, as they stand in the file, separated by commas.
    package let names: [String]
    let line: Int?
    var entries: [Entry] = []
  }

  /// What the blocks stand below.
  package static let tasksKey = "tasks"

  /// What stands behind a key.
  enum Content: Sendable {
    case word(String, isQuoted: Bool)
    case list([String])
  }

  /// Reads a file.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - hasBlocks: whether settings for some tasks only may stand in blocks below `tasks`.
  /// - Throws: ``ConfigurationError`` when it cannot be read or lists no settings.
  package init(path: String, hasBlocks: Bool = false) throws(ConfigurationError) {
    try self.init(yaml: try ConfigurationText.read(path), path: path, hasBlocks: hasBlocks)
  }

  /// Reads the text of a file.
  ///
  /// - Parameters:
  ///   - yaml: a mapping from keys to single values, lists of these, or further mappings.
  ///   - path: its name, for messages.
  ///   - hasBlocks: whether settings for some tasks only may stand in blocks below `tasks`.
  /// - Throws: ``ConfigurationError/malformedFile(path:reason:)``.
  package init(yaml: String, path: String, hasBlocks: Bool = false) throws(ConfigurationError) {
    self.path = path
    let yaml = try ConfigurationText.bounded(yaml, path: path)
    let root: Node?
    do {
      root = try Yams.compose(yaml: yaml)
    } catch {
      // The parser quotes the line and points at the place, over several lines.
      let reason = "\(error)".split(separator: "\n").prefix(2).joined(separator: " ")
      throw .malformedFile(path: path, reason: String(reason.prefix(300)))
    }
    // A file of comments only has no root.
    guard let root else { return }
    if case .scalar(let scalar) = root, scalar.string.isEmpty { return }
    guard case .mapping(let mapping) = root else {
      throw .malformedFile(path: path, reason: "It must list settings as \"key: value\".")
    }
    entries = try listed(in: mapping) { hasBlocks && $0 == Self.tasksKey }
    guard hasBlocks else { return }
    for (keyNode, node) in mapping where keyNode.scalar?.string == Self.tasksKey {
      guard case .mapping(let tasks) = node else {
        throw malformed(
          "Below \"\(Self.tasksKey)\" there must be names of tasks, each with settings",
          keyNode.mark?.line)
      }
      for (names, settings) in tasks { blocks.append(try block(names, settings)) }
    }
  }

  private func block(_ names: Node, _ settings: Node) throws(ConfigurationError) -> Block {
    let line = names.mark?.line
    guard case .scalar(let scalar) = names else {
      throw malformed("What tasks a block is for must be said in one word or several", line)
    }
    guard case .mapping(let mapping) = settings else {
      throw malformed("Below \"\(scalar.string)\" there must be settings as \"key: value\"", line)
    }
    return Block(
      names: scalar.string.split(separator: ",").map {
        $0.split(whereSeparator: \.isWhitespace).joined(separator: " ")
      }, line: line, entries: try listed(in: mapping))
  }

  private func listed(
    in mapping: Node.Mapping, except isLeftOut: (_ key: String) -> Bool = { _ in false }
  ) throws(ConfigurationError) -> [Entry] {
    var (entries, known): ([Entry], Set<String>) = ([], [])
    try append(mapping, prefix: "", to: &entries, known: &known, except: isLeftOut)
    return entries
  }

  /// The file for one task: its settings for all tasks, then those of the blocks for this one.
  ///
  /// - Parameter isFor: whether a block is for the task.
  /// - Returns: a file without blocks.
  package func keepingBlocks(where isFor: (Block) -> Bool) -> ConfigurationFile {
    var kept = self
    kept.entries += blocks.filter(isFor).flatMap(\.entries)
    kept.blocks = []
    return kept
  }

  /// The word behind a key, for settings that decide which others exist; nil for lists and nothing.
  package subscript(key: String) -> String? {
    for entry in entries where entry.key == key {
      if case .word(let word, _) = entry.content { return word }
    }
    return nil
  }

  /// What stands behind a key as it would be typed: a word, or a list in brackets.
  package func text(_ key: String) -> String? {
    entries.first { $0.key == key }?.content.text
  }

  /// The words behind a key: those of a list, or the only one.
  package func words(_ key: String) -> [String]? {
    switch entries.first(where: { $0.key == key })?.content {
    case .word(let word, _): [word]
    case .list(let words): words
    case nil: nil
    }
  }

  /// Forgets a setting that was used already.
  package mutating func remove(_ key: String) {
    entries.removeAll { $0.key == key }
  }

  /// The file with some of its settings.
  package func keeping(_ isKept: (_ key: String) -> Bool) -> ConfigurationFile {
    var kept = self
    kept.entries.removeAll { !isKept($0.key) }
    return kept
  }

  /// What stands below a key, as if it were a file of its own.
  ///
  /// - Parameter key: of a mapping.
  /// - Returns: its settings by the rest of their keys; none where there is no such mapping.
  package func below(_ key: String) -> ConfigurationFile {
    var file = self
    file.entries = entries.compactMap { entry in
      guard entry.key.hasPrefix(key + ".") else { return nil }
      var entry = entry
      entry.key = String(entry.key.dropFirst(key.count + 1))
      return entry
    }
    return file
  }

  private func append(
    _ mapping: Node.Mapping, prefix: String, to entries: inout [Entry], known: inout Set<String>,
    except isLeftOut: (_ key: String) -> Bool
  ) throws(ConfigurationError) {
    for (keyNode, node) in mapping {
      let line = keyNode.mark?.line
      guard case .scalar(let scalar) = keyNode else {
        throw malformed("A key must be a single word", line)
      }
      if isLeftOut(prefix + scalar.string) { continue }
      let key = prefix + scalar.string
      guard entries.count < Self.mostSettings else {
        throw malformed("There are more than \(Self.mostSettings) settings", line)
      }
      if case .mapping = node {
      } else if !known.insert(key).inserted {
        throw malformed("The key \"\(key)\" comes twice", line)
      }
      switch node {
      case .scalar(let value):
        entries.append(Entry(key: key, content: Self.word(value), line: line))
      case .sequence(let sequence):
        var words: [String] = []
        for element in sequence {
          guard case .scalar(let value) = element else {
            throw malformed("The list \"\(key)\" must hold single values", line)
          }
          words.append(value.string)
        }
        entries.append(Entry(key: key, content: .list(words), line: line))
      case .mapping(let nested) where nested.isEmpty:
        throw malformed("The key \"\(key)\" has no value", line)
      case .mapping(let nested):
        try append(nested, prefix: key + ".", to: &entries, known: &known, except: isLeftOut)
      default: throw malformed("The value of \"\(key)\" is of an unknown kind", line)
      }
    }
  }

  private static func word(_ scalar: Node.Scalar) -> Content {
    .word(scalar.string, isQuoted: scalar.style == .singleQuoted || scalar.style == .doubleQuoted)
  }

  private func malformed(_ reason: String, _ line: Int?) -> ConfigurationError {
    .malformedFile(path: path, reason: reason + (line.map { " (line \($0))." } ?? "."))
  }
}
