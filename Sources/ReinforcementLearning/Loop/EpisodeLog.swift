/// The episodes of a run in the order in which they count: that of their start.
///
/// An episode counts once all that started earlier have ended. In order of their end, short episodes
/// would be over-represented: where a short one is a good one, the running mean would flatter.
public struct EpisodeLog: Codable, Hashable, Sendable {
  /// How many episodes a mean return takes in.
  public static let window = 100

  /// Number of episodes released so far.
  public private(set) var releasedCount = 0
  /// Those that have ended but wait for an earlier one, in order of their start.
  private var pending: [Episode] = []
  /// Returns of the last 100 released, oldest first.
  private var recentReturns: [Double] = []
  /// Their lengths; missing or fewer in a run that an earlier version began.
  private var recentLengths: [Int]?

  /// Makes an empty log.
  public init() {}

  /// Adds episodes that have ended and releases what now counts.
  ///
  /// - Parameters:
  ///   - finished: in any order.
  ///   - earliestOpen: the earliest start among all episodes under way, or nil if there is none.
  /// - Returns: the episodes released by this call, in order of their start.
  public mutating func add(
    _ finished: [Episode], earliestOpen: EpisodeStart?
  ) -> [Episode] {
    pending += finished
    pending.sort { $0.start < $1.start }
    let releasedEnd =
      earliestOpen.flatMap { open in pending.firstIndex { open < $0.start } } ?? pending.count
    let released = Array(pending[..<releasedEnd])
    pending.removeFirst(releasedEnd)
    releasedCount += released.count
    recentReturns += released.suffix(Self.window).map(\.totalReward)
    recentReturns.removeFirst(max(0, recentReturns.count - Self.window))
    recentLengths = ((recentLengths ?? []) + released.map(\.length)).suffix(Self.window)
    return released
  }

  /// The mean length of the same episodes; nil before the first.
  public var meanLength: Double? {
    guard let lengths = recentLengths, !lengths.isEmpty else { return nil }
    return lengths.reduce(0) { $0 + Double($1) } / Double(lengths.count)
  }

  /// The mean return of the last 100 released episodes, or of all if there are fewer.
  ///
  /// Nil before the first. Whether a task is solved needs `releasedCount` of at least 100.
  public var meanReturn: Double? {
    guard !recentReturns.isEmpty else { return nil }
    let count = Double(recentReturns.count)
    let sum = recentReturns.reduce(0, +)
    // The sum of numbers near the end of the range is beyond it, their mean is not.
    return sum.isFinite ? sum / count : recentReturns.reduce(0) { $0 + $1 / count }
  }
}

extension EpisodeLog {
  /// What is wrong with this log, read back; nil for nothing.
  package var fault: String? {
    StateFault.count(releasedCount, "the number of episodes")
      ?? StateFault.equal(
        recentReturns.count, min(max(0, releasedCount), Self.window), "the number of recent returns"
      )
      ?? StateFault.finite(recentReturns, "a return")
      ?? ((recentLengths?.count ?? 0) <= recentReturns.count
        ? recentLengths?.lazy.compactMap { StateFault.count($0, "an episode's length", from: 1) }
          .first : "there are more lengths of episodes than returns.")
      ?? pending.lazy.compactMap(\.fault).first
  }
}

extension Episode {
  /// What is wrong with this episode, read back; nil for nothing.
  var fault: String? {
    StateFault.count(start.clock, "an episode's start")
      ?? StateFault.count(start.lane, "an episode's lane")
      ?? StateFault.count(number, "an episode's number")
      ?? StateFault.count(length, "an episode's length", from: 1)
      ?? StateFault.finite([totalReward], "an episode's return")
      ?? (outcome == .terminated || outcome == .truncated
        ? nil : "an episode that counts cannot be \(outcome).")
  }
}
