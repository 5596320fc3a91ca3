import Networks
import ReinforcementLearning

/// A rollout of T steps in each of N lanes, followed by an update on its T·N rows.
///
/// Row t·N + n is step t of lane n. The policy is run on the rows of one step at a time, and what it
/// computed for them is still there when the update needs it. It can stop between any two steps and go on
/// later.
final class StepRollout: Rollout {
  let lanes: ActingLanes
  let compiled: ActorCriticProgram
  let steps: Int
  private let lanesInAll: Int
  private let discount: Float
  private let lambda: Float
  var rewards: [Float]
  var outcomes: [Outcome]
  private var nextValues: [Float]
  private var advantages: [Float]
  /// Steps that were cut off by the step limit, and `[D]` their final observations.
  var truncated: [Int] = []
  var truncatedObservations: [Float] = []
  private let rowWeight: Float
  /// Whether rows of lost episodes have weight 0 now.
  private(set) var hasDroppedRows = false
  /// Steps of the rollout under way; nil before the first and after the update that they were for.
  var stepsTaken: Int?
  var limit: Int?

  init(
    _ lanes: ActingLanes, _ compiled: ActorCriticProgram, _ configuration: ActorCriticConfiguration
  ) {
    self.lanes = lanes
    self.compiled = compiled
    steps = configuration.rolloutSteps
    lanesInAll = configuration.envs
    discount = Float(configuration.discount)
    lambda = configuration.returns == .gae ? Float(configuration.gaeLambda) : 1
    let rows = compiled.rows
    rewards = Array(repeating: 0, count: rows)
    outcomes = Array(repeating: .ongoing, count: rows)
    nextValues = rewards
    advantages = rewards
    // Every row counts the same: the mean over all lanes and steps of the update.
    rowWeight = 1 / Float(configuration.envs * steps)
    compiled.weight?.update(repeating: rowWeight, count: rows)
  }

  func collect(clock: Int) throws -> Int {
    let (n, d, a) = (lanes.count, lanes.observationSize, lanes.actionCount)
    if stepsTaken == nil || stepsTaken == steps { begin() }
    for step in (stepsTaken ?? 0)..<steps {
      try RolloutPause.ifAsked(after: step, of: lanesInAll, limit: limit)
      let row = step * n
      try lanes.prepareStep(
        observations: compiled.observations + row * d, mask: compiled.mask.map { $0 + row * a },
        noise: compiled.noise.map { $0 + row * a },
        conditionalNoise: compiled.conditionalNoise.map { $0 + row * a })
      compiled.program.run(stage: compiled.stages.act, rows: row..<row + n)
      try rewards.withUnsafeMutableBufferPointer { rewards in
        guard let start = rewards.baseAddress else { return }
        try lanes.step(
          actions: compiled.actions + row * lanes.actionSize, atEnd: .startNext,
          rewards: start + row)
      }
      for lane in 0..<n {
        outcomes[row + lane] = lanes.outcomes[lane]
        if lanes.outcomes[lane] == .truncated { keepFinalObservation(lane, row: row + lane) }
        if lanes.outcomes[lane] == .lost { dropEpisode(endingAt: row + lane) }
      }
      stepsTaken = step + 1
    }
    return steps * n
  }

  func endUpdate() { stepsTaken = nil }

  /// Forgets the rollout before.
  func begin() {
    stepsTaken = nil
    truncated.removeAll(keepingCapacity: true)
    truncatedObservations.removeAll(keepingCapacity: true)
    guard hasDroppedRows else { return }
    compiled.weight?.update(repeating: rowWeight, count: compiled.rows)
    hasDroppedRows = false
  }

  /// Takes the rows of a lost episode out of the update; what earlier updates made of it stands.
  func dropEpisode(endingAt last: Int) {
    hasDroppedRows = true
    var row = last
    repeat {
      compiled.weight?[row] = 0
      row -= lanes.count
    } while row >= 0 && !outcomes[row].isEnd
  }

  private func keepFinalObservation(_ lane: Int, row: Int) {
    truncated.append(row)
    let d = lanes.observationSize
    withUnsafeTemporaryAllocation(of: Float.self, capacity: d) { observation in
      guard let start = observation.baseAddress else { return }
      lanes.writeFinalObservation(ofLane: lane, to: start)
      truncatedObservations.append(contentsOf: observation)
    }
  }

  func writeGradient(phase: Int) {
    let program = compiled.program
    if phase == 0 {
      writeSignals()
      if let stage = compiled.stages.gradient { program.run(stage: stage) }
    } else if let stage = compiled.stages.coupledGradient {
      program.run(stage: stage)
    }
  }

  private func writeSignals() {
    guard let stage = compiled.stages.values, let values = compiled.values,
      let signal = compiled.signal
    else { return }
    compiled.program.run(stage: stage)
    writeNextValues()
    let rows = compiled.rows
    rewards.withUnsafeBufferPointer { rewards in
      outcomes.withUnsafeBufferPointer { outcomes in
        nextValues.withUnsafeBufferPointer { nextValues in
          writeGeneralizedAdvantages(
            rewards: rewards, outcomes: outcomes,
            values: UnsafeBufferPointer(start: values, count: rows), nextValues: nextValues,
            lanes: lanes.count, discount: discount, lambda: lambda,
            into: UnsafeMutableBufferPointer(start: signal, count: rows))
        }
      }
    }
    if let target = compiled.valueTarget {
      for row in 0..<rows { target[row] = signal[row] + values[row] }
    }
  }

  /// V of the observations after the last step, and of those at which the step limit struck.
  private func writeNextValues() {
    guard let stage = compiled.stages.bootstrap, let input = compiled.bootstrapObservations,
      let values = compiled.bootstrapValues
    else { return }
    let (n, d) = (lanes.count, lanes.observationSize)
    lanes.writeObservations(to: input)
    compiled.program.run(stage: stage)
    for lane in 0..<n { nextValues[(steps - 1) * n + lane] = values[lane] }
    for start in stride(from: 0, to: truncated.count, by: n) {
      let chunk = min(n, truncated.count - start)
      truncatedObservations.withUnsafeBufferPointer {
        if let base = $0.baseAddress { input.update(from: base + start * d, count: chunk * d) }
      }
      compiled.program.run(stage: stage)
      for index in 0..<chunk { nextValues[truncated[start + index]] = values[index] }
    }
  }
}
