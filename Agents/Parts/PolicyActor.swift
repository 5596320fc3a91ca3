import Differentiation
import Distributions
import GSL
import Networks
import ReinforcementLearning

/// A policy as it acts in the lanes of a shard: draws noise and, by a stage of a program, actions.
///
/// The noise behind an action stays with it, in the columns `noise` and `conditional_noise`, until the
/// update: a relaxed sample belongs to an action only if both come from the same noise. A column `free_noise`
/// gets variates of actions that are not taken.
public final class PolicyActor: Actor {
  private let program: Program<Float>
  private let stage: Int
  private let kind: NoiseKind
  private let antitheticCopies: Int?
  private var noise: LaneNoise
  private var conditionalNoise: LaneNoise
  private let noiseColumn: ExperienceColumn<Float>?
  private let conditionalNoiseColumn: ExperienceColumn<Float>?
  private var freeNoise: LaneNoise
  private let freeNoiseColumn: ExperienceColumn<Float>?

  /// What acts.
  ///
  /// - Parameters:
  ///   - program: bound to the experience.
  ///   - stage: that computes the column `action`, for any of its rows.
  ///   - experience: that is acted in; the columns of noise are filled if they are there.
  ///   - lanes: which act; a choice needs the noise of `Categorical`, real actions that of
  ///     `DiagonalGaussian`.
  ///   - seed: the run's.
  ///   - antitheticCopies: K, where the lanes are K copies of the same environments one after the other, whose
  ///     actions are to be unlike each other as `ARMS` asks; the noise is logistic then.
  public init(
    _ program: Program<Float>, stage: Int = 0, in experience: Experience, of lanes: Lanes,
    seed: UInt64, antitheticCopies: Int? = nil
  ) {
    self.antitheticCopies = antitheticCopies
    self.program = program
    self.stage = stage
    kind = lanes.actions.kind.noise
    noiseColumn = experience.column(.noise)
    conditionalNoiseColumn = experience.column(.conditionalNoise)
    freeNoiseColumn = experience.column(.freeNoise)
    let firstLane = lanes.environment.firstLane
    noise = LaneNoise(seed: seed, purpose: "action", firstLane: firstLane, count: lanes.count)
    conditionalNoise = LaneNoise(
      seed: seed, purpose: "conditional-noise", firstLane: firstLane, count: lanes.count)
    freeNoise = LaneNoise(
      seed: seed, purpose: "free-noise", firstLane: firstLane, count: lanes.count)
  }

  /// Draws noise for each lane, and an action from it.
  public func act(on rows: Range<Int>, of experience: Experience) {
    if let noiseColumn {
      noise.fill(noiseColumn, rows: rows, kind)
      if let antitheticCopies { noise.makeAntithetic(noiseColumn, rows: rows, antitheticCopies) }
    }
    if let conditionalNoiseColumn {
      conditionalNoise.fill(conditionalNoiseColumn, rows: rows, kind)
    }
    if let freeNoiseColumn { freeNoise.fill(freeNoiseColumn, rows: rows, kind) }
    program.run(stage: stage, rows: rows)
  }

  /// Computes again what the stage keeps for the update.
  public func recall(_ rows: Range<Int>, of experience: Experience) {
    program.run(stage: stage, rows: rows)
  }

  /// Adds the streams of noise to a checkpoint.
  public func save(to checkpoint: inout SafetensorsFile, name: String) throws {
    try noise.save(to: &checkpoint, name: "\(name).noise")
    try conditionalNoise.save(to: &checkpoint, name: "\(name).conditional_noise")
    if freeNoiseColumn != nil {
      try freeNoise.save(to: &checkpoint, name: "\(name).free_noise")
    }
  }

  /// Takes over what `save` wrote.
  public func restore(from checkpoint: SafetensorsFile, name: String) throws {
    try noise.restore(from: checkpoint, name: "\(name).noise")
    try conditionalNoise.restore(from: checkpoint, name: "\(name).conditional_noise")
    if freeNoiseColumn != nil {
      try freeNoise.restore(from: checkpoint, name: "\(name).free_noise")
    }
  }
}
