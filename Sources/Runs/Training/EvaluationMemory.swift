import GSL
import Networks
import ReinforcementLearning

/// Plays whole episodes with a trained policy.
package struct EvaluationMemory {
  /// What the environments have shown.
  package private(set) var memory: EnvironmentMemory
  /// One stream per lane to draw actions from; nil when the likeliest ones are taken.
  private var streams: [RandomStream]?

  /// Memory for a batch.
  ///
  /// - Parameters:
  ///   - batch: the environments to play in.
  ///   - seed: of the actions; nil takes the likeliest ones.
  package init(_ batch: any VectorEnvironment, drawingWith seed: UInt64?) {
    memory = EnvironmentMemory(for: batch)
    streams = seed.map { seed in
      (0..<batch.count).map {
        RandomStream(seed: seed, purpose: "evaluation", lane: UInt64($0))
      }
    }
  }

  /// Begins an episode in every lane.
  package mutating func reset(_ batch: any VectorEnvironment) throws {
    try memory.reset(batch)
  }

  /// Begins an episode in every lane whose last one has ended.
  package mutating func startRound(_ batch: any VectorEnvironment) throws {
    try memory.startWaitingLanes(batch)
  }

  /// Plays one episode in every lane.
  ///
  /// - Parameters:
  ///   - batch: in which every lane has begun an episode.
  ///   - policy: what acts.
  ///   - steps: how many an episode may take, or nil for any number.
  ///   - shown: is called after every step, with what was done and what came of it; what it throws ends the round.
  /// - Returns: the return of each lane's episode.
  /// - Throws: `RolloutPause.interrupted` when training is to stop; ``EndlessEpisode``; what the
  ///   environments or the policy have to say.
  package mutating func playRound(
    _ batch: any VectorEnvironment, _ policy: any TrainedPolicy, atMost steps: Int? = nil,
    shown: (ActionRows, EnvironmentMemory) throws -> Void = { _, _ in }
  ) throws -> [Double] {
    var returns = [Double](repeating: 0, count: batch.count)
    var taken = 0
    while !(0..<batch.count).allSatisfy({ batch.isWaiting($0) }) {
      if InterruptFlag.asksToPause { throw RolloutPause.interrupted }
      if let steps, taken >= steps { throw EndlessEpisode(environment: batch.name, steps: steps) }
      taken += 1
      let actions = act(policy)
      guard policy.hasFiniteOutputs else { throw PolicyOutputError() }
      try memory.step(batch, actions: actions, atEnd: .wait)
      for lane in returns.indices {
        // A lost episode does not count; the lane is playing another one already.
        returns[lane] =
          memory.outcomes[lane] == .lost ? 0 : returns[lane] + memory.rewards[lane]
      }
      try shown(actions, memory)
    }
    return returns
  }

  private mutating func act(_ policy: any TrainedPolicy) -> ActionRows {
    let (observations, masks) = (memory.observations, memory.masks)
    return policy.act(
      observations: observations.span, masks: masks.isEmpty ? nil : masks.span,
      streams: &streams)
  }
}

/// A policy whose parameters are finite, but not what comes of them.
package struct PolicyOutputError: NumericalError {
  /// What is wrong.
  package var description: String {
    "What the policy's network gives for the observations is not finite, so it has no action to choose: "
      + "its weights or the observations are too large."
  }
}

/// An evaluation cannot be waited for.
package struct EndlessEpisode: Error, CustomStringConvertible {
  let environment: String
  let steps: Int

  /// What is wrong, and what would be right.
  package var description: String {
    "An episode of \(environment), which has no step limit, has not ended in an evaluation within "
      + "\(NumberText.grouped(steps)) steps. Give the task a step limit, or train without evaluations."
  }
}
