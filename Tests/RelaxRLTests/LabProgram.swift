import Foundation
import TestSupport
import Testing

/// The built `relax-lab`, run as its users run it.
enum LabProgram {
  private static let path =
    URL(fileURLWithPath: CommandLineProgram.path)
    .deletingLastPathComponent().path + "/relax-lab"

  static func start(_ arguments: [String], in folder: TemporaryFolder) throws -> RunningProgram {
    try RunningProgram(path, arguments, in: folder.path)
  }

  /// The lines of a CSV file by the names of its columns.
  static func table(_ name: String, in folder: TemporaryFolder) throws -> [[String: String]] {
    let lines = String(decoding: try folder.bytes(name), as: UTF8.self).split(separator: "\n")
      .map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
    let names = try #require(lines.first)
    return try lines.dropFirst().map { line in
      try #require(line.count == names.count)
      return Dictionary(uniqueKeysWithValues: zip(names, line))
    }
  }
}
