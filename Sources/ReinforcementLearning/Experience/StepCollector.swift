import GSL
import Networks

/// Collects T steps of each of N lanes.
///
/// Row t·N + n is step t of lane n. An episode goes on over the end of a rollout, and the next one of a
/// lane begins within the step that ends one.
public final class StepCollector: Collector {
  /// The lanes that act.
  public let lanes: Lanes
  /// `[T·N]` rows.
  public let experience: Experience
  /// Environment steps of all shards together after which a rollout pauses, or nil.
  public var limit: Int?
  /// T.
  public let steps: Int

  private let actor: any Actor
  private let lanesInAll: Int
  private let laneStep: LaneStep

  /// A collector.
  ///
  /// - Parameters:
  ///   - lanes: that act.
  ///   - actor: what chooses their actions.
  ///   - experience: of T·N rows, with a column `action`; `observation` and `mask` are filled if they
  ///     are there.
  ///   - lanesInAll: lanes of all shards together.
  public init(_ lanes: Lanes, _ actor: any Actor, into experience: Experience, lanesInAll: Int) {
    insist(
      experience.capacity % lanes.count == 0,
      "\(experience.capacity) rows are no whole steps of \(lanes.count) lanes.")
    self.lanes = lanes
    self.actor = actor
    self.experience = experience
    self.lanesInAll = lanesInAll
    steps = experience.capacity / lanes.count
    laneStep = LaneStep(lanes, actor, in: experience)
  }

  /// Steps that the rollout under way has taken.
  private var stepsTaken: Int { experience.count / lanes.count }

  /// Takes the steps that are missing.
  public func collect(clock: Int) throws -> Int {
    if stepsTaken == steps { experience.removeAll() }
    for step in stepsTaken..<steps {
      try RolloutPause.ifAsked(after: step, of: lanesInAll, limit: limit)
      try laneStep.take(experience.prepare(lanes.count), atEnd: .startNext)
      let outcomes = lanes.outcomes
      lanes.record(0..<lanes.count, in: experience)
      actor.finishStep(outcomes.span)
    }
    return steps * lanes.count
  }

  /// Forgets the experience.
  public func finishUpdate() { experience.removeAll() }

  /// Adds the lanes, and a rollout that is not used up yet.
  public func save(to checkpoint: inout SafetensorsFile, name: String) throws {
    try lanes.save(to: &checkpoint, name: name)
    guard experience.count > 0 else { return }
    checkpoint.metadata["\(name).rollout"] = try encodeState(stepsTaken)
    experience.save(to: &checkpoint, name: "\(name).rollout")
  }

  /// Takes over what `save` wrote.
  public func restore(from checkpoint: SafetensorsFile, name: String) throws {
    try lanes.restore(from: checkpoint, name: name, mayWait: false)
    experience.removeAll()
    let rollout = "\(name).rollout"
    guard let text = checkpoint.metadata[rollout] else { return }
    let steps: Int = try decodeState(text, named: rollout)
    try experience.restore(from: checkpoint, name: rollout)
    guard (0...self.steps).contains(steps), experience.count == steps * lanes.count,
      experience.steps.enumerated().allSatisfy({ Int($1.lane) == $0 % lanes.count })
    else {
      experience.removeAll()
      throw CheckpointContentError.unreadable(
        rollout, reason: "its rows are not whole steps of \(lanes.count) lanes.")
    }
    for step in 0..<stepsTaken {
      actor.recall(step * lanes.count..<(step + 1) * lanes.count, of: experience)
    }
  }
}
