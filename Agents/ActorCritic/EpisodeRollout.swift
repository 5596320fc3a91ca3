import Networks
import ReinforcementLearning

/// Whole episodes of each of N lanes, followed by an update on all their steps.
///
/// Each lane plays a fixed number of episodes and then waits: taking the first ones to finish would
/// over-represent short episodes. Rows are weighted by one over the number of episodes, a constant;
/// a division by the number of steps would bias the gradient. The step limit is an end of the
/// episode, as in a problem with a finite horizon.
///
/// It can stop between any two steps and go on later, for which it keeps all that an episode needs in its
/// properties.
final class EpisodeRollout: Rollout {
  /// One step of one lane.
  struct Row {
    var lane: Int
    /// t within the episode.
    var step: Int
    var reward: Float
    var isLast: Bool
    /// Of an episode that was lost with its simulator, and was played anew.
    var isDropped = false
    var signal: Float = 0
  }

  /// How far the rollout under way has come.
  struct Progress: Codable {
    /// When and at which row a lane's episode began: a lost one begins anew.
    struct Beginning: Codable {
      var step: Int
      var row: Int
    }

    /// Rounds of one episode in every lane that are over.
    var rounds = 0
    /// Lanes whose episode of this round is under way.
    var active: [Int] = []
    /// Steps of this round.
    var step = 0
    /// Steps of the whole rollout.
    var totalSteps = 0
    /// Of every lane, in this round.
    var begun: [Beginning] = []
  }

  let lanes: ActingLanes
  let actor: ActorCriticProgram
  private let learner: ActorCriticProgram
  private let configuration: ActorCriticConfiguration
  /// Sums over the chunks of rows, by phase, and what one chunk gave.
  private let totals: [[UnsafeMutableBufferPointer<Float>]]
  private let chunks: [[UnsafeMutableBufferPointer<Float>]]
  /// Nil before the first step of a rollout and after the update that it was for.
  var progress: Progress?
  var rows: [Row] = []
  var observations: [Float] = []
  var masks: [Float] = []
  var noise: [Float] = []
  var conditionalNoise: [Float] = []
  var limit: Int?
  /// Whether the next call begins a new rollout.
  var isComplete = true

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
    if InterruptFlag.asksToPause { throw RolloutPause.interrupted }
    if isComplete { forget() }
    isComplete = false
    var progress = progress ?? Progress()
    defer { self.progress = progress }
    while progress.rounds < configuration.episodesPerUpdate {
      if progress.active.isEmpty {
        // The latest, also where a checkpoint says of the others what cannot be.
        try lanes.startWaitingLanes(
          clock: max(progress.rounds == 0 ? clock : 0, lanes.episodes.clock))
        progress.active = Array(0..<lanes.count)
        progress.step = 0
        progress.begun = Array(
          repeating: Progress.Beginning(step: 0, row: rows.count), count: lanes.count)
      }
      try playEpisodes(&progress)
      progress.rounds += 1
    }
    isComplete = true
    writeReturns()
    return rows.count
  }

  func endUpdate() { forget() }

  private func forget() {
    progress = nil
    rows.removeAll(keepingCapacity: true)
    observations.removeAll(keepingCapacity: true)
    masks.removeAll(keepingCapacity: true)
    noise.removeAll(keepingCapacity: true)
    conditionalNoise.removeAll(keepingCapacity: true)
  }

  /// Plays one episode in every lane, or what is left of it.
  private func playEpisodes(_ progress: inout Progress) throws {
    let (n, d, a) = (lanes.count, lanes.observationSize, lanes.actionCount)
    var conditional = [Float](repeating: 1, count: n * a)
    var rewards = [Float](repeating: 0, count: n)
    while !progress.active.isEmpty {
      try RolloutPause.ifAsked(
        after: progress.totalSteps, of: configuration.envs, limit: limit)
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
      for lane in progress.active {
        append(actor.observations + lane * d, d, to: &observations)
        if let mask = actor.mask { append(mask + lane * a, a, to: &masks) }
        if let drawn = actor.noise { append(drawn + lane * a, a, to: &noise) }
        conditionalNoise.append(contentsOf: conditional[lane * a..<(lane + 1) * a])
        rows.append(
          Row(
            lane: lane, step: progress.step - progress.begun[lane].step, reward: rewards[lane],
            isLast: lanes.outcomes[lane].isEnd))
      }
      for lane in progress.active where lanes.outcomes[lane] == .lost {
        for row in progress.begun[lane].row..<rows.count where rows[row].lane == lane {
          rows[row].isDropped = true
        }
        progress.begun[lane] = Progress.Beginning(step: progress.step + 1, row: rows.count)
      }
      progress.active.removeAll { lanes.outcomes[$0].isEnd && lanes.outcomes[$0] != .lost }
      progress.step += 1
      progress.totalSteps += 1
    }
  }

  private func append(
    _ source: UnsafeMutablePointer<Float>, _ count: Int, to target: inout [Float]
  ) {
    target.append(contentsOf: UnsafeBufferPointer(start: source, count: count))
  }

  /// Discounted returns of every row, lane by lane from the last step back.
  func writeReturns() {
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
