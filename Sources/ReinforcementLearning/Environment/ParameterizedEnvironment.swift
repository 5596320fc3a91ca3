/// An environment with parameters that can be set: `--env corridor --env-args length=9`.
///
/// `init()` makes the usual one, for which name, step limit and threshold stand in `spec`.
public protocol ParameterizedEnvironment: Environment {
  /// A structure of numbers, flags and texts. Its properties, in `snake_case`, are what can be set.
  associatedtype Parameters: EnvironmentParameters

  /// Makes the task with parameters of its own.
  ///
  /// - Parameter parameters: what makes it differ from the usual one.
  /// - Throws: what is wrong, the value received and what would be right; see `EnvironmentError`.
  init(_ parameters: Parameters) throws
}

/// The parameters of an environment, by default the usual ones.
public protocol EnvironmentParameters: DescribedSettings, Codable, Sendable {
  /// The usual ones.
  init()
}
