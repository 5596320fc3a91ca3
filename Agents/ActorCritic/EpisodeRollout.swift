import Networks
import ReinforcementLearning

/// Whole episodes of each of N lanes, followed by an update on all their steps.
///
/// Each lane plays a fixed number of episodes and then waits: taking the first ones to finish would
/// over-represent short episodes. Rows are weighted by one over the number of episodes, a constant;
/// a division by the number of steps would bias the gradient. The step limit is an end of the
/// episode, as in a problem with a finite horizon.
final class EpisodeRollout: Rollout {
  private struct Row {
    var lane: Int
    /// t within the episode.
    var step: Int
    var reward: Float
    var isLast: Bool
    /// Of an episode that was lost with its simulator, and was played anew.
    var isDropped = false
    var signal: Float = 0
  }

  private let lanes: ActingLanes
  private let actor: ActorCriticProgram
  private let learner: ActorCriticProgram
  private let configuration: ActorCriticConfiguration
  /// Sums over the chunks of rows, by phase, and what one chunk gave.
  private let totals: [[UnsafeMutableBufferPointer<Float>]]
  private let chunks: [[UnsafeMutableBufferPointer<Float>]]
  private var rows: [Row] = []
  private var observations: [Float] = []
  private var masks: [Float] = []
  private var noise: [Float] = []
  private var conditionalNoise: [Float] = []

  /// - Parameters:
  ///   - lanes: which play.
  ///   - actor: compiled for N rows.
  ///   - learner: compiled for the rows of one chunk.
  ///   - configuration: the agent's settings.
  ///   - chunks: where the learner writes its gradients, by phase.
  ///   - totals: where the sums over all chunks go, alike.
  init(
    _ lanes: ActingLanes, actor: ActorCriticProgram, learner: ActorCriticProgram,
    _ configuration: ActorCriticConfiguration, chunks: [[UnsafeMutableBufferPointer<Float>]],
    totals: [[UnsafeMutableBufferPointer<Float>]]
  ) {
    self.lanes = lanes
    self.actor = actor
    self.learner = learner
    self.configuration = configuration
    self.chunks = chunks
    self.totals = totals
  }

  func collect(clock: Int) throws -> Int {
    rows.removeAll(keepingCapacity: true)
    observations.removeAll(keepingCapacity: true)
    masks.removeAll(keepingCapacity: true)
    noise.removeAll(keepingCapacity: true)
    conditionalNoise.removeAll(keepingCapacity: true)
    var clock = clock
    for _ in 0..<configuration.episodesPerUpdate {
      try lanes.startWaitingLanes(clock: clock)
      try playEpisodes()
      clock = lanes.episodes.clock
    }
    writeReturns()
    return rows.count
  }

  /// Plays one episode in every lane.
  private func playEpisodes() throws {
    let (n, d, a) = (lanes.count, lanes.observationSize, lanes.actionCount)
    var active = Array(0..<n)
    var conditional = [Float](repeating: 1, count: n * a)
    var rewards = [Float](repeating: 0, count: n)
    var step = 0
    // Step and row at which the lane's episode began: a lost one begins anew.
    var begun = Array(repeating: (step: 0, row: rows.count), count: n)
    while !active.isEmpty {
      try conditional.withUnsafeMutableBufferPointer {
        try lanes.prepareStep(
          observations: actor.observations, mask: actor.mask, noise: actor.noise,
          conditionalNoise: learner.conditionalNoise == nil ? nil : $0.baseAddress)
      }
      actor.program.run(stage: actor.stages.act)
      try rewards.withUnsafeMutableBufferPointer {
        guard let start = $0.baseAddress else { return }
        try lanes.step(actions: actor.actions, atEnd: .wait, rewards: start)
      }
      for lane in active {
        append(actor.observations + lane * d, d, to: &observations)
        if let mask = actor.mask { append(mask + lane * a, a, to: &masks) }
        if let drawn = actor.noise { append(drawn + lane * a, a, to: &noise) }
        conditionalNoise.append(contentsOf: conditional[lane * a..<(lane + 1) * a])
        rows.append(
          Row(
            lane: lane, step: step - begun[lane].step, reward: rewards[lane],
            isLast: lanes.outcomes[lane].isEnd))
      }
      for lane in active where lanes.outcomes[lane] == .lost {
        for row in begun[lane].row..<rows.count where rows[row].lane == lane {
          rows[row].isDropped = true
        }
        begun[lane] = (step: step + 1, row: rows.count)
      }
      active.removeAll { lanes.outcomes[$0].isEnd && lanes.outcomes[$0] != .lost }
      step += 1
    }
  }

  private func append(
    _ source: UnsafeMutablePointer<Float>, _ count: Int, to target: inout [Float]
  ) {
    target.append(contentsOf: UnsafeBufferPointer(start: source, count: count))
  }

  /// Discounted returns of every row, lane by lane from the last step back.
  private func writeReturns() {
    var following = [Float](repeating: 0, count: lanes.count)
    let discount = Float(configuration.discount)
    for index in rows.indices.reversed() {
      let row = rows[index]
      let value = row.reward + (row.isLast ? 0 : discount * following[row.lane])
      following[row.lane] = value
      rows[index].signal = value
    }
  }

  func writeGradient(phase: Int) {
    for total in totals[phase] { total.update(repeating: 0) }
    for start in stride(from: 0, to: rows.count, by: learner.rows) {
      load(start..<min(start + learner.rows, rows.count))
      learner.program.run(stage: learner.stages.act)
      writeSignals(start)
      if let stage = learner.stages.gradient { learner.program.run(stage: stage) }
      if phase == 1, let stage = learner.stages.coupledGradient {
        learner.program.run(stage: stage)
      }
      for (total, chunk) in zip(totals[phase], chunks[phase]) { sumInTree([total, chunk]) }
    }
  }

  /// Copies rows into the learner's inputs; the rest of the chunk gets weight 0.
  private func load(_ range: Range<Int>) {
    let (d, a) = (lanes.observationSize, lanes.actionCount)
    func copy(_ source: [Float], _ width: Int, to target: UnsafeMutablePointer<Float>?) {
      guard let target else { return }
      source.withUnsafeBufferPointer {
        guard let base = $0.baseAddress else { return }
        target.update(from: base + range.lowerBound * width, count: range.count * width)
      }
    }
    copy(observations, d, to: learner.observations)
    copy(masks, a, to: learner.mask)
    copy(noise, a, to: learner.noise)
    copy(conditionalNoise, a, to: learner.conditionalNoise)
    if range.count < learner.rows {
      // Padding must be finite: 0 · NaN is NaN.
      let rest = learner.rows - range.count
      learner.noise.map { ($0 + range.count * a).update(repeating: 1, count: rest * a) }
      learner.conditionalNoise.map { ($0 + range.count * a).update(repeating: 1, count: rest * a) }
      learner.mask.map { ($0 + range.count * a).update(repeating: 1, count: rest * a) }
    }
    let episodes = Float(configuration.envs * configuration.episodesPerUpdate)
    for index in 0..<learner.rows {
      guard range.lowerBound + index < range.upperBound else {
        learner.weight?[index] = 0
        continue
      }
      let row = rows[range.lowerBound + index]
      var weight = row.isDropped ? 0 : 1 / episodes
      if configuration.discountedWeights {
        for _ in 0..<row.step { weight *= Float(configuration.discount) }
      }
      learner.weight?[index] = weight
    }
  }

  private func writeSignals(_ start: Int) {
    guard let signal = learner.signal else { return }
    if let stage = learner.stages.values { learner.program.run(stage: stage) }
    for index in 0..<learner.rows {
      let target = start + index < rows.count ? rows[start + index].signal : 0
      learner.valueTarget?[index] = target
      signal[index] = target - (learner.values?[index] ?? 0)
    }
  }
}
