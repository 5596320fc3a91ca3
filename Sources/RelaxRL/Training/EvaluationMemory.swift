import GSL
import ReinforcementLearning

/// Plays whole episodes with a trained policy.
struct EvaluationMemory {
  private var memory: EnvironmentMemory
  /// One stream per lane to draw actions from; empty when the likeliest ones are taken.
  private var streams: [RandomStream]

  /// - Parameters:
  ///   - batch: the environments to play in.
  ///   - seed: of the actions; nil takes the likeliest ones.
  init(_ batch: any VectorEnvironment, drawingWith seed: UInt64?) {
    memory = EnvironmentMemory(for: batch)
    streams =
      seed.map { seed in
        (0..<batch.count).map {
          RandomStream(seed: seed, purpose: "evaluation", lane: UInt64($0))
        }
      } ?? []
  }

  mutating func reset(_ batch: any VectorEnvironment) throws {
    try memory.reset(batch)
  }

  mutating func startRound(_ batch: any VectorEnvironment) throws {
    try memory.startWaitingLanes(batch)
  }

  /// Plays one episode in every lane.
  ///
  /// - Returns: the return of each lane's episode.
  mutating func playRound(
    _ batch: any VectorEnvironment, _ policy: any TrainedPolicy
  ) throws -> [Double] {
    var returns = [Double](repeating: 0, count: batch.count)
    while !(0..<batch.count).allSatisfy({ batch.isWaiting($0) }) {
      try memory.step(batch, actions: act(policy), atEnd: .wait)
      for lane in returns.indices {
        // A lost episode does not count; the lane is playing another one already.
        returns[lane] =
          memory.outcomes[lane] == .lost ? 0 : returns[lane] + memory.rewards[lane]
      }
    }
    return returns
  }

  private mutating func act(_ policy: any TrainedPolicy) -> ActionRows {
    memory.observations.withUnsafeBufferPointer { observations in
      memory.masks.withUnsafeBufferPointer { masks in
        streams.withUnsafeMutableBufferPointer { streams in
          policy.act(
            observations: observations, masks: masks.isEmpty ? nil : masks,
            streams: streams.isEmpty ? nil : streams)
        }
      }
    }
  }
}
