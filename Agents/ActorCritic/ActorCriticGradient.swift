import ReinforcementLearning

/// The gradients of an actor-critic on what a shard collected, in one of two ways.
protocol ActorCriticGradient: AnyObject {
  /// Writes the gradients of a pass.
  func write(_ pass: Int)

  /// The policy's entropy at the steps of the last rollout, where it has a weight.
  var entropy: EntropySum { get }
}

/// The sum of the policy's entropy over some steps.
struct EntropySum: BitwiseCopyable {
  var total = 0.0
  var count = 0

  /// Adds the entropies of some rows but for those of lost episodes.
  mutating func add(
    _ column: ExperienceColumn<Float>, rows: Range<Int>, steps: ArraySlice<Experience.Step>
  ) {
    for (row, step) in zip(rows, steps) where !step.isLost {
      total += Double(column[row])
      count += 1
    }
  }
}

extension ColumnName {
  /// `[R]`, the policy's entropy.
  static let entropy: ColumnName = "entropy"
  /// `[M·A]`, variates of M other actions, at which the mean of c is estimated.
  static let freeNoise: ColumnName = "free_noise"
  /// The share of the step limit that had passed.
  static let elapsed: ColumnName = "elapsed"
}

/// On T steps of each lane, with what V says of the time after them.
///
/// Row t·N + n is step t of lane n. What the policy computed while acting is still there, in the program
/// that acted.
final class StepGradient: ActorCriticGradient {
  private let compiled: ActorCriticProgram
  private let experience: Experience
  private let advantages: StepAdvantages?
  private let rowWeight: Float
  private(set) var entropy = EntropySum()
  /// Whether rows of lost episodes have weight 0 now.
  private var hasDroppedRows = false

  init(
    _ compiled: ActorCriticProgram, _ lanes: Lanes, _ networks: ActorCriticNetworks,
    _ configuration: ActorCriticConfiguration
  ) throws {
    self.compiled = compiled
    let experience = compiled.experience
    self.experience = experience
    advantages = try networks.value.map {
      try StepAdvantages(
        experience, of: lanes, value: $0, discount: configuration.discount,
        lambda: configuration.returns == .gae ? configuration.gaeLambda : 1, on: networks.torso)
    }
    // Every row counts the same: the mean over all lanes and steps of the update.
    rowWeight = 1 / Float(configuration.envs * configuration.rolloutSteps)
    compiled.weight?.fill(0..<compiled.rows, with: rowWeight)
  }

  func write(_ pass: Int) {
    let (program, stages) = (compiled.program, compiled.stages)
    if pass == 0 {
      entropy = EntropySum()
      if let column = experience.column(.entropy) {
        entropy.add(column, rows: 0..<compiled.rows, steps: experience.steps[...])
      }
      writeWeights()
      writeSignals()
      if let stage = stages.gradient { program.run(stage: stage) }
    } else if let stage = stages.coupledGradient {
      program.run(stage: stage)
    }
  }

  /// Takes the rows of lost episodes out of the update; what earlier updates made of them stands.
  private func writeWeights() {
    guard experience.hasLostRows || hasDroppedRows, let weight = compiled.weight else { return }
    experience.writeWeights(rowWeight, into: weight)
    hasDroppedRows = experience.hasLostRows
  }

  private func writeSignals() {
    guard let stage = compiled.stages.values, let values = compiled.values,
      let signal = compiled.signal
    else { return }
    compiled.program.run(stage: stage)
    advantages?.write(into: signal, values: values)
    guard let target = compiled.valueTarget else { return }
    let rows = 0..<compiled.rows
    target.withMutableRows(rows) { target in
      signal.withRows(rows) { signal in
        values.withRows(rows) { values in
          for row in rows { target[row] = signal[row] + values[row] }
        }
      }
    }
  }
}
