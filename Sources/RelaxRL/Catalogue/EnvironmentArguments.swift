import Environments
import ReinforcementLearning
import Runs

/// Parameters of a Swift environment, where some were given; part of `config.yaml` then.
struct EnvironmentArguments: Codable, Hashable, DescribedSettings {
  /// Each `name=value`, separated by commas.
  var envArgs = ""

  static let key = "env_args"
  static let descriptions = ["envArgs": "Parameters of the environment, such as length=9."]

  /// What a table says; empty where a run has none.
  static func text(in table: SettingsTable) -> String {
    if case .text(let text)? = table[key] { text } else { "" }
  }

  /// Arguments of which some are changed.
  ///
  /// - Parameters:
  ///   - text: each `name=value`, separated by commas.
  ///   - changes: likewise; empty for no arguments at all.
  /// - Returns: those that `changes` does not name, and then `changes`.
  static func text(_ text: String, with changes: String) -> String {
    if changes.isEmpty { return "" }
    func name(_ argument: Substring) -> String {
      String(argument.prefix { $0 != "=" }.filter { !$0.isWhitespace })
    }
    let changed = Set(list(changes).map(name))
    return (list(text).filter { !changed.contains(name($0)) } + [Substring(changes)])
      .joined(separator: ",")
  }

  /// Each `name=value` of a text; a comma in brackets or in quotes separates none.
  static func list(_ text: String) -> [Substring] {
    var depth = 0
    var quote: Character?
    return text.split { character in
      switch character {
      case quote: quote = nil
      case _ where quote != nil: break
      case "\"", "'": quote = character
      case "(", "[", "{": depth += 1
      case ")", "]", "}": depth -= 1
      case ",": return depth == 0
      default: break
      }
      return false
    }
  }
}

extension EnvironmentEntry {
  /// The same task with parameters of its own.
  ///
  /// No threshold is known for it, unless the parameters are the usual ones.
  ///
  /// - Parameter arguments: each `name=value`, separated by commas; empty for the usual ones.
  /// - Returns: the task, named and limited as before.
  /// - Throws: `UsageError` where it has no parameters or others, or the error of the task itself.
  func with(arguments: String) throws -> EnvironmentEntry {
    if arguments.isEmpty { return self }
    guard let configured else {
      let others = Catalogue.current.environments.filter { $0.configured != nil }.map(\.spec.name)
      throw UsageError(
        "--env-args \(arguments) is for --env gym:NAME or an environment with parameters, such as "
          + "\(others.joined(separator: ", ")); \(spec.name) has none.")
    }
    return try configured(arguments)
  }

  /// What makes an environment with parameters of its own, from the usual ones; nil for one that has none.
  static func configuration<E: Environment>(
    _ type: E.Type, _ spec: EnvironmentSpec, _ usual: (@Sendable () -> SettingsTable)?
  ) -> (@Sendable (_ arguments: String) throws -> EnvironmentEntry)? {
    guard let type = type as? any ParameterizedEnvironment.Type, let usual else { return nil }
    return { try configured(type, spec, usual, arguments: $0) }
  }

  /// The parameters of an environment with their usual values; nil for one that has none.
  static func parameters<E: Environment>(
    of type: E.Type
  ) -> (@Sendable () -> SettingsTable)? {
    guard let type = type as? any ParameterizedEnvironment.Type else { return nil }
    return { usual(type) }
  }

  private static func usual<E: ParameterizedEnvironment>(_ type: E.Type) -> SettingsTable {
    SettingsTable(E.Parameters())
  }

  private static func configured<E: ParameterizedEnvironment>(
    _ type: E.Type, _ spec: EnvironmentSpec, _ usual: @escaping @Sendable () -> SettingsTable,
    arguments: String
  ) throws -> EnvironmentEntry {
    let before = usual()
    var table = before
    try table.apply(
      assignments: EnvironmentArguments.list(arguments).map(String.init), flag: "--env-args")
    let prototype: E
    do {
      prototype = try E(table.decode(E.Parameters.self))
    } catch let error as ConfigurationError {
      throw error
    } catch EnvironmentError.invalidDeclaration(_, let reason) {
      throw UsageError("--env-args \(arguments): \(reason)")
    } catch {
      throw UsageError("--env-args \(arguments): \(error)")
    }
    var spec = spec
    if table.keys.contains(where: { table[$0] != before[$0] }) { spec.rewardThreshold = nil }
    return EnvironmentEntry(prototype, spec: spec, usual: usual)
  }
}
