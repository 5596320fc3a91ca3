/// A setting that cannot be used; the user's mistake.
package enum ConfigurationError: Error, Hashable, CustomStringConvertible {
  /// No setting has that name.
  case unknownKey(String, closest: String?, known: [String], source: SettingSource)
  /// A value does not fit its setting.
  case wrongValue(key: String, received: String, expected: String, source: SettingSource)
  /// A value does not fit its setting, whose type says why.
  case refusedValue(key: String, reason: String, source: SettingSource)
  /// A flag is not of the form `key=value`.
  case malformedAssignment(String)
  /// A file is not YAML, or not a list of settings.
  case malformedFile(path: String, reason: String)
  /// A file cannot be read.
  case unreadableFile(FileError)
  /// A structure of settings refused values that fit one by one.
  case inconsistent(reason: String)

  /// What is wrong, the value received and what would be right.
  package var description: String {
    switch self {
    case .unknownKey(let key, let closest, let known, let source):
      "There is no setting \"\(Self.excerpt(key))\" (\(source)). "
        + (closest.map { "Did you mean \"\($0)\"?" }
          ?? "Settings are \(known.joined(separator: ", ")).")
    case .wrongValue(let key, let received, let expected, let source):
      "The setting \"\(key)\" must be \(expected) but is \"\(Self.excerpt(received))\" (\(source))."
    case .refusedValue(let key, let reason, let source):
      "The setting \"\(key)\" cannot be used (\(source)): \(reason)"
    case .malformedAssignment(let text):
      "\"\(Self.excerpt(text))\" is not of the form key=value, such as learning_rate=0.0007."
    case .malformedFile(let path, let reason):
      "\(path) is not a configuration file: \(reason)"
    case .unreadableFile(let error): "\(error)"
    case .inconsistent(let reason): "The settings do not fit together: \(reason)"
    }
  }
}

extension ConfigurationError {
  /// The beginning of what was typed, which can be of any length.
  static func excerpt(_ text: String) -> String {
    text.count > 200 ? "\(text.prefix(200))…" : text
  }
}

/// Where a setting was written.
package enum SettingSource: Sendable, Hashable, CustomStringConvertible {
  /// After `--set`, or another flag that sets it.
  case flag(String)
  /// In a line of a file, counted from 1.
  case file(path: String, line: Int?)

  /// Where to look.
  package var description: String {
    switch self {
    case .flag(let flag): ConfigurationError.excerpt(flag)
    case .file(let path, let line): line.map { "\(path), line \($0)" } ?? path
    }
  }
}
