import Networks
import ReinforcementLearning

/// On all steps of whole episodes, a chunk of rows at a time.
///
/// Rows are weighted by one over the number of episodes, a constant; a division by the number of steps
/// would bias the gradient. The step limit is an end of the episode, as in a problem with a finite
/// horizon.
final class EpisodeGradient: ActorCriticGradient {
  let experience: Experience
  let learner: ActorCriticProgram
  private let configuration: ActorCriticConfiguration
  /// Sums over the chunks of rows, by pass, and what one chunk gave.
  private let totals: [[ParameterSet<Float>]]
  let chunks: [[ParameterSet<Float>]]
  let returns: ExperienceColumn<Float>
  /// Returns from which nothing has been subtracted, for a gate or a surrogate.
  private let plainReturns: ExperienceColumn<Float>?
  private let weights: ExperienceColumn<Float>
  /// V, and what c says that actions add to the return, of all rows: where returns need them.
  private let values: ExperienceColumn<Float>?
  private let advantages: ExperienceColumn<Float>?
  private let elapsed: ExperienceColumn<Float>?
  private let hasOneStep: Bool
  /// The share of the step limit that a step takes.
  private let stepShare: Float

  private(set) var entropy = EntropySum()

  /// Rows of a chunk: few enough for the cache, enough to feed the kernels.
  static let chunkRows = 256

  /// Rows of a chunk: of many choices at once, whose rows are long, no more than there can be.
  static func chunkRows(_ lanes: Lanes, _ configuration: ActorCriticConfiguration) -> Int {
    guard lanes.actions.kind.isFactorized, let limit = lanes.environment.stepLimit else {
      return chunkRows
    }
    let (episodes, overflows) = (lanes.count * configuration.episodesPerUpdate)
      .multipliedReportingOverflow(by: limit)
    return overflows ? chunkRows : min(chunkRows, episodes)
  }

  /// - Parameters:
  ///   - experience: that grows, of whole episodes.
  ///   - learner: compiled for the rows of one chunk.
  ///   - configuration: the agent's settings.
  ///   - stepLimit: of an episode.
  ///   - chunks: where the learner writes its gradients, by pass.
  ///   - totals: where the sums over all chunks go, alike.
  init(
    _ experience: Experience, learner: ActorCriticProgram,
    _ configuration: ActorCriticConfiguration, stepLimit: Int?,
    chunks: [[ParameterSet<Float>]], totals: [[ParameterSet<Float>]]
  ) {
    self.experience = experience
    self.learner = learner
    self.configuration = configuration
    self.chunks = chunks
    self.totals = totals
    returns = experience.add("return", isComputed: true)
    weights = experience.add("weight", isComputed: true)
    hasOneStep = stepLimit == 1
    stepShare = stepLimit.map { 1 / Float($0) } ?? 0
    func column(_ name: ColumnName, if isNeeded: Bool) -> ExperienceColumn<Float>? {
      isNeeded ? experience.add(name, isComputed: true) : nil
    }
    plainReturns = column("plain_return", if: configuration.keepsPlainReturns)
    values = column("value", if: configuration.episodeLambda < 1)
    advantages = column("advantage", if: configuration.readsControlVariate)
    elapsed = column(
      .elapsed, if: configuration.value.seesTime || configuration.controlVariate.future)
  }

  func write(_ pass: Int) {
    if pass == 0 {
      entropy = EntropySum()
      prepareRows()
    }
    for total in totals[pass] { total.fill(0) }
    for start in stride(from: 0, to: experience.count, by: learner.rows) {
      load(start..<min(start + learner.rows, experience.count))
      learner.program.run(stage: learner.stages.act)
      if pass == 0, let column = learner.experience.column(.entropy) {
        let rows = start..<min(start + learner.rows, experience.count)
        entropy.add(column, rows: 0..<rows.count, steps: experience.steps[rows])
      }
      writeSignals(ofRows: Array(start..<min(start + learner.rows, experience.count)))
      if let stage = learner.stages.gradient { learner.program.run(stage: stage) }
      if pass == 1, let stage = learner.stages.coupledGradient {
        learner.program.run(stage: stage)
      }
      for (total, chunk) in zip(totals[pass], chunks[pass]) { sumInTree([total, chunk]) }
    }
  }

  /// Computes what followed each row and how much it counts.
  func prepareRows() {
    let discount = Float(configuration.discount)
    if let elapsed {
      let share = stepShare
      experience.scanForward(into: elapsed, startingFrom: 0) { $1 + share }
    }
    writeCritics()
    writeReturns(discount, less: advantages, into: returns)
    if let plainReturns { writeReturns(discount, less: nil, into: plainReturns) }
    if configuration.estimator.triesSeveralActions { subtractOthers() }
    let episodes = Float(configuration.envs * configuration.episodesPerUpdate)
    let factor = configuration.discountedWeights ? discount : 1
    experience.scanForward(into: weights, startingFrom: 1 / episodes) { $1 * factor }
    guard experience.hasLostRows else { return }
    for (row, step) in experience.steps.enumerated() where step.isLost { weights[row] = 0 }
  }

  /// Subtracts from each return the mean of the others' that other copies of the lane have, less what c says of these.
  ///
  /// That is independent of the action, given the state. In tasks of one step it is the mean of those for the same
  /// observation, where there are such; rows whose observation no other row shows, as may be where a simulator
  /// failed, have no baseline. Antithetic actions are compared with those alone that were drawn together, and count
  /// for nothing without one. In others the returns from the same step of the same episode on count, in which the copies
  /// began alike and have the same random numbers; an episode that was over has 0.
  private func subtractOthers() {
    let places = places()
    var sums: [Place: (total: Float, count: Int)] = [:]
    func residual(_ row: Int) -> Float { returns[row] - (advantages?[row] ?? 0) }
    for (row, place) in places.enumerated() where !experience.steps[row].isLost {
      let sum = sums[place] ?? (0, 0)
      sums[place] = (sum.total + residual(row), sum.count + 1)
    }
    for (row, place) in places.enumerated() where !experience.steps[row].isLost {
      let sum = sums[place] ?? (0, 0)
      let others = hasOneStep ? sum.count - 1 : configuration.samples - 1
      guard others > 0 else {
        if configuration.estimator.isAntithetic { returns[row] = 0 }
        continue
      }
      returns[row] -= (sum.total - residual(row)) / Float(others)
    }
  }

  /// What rows have in common that are compared with each other.
  private struct Place: Hashable {
    /// Among the copies of the same environment.
    let lane: Int
    var observation: [UInt8] = []
    /// Episodes of the lane before this one, but for lost ones.
    var episode = 0
    /// How often this one was lost before.
    var attempt = 0
    var step = 0
  }

  private func places() -> [Place] {
    let copies = experience.laneCount / configuration.samples
    let isAntithetic = configuration.estimator.isAntithetic
    let observations = hasOneStep ? experience.find(.observation) : nil
    var places = (0..<experience.laneCount).map { Place(lane: $0 % copies) }
    return experience.steps.enumerated().map { row, step in
      let lane = Int(step.lane)
      var place = Place(lane: lane % copies)
      defer {
        if step.successor >= 0 {
          places[lane].step += 1
        } else {
          places[lane].step = 0
          places[lane].attempt = step.isLost ? places[lane].attempt + 1 : 0
          places[lane].episode += step.isLost ? 0 : 1
        }
      }
      if isAntithetic || !hasOneStep { place.episode = places[lane].episode }
      // Else a lost episode is played again, and which attempt it was does not matter.
      if isAntithetic { place.attempt = places[lane].attempt }
      if let observations {
        place.observation = Array(observations.bytes(ofRow: row))
      } else {
        place.step = places[lane].step
      }
      return place
    }
  }

  /// V, and what c says that actions add to the return, of every row, before any return is known.
  private func writeCritics() {
    guard values != nil || advantages != nil, let stage = learner.stages.values else { return }
    for start in stride(from: 0, to: experience.count, by: learner.rows) {
      let rows = start..<min(start + learner.rows, experience.count)
      load(rows)
      learner.program.run(stage: learner.stages.act)
      learner.program.run(stage: stage)
      for (target, source) in [(values, learner.values), (advantages, learner.advantages)] {
        if let target, let source {
          target.copyRows(0..<rows.count, of: source, to: start)
        }
      }
    }
  }

  /// What followed each row: rewards, and where they are to be counted the entropies of later steps.
  ///
  /// That of the step itself does not depend on its action, so it would only add variance: its derivative
  /// is a part of the estimate. What a control variate says that the actions of later steps add to the return
  /// is subtracted where it is to reach so far: given what was before such an action its mean is 0. With
  /// λ < 1 later steps count less, and V stands for what they leave out:
  /// G_t = r_t + γ (λ (G_{t+1} − A_{t+1}) + (1 − λ) V_{t+1}).
  private func writeReturns(
    _ discount: Float, less advantages: ExperienceColumn<Float>?,
    into returns: ExperienceColumn<Float>
  ) {
    let entropies = configuration.entropyInReturns ? experience.column(.entropy) : nil
    guard entropies != nil || values != nil || advantages != nil else {
      experience.writeReturns(discount: discount, into: returns)
      return
    }
    let weight = Float(configuration.entropyCoefficient)
    let lambda = Float(configuration.episodeLambda)
    let (rewards, values) = (experience.rewards, values)
    let steps = experience.steps
    experience.scanBackward(into: returns) { row, following in
      let next = Int(steps[row].successor)
      guard next >= 0 else { return rewards[row] }
      var later = following
      if let advantages { later -= advantages[next] }
      if let values { later = lambda * later + (1 - lambda) * values[next] }
      if let entropies { later += weight * entropies[next] }
      return rewards[row] + discount * later
    }
  }

  /// What a row of the learner is computed from.
  static let inputs: [ColumnName] = [
    .observation, .mask, .noise, .conditionalNoise, .freeNoise, .elapsed, "weight",
  ]

  /// Copies rows into the learner's inputs; the rest of the chunk gets weight 0.
  private func load(_ range: Range<Int>) {
    let rest = range.count..<learner.rows
    for name in Self.inputs {
      guard let source = experience.find(name), let target = learner.experience.find(name)
      else { continue }
      target.copyRows(range, of: source, to: 0)
      // Padding must be finite: 0 · NaN is NaN.
      if name != .observation {
        learner.experience[name].fill(rest, with: name == "weight" ? 0 : 1)
      }
    }
  }

  /// Writes what V and c are compared with for the rows that are loaded.
  func writeSignals(ofRows rows: [Int]) {
    guard let signal = learner.signal else { return }
    if let stage = learner.stages.values { learner.program.run(stage: stage) }
    for index in 0..<learner.rows {
      let target = index < rows.count ? returns[rows[index]] : 0
      let value = learner.values?[index] ?? 0
      learner.valueTarget?[index] = target
      signal[index] = target - value
      guard let plainReturns, let plain = learner.plainSignal else { continue }
      plain[index] = index < rows.count ? plainReturns[rows[index]] - value : 0
    }
  }
}
