import Foundation

/// How many generated cases a test tries.
public enum FuzzCases {
  /// A few in the suite; as many as `RELAXRL_FUZZ_CASES` says in a long run.
  ///
  /// - Parameter usual: the number for the suite.
  /// - Returns: the number.
  public static func count(_ usual: Int) -> Int {
    ProcessInfo.processInfo.environment["RELAXRL_FUZZ_CASES"].flatMap { Int($0) } ?? usual
  }
}
