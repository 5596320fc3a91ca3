import GSL
import ReinforcementLearning

/// What can go wrong with one host: its process, or what it says about an environment.
enum HostProblem: Error {
  case fault(SimulatorFault)
  case error(EnvironmentError)
}

/// Where a lane is: which of its episodes, how far into it, and what begins the next.
struct PipedLane: Codable, Hashable, Sendable {
  /// Number of the current episode; −1 before the first.
  var episode = -1
  /// Steps taken in it.
  var step = 0
  var isActive = false
  /// Whether the current episode is gone with its process and the next one has not begun.
  var isLost = false
  /// Of the current episode.
  var seed: UInt64 = 0
  /// Of the one after it; kept, because every step sends it.
  var nextSeed: UInt64 = 0

  /// - Parameters:
  ///   - runSeed: the run's.
  ///   - lane: its global index.
  mutating func beginNext(seed runSeed: UInt64, lane: Int) {
    episode += 1
    isLost = false
    step = 0
    isActive = true
    seed = Self.seed(runSeed, lane, episode)
    nextSeed = Self.seed(runSeed, lane, episode + 1)
  }

  /// The seed of an episode is drawn from the stream that a built-in environment would be given whole:
  /// 53 bits of it, so that a JSON number holds it exactly in every language.
  static func seed(_ runSeed: UInt64, _ lane: Int, _ episode: Int) -> UInt64 {
    var stream = RandomStream(
      seed: runSeed, purpose: "environment", lane: UInt64(lane), episode: UInt64(episode))
    return stream.next() >> 11
  }
}
