import GSL
import ReinforcementLearning

/// Actions from anywhere in their ranges, each lane's from a stream of its own.
struct UniformActions: Codable {
  private var streams: [RandomStream]

  init(seed: UInt64, firstLane: Int, lanes: Int) {
    streams = (0..<lanes).map {
      RandomStream(seed: seed, purpose: "warm-up", lane: UInt64(firstLane + $0))
    }
  }

  init(from decoder: any Decoder) throws { streams = try [RandomStream](from: decoder) }

  func encode(to encoder: any Encoder) throws { try streams.encode(to: encoder) }

  /// Says why these actions, read back, cannot take the place of others; nil if they can.
  func fault(replacing fresh: UniformActions) -> String? {
    streams.fault(replacing: fresh.streams)
  }

  /// Draws the actions of one step, `[N, C]` within ±1.
  mutating func fill(_ actions: inout [Float]) {
    let components = actions.count / streams.count
    for index in actions.indices {
      actions[index] = Float(streams[index / components].uniform(in: -1...1))
    }
  }
}

extension BoxActions {
  /// What agents that keep actions within bounds by tanh can act with: there must be some.
  package static let boundedOnly = "real-valued actions with finite bounds"

  /// The actions of a space of real numbers all of which are bounded.
  ///
  /// - Parameters:
  ///   - space: of actions.
  ///   - agent: for the error.
  ///   - environment: for the error.
  /// - Throws: `AgentError` for any other space.
  init(
    of space: Space, for agent: String, in environment: String = "the environment"
  ) throws(AgentError) {
    guard let box = BoxActions(bounded: space) else {
      throw .wrongActionSpace(
        agent: agent, needs: Self.boundedOnly, environment: environment, has: space)
    }
    self = box
  }
}

extension AnyExperienceColumn {
  /// Writes what some rows of a table show to the first rows, as what this column consists of.
  func write(_ rows: Range<Int>, ofObservationsIn experience: Experience) {
    if let observations = experience.find(.observation) { write(rows, of: observations, to: 0) }
  }
}
