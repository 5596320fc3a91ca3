import GSL
import Networks

/// One step of every lane into rows of experience: what all collectors have in common.
///
/// The lanes show what they see, the actor chooses, the environments answer.
struct LaneStep {
  private let lanes: Lanes
  private let actor: any Actor
  private let experience: Experience
  private let observations: AnyExperienceColumn?
  private let masks: ExperienceColumn<Float>?
  private let actions: ExperienceColumn<Float>

  /// - Parameters:
  ///   - lanes: that act.
  ///   - actor: what chooses their actions.
  ///   - experience: with a column `action`; `observation` and `mask` are filled if they are there.
  init(_ lanes: Lanes, _ actor: any Actor, in experience: Experience) {
    guard let actions = experience.column(.action) else {
      fatalError("A collector needs a column \"action\".")
    }
    self.lanes = lanes
    self.actor = actor
    self.experience = experience
    self.actions = actions
    observations = experience.columns.first { $0.name == .observation }
    masks = experience.column(.mask)
  }

  /// Takes the step.
  ///
  /// - Parameters:
  ///   - rows: N, one for each lane.
  ///   - atEnd: what lanes do whose episode ends.
  /// - Throws: what the actor or the environment throws.
  func take(_ rows: Range<Int>, atEnd: EpisodeEnd) throws {
    if let observations { lanes.writeObservations(to: observations, rows: rows) }
    if let masks { try lanes.writeMasks(to: masks, rows: rows) }
    try actor.act(on: rows, of: experience)
    try lanes.step(actions, rows: rows, atEnd: atEnd, rewards: experience.rewards)
  }
}
