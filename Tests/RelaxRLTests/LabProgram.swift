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

  /// The fields of a line, of which those in quotes may have commas.
  private static func fields(_ line: Substring) -> [String] {
    var fields = [""]
    var isQuoted = false
    for character in line {
      switch character {
      case "\"": isQuoted.toggle()
      case "," where !isQuoted: fields.append("")
      default: fields[fields.count - 1].append(character)
      }
    }
    return fields
  }

  /// The lines of a CSV file by the names of its columns.
  static func table(_ name: String, in folder: TemporaryFolder) throws -> [[String: String]] {
    let lines = String(decoding: try folder.bytes(name), as: UTF8.self).split(separator: "\n")
      .map(fields)
    let names = try #require(lines.first)
    return try lines.dropFirst().map { line in
      try #require(line.count == names.count)
      return Dictionary(uniqueKeysWithValues: zip(names, line))
    }
  }
}
