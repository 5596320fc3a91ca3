import Environments
import ReinforcementLearning
import Runs

/// Settings that suit an agent, for all tasks and for some: a file in the form of `--config`.
///
/// A block below `tasks` is for the tasks that it names, for all tasks with a kind of action
/// (`discrete actions`, `several choices`, `real actions`, `unbounded actions`), for all that show bytes with
/// three axes (`image observations`; with at least 36 rows and columns, `large images`), or for those that no block
/// names (`other tasks`).
struct Presets: Sendable {
  private enum Source {
    case file(ConfigurationFile)
    /// Comes with the library, and so knows nothing of other programs' tasks. Read when it is asked for: most
    /// commands need the presets of one agent or of none.
    case embedded([UInt8], name: String)
  }

  private let source: Source

  private static let others = "other tasks"
  private static let images = "image observations"
  private static let largeImages = "large images"

  /// What a file lists.
  init(_ file: ConfigurationFile) {
    source = .file(file)
  }

  /// What comes with the library.
  ///
  /// - Parameters:
  ///   - bytes: the file.
  ///   - name: its name, for messages.
  init(embedded bytes: [UInt8], _ name: String) {
    source = .embedded(bytes, name: name)
  }

  /// The text of a file.
  ///
  /// - Parameters:
  ///   - text: in YAML.
  ///   - name: what it is, for messages.
  /// - Throws: `ConfigurationError` where it is no file of settings.
  init(_ text: String, _ name: String) throws(ConfigurationError) {
    self.init(try ConfigurationFile(yaml: text, path: name, hasBlocks: true))
  }

  private var file: ConfigurationFile {
    switch source {
    case .file(let file): return file
    case .embedded(let bytes, let name):
      do {
        return try ConfigurationFile(
          yaml: String(decoding: bytes, as: UTF8.self), path: name, hasBlocks: true)
      } catch {
        fatalError("\(error)")
      }
    }
  }

  /// What its blocks are for, in their order.
  var tasks: [String] { file.blocks.flatMap(\.names) }

  /// The settings for a task.
  func settings(for environment: EnvironmentEntry) -> ConfigurationFile {
    let file = file
    let fitting = names(fitting: environment, in: file)
    return file.keepingBlocks { $0.names.contains { fitting.contains($0.lowercased()) } }
  }

  /// Makes sure that the settings for all tasks are settings that there are, also those that come with the
  /// library, which are tested.
  func requireSettings(in table: SettingsTable) throws(ConfigurationError) {
    let file = file
    var scratch = table
    try scratch.apply(file)
    try table.requireBlocks(of: file)
  }

  /// What to say where there are blocks, and none is for the task; nil otherwise.
  func unusedNote(_ environment: EnvironmentEntry) -> String? {
    let file = file
    let fitting = names(fitting: environment, in: file)
    let tasks = file.blocks.flatMap(\.names)
    guard !tasks.isEmpty, !tasks.contains(where: { fitting.contains($0.lowercased()) }) else {
      return nil
    }
    return Console.readable(
      "\(file.path) has nothing for \(environment.spec.name) below tasks, but for "
        + "\(tasks.joined(separator: ", ")).")
  }

  /// All words that fit a task, in lower case.
  private func names(
    fitting environment: EnvironmentEntry, in file: ConfigurationFile
  ) -> Set<String> {
    let names = Set(names(of: environment).map { $0.lowercased() })
    let isNamed = file.blocks.contains { block in
      block.names.contains { names.contains($0.lowercased()) }
    }
    return names.union(Self.kinds(of: environment.actionSpace))
      .union(environment.observationSpace.isImage ? [Self.images] : [])
      .union(environment.observationSpace.isLargeImage ? [Self.largeImages] : [])
      .union(isNamed ? [] : [Self.others])
  }

  private func names(of environment: EnvironmentEntry) -> [String] {
    switch source {
    case .embedded: environment.presetNames
    case .file: environment.presetNames + [environment.spec.name] + environment.spec.aliases
    }
  }

  /// What tasks with such actions are called in a file.
  private static func kinds(of actions: Space) -> [String] {
    switch ActionKind(actions) {
    case .discrete: ["discrete actions"]
    case .choices: ["several choices"]
    case .real(let isBounded): isBounded ? ["real actions"] : ["real actions", "unbounded actions"]
    case nil: []
    }
  }
}

extension SettingsTable {
  /// Takes over what suits a task.
  ///
  /// - Parameters:
  ///   - presets: files of settings, of which later ones win.
  ///   - environment: the task.
  /// - Throws: `ConfigurationError` for the first setting that cannot be used.
  mutating func apply(
    _ presets: [Presets], for environment: EnvironmentEntry
  ) throws(ConfigurationError) {
    for presets in presets { try apply(presets.settings(for: environment)) }
  }
}
