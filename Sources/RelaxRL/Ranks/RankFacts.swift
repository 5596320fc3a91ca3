import Formats
import Foundation
import Networks
import ReinforcementLearning
import Runs

/// What must be the same on all ranks, or they would train something else than each other.
enum RankFacts {
  /// Compares program, arguments and what the last bits depend on.
  ///
  /// - Parameter reduction: over the ranks.
  /// - Throws: `UsageError`, on every rank, that names the first rank that differs and in what.
  static func requireSameProgram(through reduction: any Reduction) throws {
    try requireSame(
      [
        ("program", try programDigest()), ("arguments", arguments(CommandLine.arguments)),
        ("arithmetic", Arithmetic.current), ("C library", libraryVersion),
      ], through: reduction)
  }

  /// Compares every setting, and what the environment says of itself.
  static func requireSame(
    _ table: SettingsTable, _ environment: EnvironmentEntry, through reduction: any Reduction
  ) throws {
    guard reduction.ranks.count > 1 else { return }
    try requireSame(
      [
        ("settings", table.yaml()),
        ("environment", try encodeState(EnvironmentRecord(environment))),
      ], through: reduction)
  }

  static func requireSame(
    _ facts: [(name: String, value: String)], through reduction: any Reduction
  ) throws {
    for (name, value) in facts {
      let values = try reduction.gather([Array(value.utf8)]).map {
        String(decoding: $0, as: UTF8.self)
      }
      guard let rank = values.firstIndex(where: { $0 != values[0] }) else { continue }
      let (other, first) = difference(values[rank], values[0])
      throw UsageError(
        "All ranks must have the same \(name), but rank \(rank) has \(other) and rank 0 has \(first). "
          + "Start one program with one command line on machines that are alike.")
    }
  }

  /// The first line in which two texts differ.
  private static func difference(_ a: String, _ b: String) -> (String, String) {
    let (a, b) = (a.split(separator: "\n"), b.split(separator: "\n"))
    for index in 0..<max(a.count, b.count) {
      let (one, other) = (
        index < a.count ? a[index] : "nothing", index < b.count ? b[index] : "nothing"
      )
      if one != other { return ("\"\(one)\"", "\"\(other)\"") }
    }
    return ("\"\(a)\"", "\"\(b)\"")
  }

  /// The arguments but for the number of threads, on which no result depends.
  static func arguments(_ words: [String]) -> String {
    var kept: [String] = []
    var skips = false
    for word in words.dropFirst() {
      if skips {
        skips = false
      } else if word == "--threads" {
        skips = true
      } else if !word.hasPrefix("--threads=") {
        kept.append(word)
      }
    }
    return kept.joined(separator: " ")
  }

  private static func programDigest() throws -> String {
    let program = try Data(
      contentsOf: URL(fileURLWithPath: "/proc/self/exe"), options: .alwaysMapped)
    var digest = SHA256()
    program.withUnsafeBytes { digest.update($0) }
    return digest.hexDigest()
  }

  /// Such as `glibc 2.36`: noise and tasks use its logarithms and sines.
  private static var libraryVersion: String {
    var bytes = [CChar](repeating: 0, count: 256)
    guard confstr(Int32(_CS_GNU_LIBC_VERSION), &bytes, bytes.count) > 0 else { return "unknown" }
    return String(decoding: bytes.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
