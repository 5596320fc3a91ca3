import Networks
import ReinforcementLearning

/// On all steps of whole episodes, a chunk of rows at a time.
///
/// Rows are weighted by one over the number of episodes, a constant; a division by the number of steps
/// would bias the gradient. The step limit is an end of the episode, as in a problem with a finite
/// horizon.
final class EpisodeGradient: ActorCriticGradient {
  private let experience: Experience
  private let learner: ActorCriticProgram
  private let configuration: ActorCriticConfiguration
  /// Sums over the chunks of rows, by pass, and what one chunk gave.
  private let totals: [[ParameterSet<Float>]]
  private let chunks: [[ParameterSet<Float>]]
  private let returns: ExperienceColumn<Float>
  private let weights: ExperienceColumn<Float>

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
  ///   - chunks: where the learner writes its gradients, by pass.
  ///   - totals: where the sums over all chunks go, alike.
  init(
    _ experience: Experience, learner: ActorCriticProgram,
    _ configuration: ActorCriticConfiguration, chunks: [[ParameterSet<Float>]],
    totals: [[ParameterSet<Float>]]
  ) {
    self.experience = experience
    self.learner = learner
    self.configuration = configuration
    self.chunks = chunks
    self.totals = totals
    returns = experience.add("return", isComputed: true)
    weights = experience.add("weight", isComputed: true)
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
      writeSignals(start)
      if let stage = learner.stages.gradient { learner.program.run(stage: stage) }
      if pass == 1, let stage = learner.stages.coupledGradient {
        learner.program.run(stage: stage)
      }
      for (total, chunk) in zip(totals[pass], chunks[pass]) { sumInTree([total, chunk]) }
    }
  }

  /// Computes what followed each row and how much it counts.
  private func prepareRows() {
    let discount = Float(configuration.discount)
    writeReturns(discount)
    if configuration.estimator.triesSeveralActions { subtractOthers() }
    let episodes = Float(configuration.envs * configuration.episodesPerUpdate)
    let factor = configuration.discountedWeights ? discount : 1
    experience.scanForward(into: weights, startingFrom: 1 / episodes) { $1 * factor }
    guard experience.hasLostRows else { return }
    for (row, step) in experience.steps.enumerated() where step.isLost { weights[row] = 0 }
  }

  /// Subtracts from each return the mean of the others for the same observation in copies of the lane.
  ///
  /// That is independent of the action, given the observation. Rows whose observation no other row shows, as may be
  /// where a simulator failed, have no baseline.
  private func subtractOthers() {
    guard let observations = experience.find(.observation) else { return }
    struct Place: Hashable {
      let lane: Int
      let observation: [UInt8]
    }
    let lanes = experience.laneCount / configuration.samples
    var sums: [Place: (total: Float, count: Int)] = [:]
    let places = experience.steps.enumerated().map { row, step in
      Place(lane: Int(step.lane) % lanes, observation: Array(observations.bytes(ofRow: row)))
    }
    for (row, place) in places.enumerated() where !experience.steps[row].isLost {
      let sum = sums[place] ?? (0, 0)
      sums[place] = (sum.total + returns[row], sum.count + 1)
    }
    for (row, place) in places.enumerated() where !experience.steps[row].isLost {
      guard let sum = sums[place], sum.count > 1 else { continue }
      returns[row] -= (sum.total - returns[row]) / Float(sum.count - 1)
    }
  }

  /// What followed each row: rewards, and where they are to be counted the entropies of later steps.
  ///
  /// That of the step itself does not depend on its action, so it would only add variance: its derivative
  /// is a part of the estimate.
  private func writeReturns(_ discount: Float) {
    guard configuration.entropyInReturns, let entropies = experience.column(.entropy) else {
      experience.writeReturns(discount: discount, into: returns)
      return
    }
    let weight = Float(configuration.entropyCoefficient)
    let rewards = experience.rewards
    let steps = experience.steps
    experience.scanBackward(into: returns) { row, following in
      let next = Int(steps[row].successor)
      guard next >= 0 else { return rewards[row] }
      return rewards[row] + discount * (weight * entropies[next] + following)
    }
  }

  /// Copies rows into the learner's inputs; the rest of the chunk gets weight 0.
  private func load(_ range: Range<Int>) {
    let rest = range.count..<learner.rows
    for name: ColumnName in [.observation, .mask, .noise, .conditionalNoise, "weight"] {
      guard let source = experience.find(name), let target = learner.experience.find(name)
      else { continue }
      target.copyRows(range, of: source, to: 0)
      // Padding must be finite: 0 · NaN is NaN.
      if name != .observation {
        learner.experience[name].fill(rest, with: name == "weight" ? 0 : 1)
      }
    }
  }

  private func writeSignals(_ start: Int) {
    guard let signal = learner.signal else { return }
    if let stage = learner.stages.values { learner.program.run(stage: stage) }
    for index in 0..<learner.rows {
      let target = start + index < experience.count ? returns[start + index] : 0
      learner.valueTarget?[index] = target
      signal[index] = target - (learner.values?[index] ?? 0)
    }
  }
}
