import Foundation

/// A Python with packages that a test compares with.
public struct Python: Sendable {
  /// The program.
  public let path: String

  /// A program that ended with an error.
  public struct Failure: Error {
    /// Its exit code.
    public let status: Int32
  }

  /// The one that `RELAXRL_PYTHON` names or else that of the package's .venv; nil where a package is
  /// missing.
  ///
  /// - Parameter packages: as they are imported, separated by commas.
  public init?(with packages: String) {
    let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    path =
      ProcessInfo.processInfo.environment["RELAXRL_PYTHON"]
      ?? tests.deletingLastPathComponent().appending(path: ".venv/bin/python").path
    guard FileManager.default.isExecutableFile(atPath: path),
      (try? run("import \(packages)")) != nil
    else { return nil }
  }

  /// Runs a script to its end.
  ///
  /// - Parameters:
  ///   - script: its text.
  ///   - arguments: `sys.argv` from 1 on.
  /// - Returns: what it printed.
  /// - Throws: `Failure`, or what kept it from starting.
  public func run(_ script: String, _ arguments: [String] = []) throws -> Data {
    let process = Process()
    process.executableURL = URL(filePath: path)
    process.arguments = ["-W", "ignore", "-c", script] + arguments
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let printed = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw Failure(status: process.terminationStatus) }
    return printed
  }
}
