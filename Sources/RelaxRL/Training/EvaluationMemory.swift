import GSL
import ReinforcementLearning

/// The buffers of an evaluation.
struct EvaluationMemory {
  private var observations: [Float]
  private var finalObservations: [Float]
  private var masks: [Float]
  private var rewards: [Double]
  private var outcomes: [Outcome]
  private var actions: [Int32] = []
  /// One stream per lane to draw actions from; empty when the likeliest ones are taken.
  private var streams: [RandomStream]

  /// - Parameter seed: of the actions; nil takes the likeliest ones.
  init(_ batch: any VectorEnvironment, drawingWith seed: UInt64?) {
    streams =
      seed.map { seed in
        (0..<batch.count).map {
          RandomStream(seed: seed, purpose: "evaluation", lane: UInt64($0))
        }
      } ?? []
    observations = Array(repeating: 0, count: batch.count * batch.observationSize)
    finalObservations = observations
    masks = Array(
      repeating: 1, count: batch.hasActionMask ? batch.count * (batch.actionSpace.maskSize ?? 0) : 0)
    rewards = Array(repeating: 0, count: batch.count)
    outcomes = Array(repeating: .ongoing, count: batch.count)
  }

  mutating func reset(_ batch: any VectorEnvironment) throws {
    var span = observations.mutableSpan
    try batch.reset(observations: &span)
  }

  mutating func startRound(_ batch: any VectorEnvironment) throws {
    var span = observations.mutableSpan
    try batch.startWaitingLanes(observations: &span)
  }

  /// Plays one episode in every lane.
  ///
  /// - Returns: the return of each lane's episode.
  mutating func playRound(
    _ batch: any VectorEnvironment, _ policy: any TrainedPolicy
  ) throws -> [Double] {
    var returns = [Double](repeating: 0, count: batch.count)
    while !(0..<batch.count).allSatisfy({ batch.isWaiting($0) }) {
      if batch.hasActionMask {
        var span = masks.mutableSpan
        try batch.writeActionMasks(&span)
      }
      act(policy, batch.hasActionMask)
      try step(batch)
      for lane in returns.indices { returns[lane] += rewards[lane] }
    }
    return returns
  }

  private mutating func act(_ policy: any TrainedPolicy, _ hasMask: Bool) {
    observations.withUnsafeBufferPointer { observations in
      masks.withUnsafeBufferPointer { masks in
        streams.withUnsafeMutableBufferPointer { streams in
          policy.act(
            observations: observations, masks: hasMask ? masks : nil,
            streams: streams.isEmpty ? nil : streams, actions: &actions)
        }
      }
    }
  }

  private mutating func step(_ batch: any VectorEnvironment) throws {
    try batch.beginStep(actions: actions.span, atEnd: .wait)
    try Self.finishStep(batch, &observations, &finalObservations, &rewards, &outcomes)
  }

  /// Each array is an access of its own, so that four spans can exist at once.
  private static func finishStep(
    _ batch: any VectorEnvironment, _ observations: inout [Float],
    _ finalObservations: inout [Float], _ rewards: inout [Double], _ outcomes: inout [Outcome]
  ) throws {
    var observationSpan = observations.mutableSpan
    var finalSpan = finalObservations.mutableSpan
    var rewardSpan = rewards.mutableSpan
    var outcomeSpan = outcomes.mutableSpan
    try batch.finishStep(
      observations: &observationSpan, finalObservations: &finalSpan, rewards: &rewardSpan,
      outcomes: &outcomeSpan)
  }
}
