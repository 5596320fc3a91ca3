import Distributions
import GSL
import Networks
import ReinforcementLearning

/// An actor-critic's policy as it acts in the lanes of a shard: draws the noise and, from it, actions.
///
/// The noise behind an action stays with it until the update.
final class PolicyActor: Actor {
  private let compiled: ActorCriticProgram
  private let kind: NoiseKind
  private var noise: LaneNoise
  private var conditionalNoise: LaneNoise
  private let noiseColumn: ExperienceColumn<Float>?
  private let conditionalNoiseColumn: ExperienceColumn<Float>?

  /// - Parameters:
  ///   - compiled: bound to the experience that is acted in.
  ///   - lanes: which act.
  ///   - seed: the run's.
  init(_ compiled: ActorCriticProgram, _ lanes: Lanes, seed: UInt64) {
    self.compiled = compiled
    kind = lanes.actions.kind.noise
    noiseColumn = compiled.experience.column(.noise)
    conditionalNoiseColumn = compiled.experience.column(.conditionalNoise)
    let firstLane = lanes.environment.firstLane
    noise = LaneNoise(seed: seed, purpose: "action", firstLane: firstLane, count: lanes.count)
    conditionalNoise = LaneNoise(
      seed: seed, purpose: "conditional-noise", firstLane: firstLane, count: lanes.count)
  }

  func act(on rows: Range<Int>, of experience: Experience) {
    if let noiseColumn { noise.fill(noiseColumn, rows: rows, kind) }
    if let conditionalNoiseColumn {
      conditionalNoise.fill(conditionalNoiseColumn, rows: rows, kind)
    }
    compiled.program.run(stage: compiled.stages.act, rows: rows)
  }

  func recall(_ rows: Range<Int>, of experience: Experience) {
    compiled.program.run(stage: compiled.stages.act, rows: rows)
  }

  func save(to checkpoint: inout SafetensorsFile, name: String) throws {
    try noise.save(to: &checkpoint, name: "\(name).noise")
    try conditionalNoise.save(to: &checkpoint, name: "\(name).conditional_noise")
  }

  func restore(from checkpoint: SafetensorsFile, name: String) throws {
    try noise.restore(from: checkpoint, name: "\(name).noise")
    try conditionalNoise.restore(from: checkpoint, name: "\(name).conditional_noise")
  }
}
