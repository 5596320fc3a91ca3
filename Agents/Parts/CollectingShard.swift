import Networks
import ReinforcementLearning

/// A shard that collects what a policy does in its lanes, and differentiates on that alone.
///
/// Acting, pausing, saving and resuming are the same for all of them; a conformer has but gradients to
/// write.
public protocol CollectingShard: AgentShard {
  /// What lets the lanes act.
  var collector: any Collector { get }
  /// What chooses their actions.
  var actor: PolicyActor { get }
}

extension CollectingShard {
  /// The lanes that act.
  public var lanes: Lanes { collector.lanes }

  /// Collects one rollout.
  public func collect(clock: Int) throws -> Int { try collector.collect(clock: clock) }

  /// Forgets what was collected: the update is over.
  public func finishUpdate() { collector.finishUpdate() }

  /// Environment steps of all shards together after which a rollout pauses, or nil.
  public var rolloutLimit: Int? {
    get { collector.limit }
    set { collector.limit = newValue }
  }

  /// The shard's episodes.
  public var episodes: EpisodeTracker {
    get { lanes.episodes }
    set { lanes.episodes = newValue }
  }

  /// Adds lanes, noise and what was collected for an update that is not over.
  public func save(to checkpoint: inout SafetensorsFile, name: String) throws {
    try collector.save(to: &checkpoint, name: name)
    try actor.save(to: &checkpoint, name: "\(name).actor")
  }

  /// Takes over what `save` wrote.
  public func restore(from checkpoint: SafetensorsFile, name: String) throws {
    try actor.restore(from: checkpoint, name: "\(name).actor")
    try collector.restore(from: checkpoint, name: name)
  }
}
