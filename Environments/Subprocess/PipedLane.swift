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
  ///   - bits: of a seed.
  mutating func beginNext(seed runSeed: UInt64, lane: Int, bits: Int) {
    episode += 1
    isLost = false
    step = 0
    isActive = true
    seed = Self.seed(runSeed, lane, episode, bits: bits)
    nextSeed = Self.seed(runSeed, lane, episode + 1, bits: bits)
  }

  /// Bits of a seed: every generator takes so many, and a JSON number holds them exactly in every language.
  ///
  /// `numpy.random.seed` refuses 2³² and more, and an `int` in C holds 31.
  static let seedBits = 31

  /// Bits of a seed in runs that were begun before seeds were made shorter, which go on as they began.
  static let longSeedBits = 53

  /// The seed of an episode is drawn from the stream that a built-in environment would be given whole.
  static func seed(_ runSeed: UInt64, _ lane: Int, _ episode: Int, bits: Int = seedBits) -> UInt64 {
    var stream = RandomStream(
      seed: runSeed, purpose: "environment", lane: UInt64(lane), episode: UInt64(episode))
    return stream.next() >> UInt64(64 - bits)
  }

  /// What is wrong with a lane that was read back.
  ///
  /// - Parameters:
  ///   - runSeed: the run's.
  ///   - lane: its global index.
  ///   - bits: of a seed.
  ///   - stepLimit: of an episode, if there is one.
  /// - Returns: a sentence; nil if nothing is.
  func problem(seed runSeed: UInt64, lane: Int, bits: Int, stepLimit: Int?) -> String? {
    let most = 1 << 53
    guard (-1...most).contains(episode) else { return "its episode is number \(episode)." }
    guard (0...(stepLimit ?? most)).contains(step) else { return "its episode has \(step) steps." }
    guard episode >= 0 else {
      return isActive || isLost || step > 0 ? "it is in an episode before its first." : nil
    }
    guard seed == Self.seed(runSeed, lane, episode, bits: bits),
      nextSeed == Self.seed(runSeed, lane, episode + 1, bits: bits)
    else { return "the seeds of its episodes are not those of the run." }
    return nil
  }
}
