import Networks

/// What went wrong in another process of the run.
public struct RankFailure: Error, Codable, Hashable, CustomStringConvertible {
  /// Where.
  public let rank: Int
  /// The machine that it is on.
  public let host: String
  /// What went wrong.
  public let reason: String
  /// Whether it is a `NumericalError`.
  public let isNumerical: Bool
  /// The exit code that it has.
  public let exitCode: Int32

  init(_ error: any Error, rank: Int, host: String, exitCode: Int32) {
    self.rank = rank
    self.host = host
    reason = "\(error)"
    isNumerical = error.isNumerical
    self.exitCode = exitCode
  }

  /// What went wrong, and where.
  public var description: String { "Rank \(rank) on \(host): \(reason)" }
}

extension Error {
  /// Whether this is about numbers that rewards, learning rates and networks have led to, in whatever
  /// process.
  package var isNumerical: Bool {
    (self as? RankFailure)?.isNumerical ?? (self is any NumericalError)
  }
}

/// Ranks whose parameters have come to differ, which a processor or a library of another kind may do.
public struct DivergedRanks: Error, Hashable, CustomStringConvertible {
  /// Those that differ from the first.
  public let ranks: [Int]
  /// How many updates were made.
  public let updates: Int

  /// What is wrong, and what would be right.
  public var description: String {
    let names = ranks.map { "\($0)" }.joined(separator: ", ")
    return
      "After update \(updates) the parameters of rank\(ranks.count > 1 ? "s" : "") \(names) are not "
      + "those of rank 0: a processor, a library or memory computes something else there. Train on the "
      + "machines that agree."
  }
}
