import Networks

/// What lets the lanes of a shard act and keeps what they meet: experience for one update.
///
/// It knows nothing of gradients. It stops between any two steps when it is asked to, and goes on when
/// it is called again.
public protocol Collector: AnyObject {
  /// The lanes that act.
  var lanes: Lanes { get }

  /// What was collected since the update before; complete once `collect` has returned.
  var experience: Experience { get }

  /// Environment steps of all shards together after which a rollout that has not come to an end pauses,
  /// or nil.
  var limit: Int? { get set }

  /// Collects the experience of an update, or what is missing of it.
  ///
  /// - Parameter clock: the latest clock among all shards' trackers, at which waiting lanes start.
  /// - Returns: environment steps of the whole rollout.
  /// - Throws: what an environment or the actor found wrong; `RolloutPause`.
  func collect(clock: Int) throws -> Int

  /// Forgets the experience, which the update has used.
  func finishUpdate()

  /// Adds lanes, and what was collected for an update that is not over, to a checkpoint.
  func save(to checkpoint: inout SafetensorsFile, name: String) throws

  /// Takes over what `save` wrote.
  func restore(from checkpoint: SafetensorsFile, name: String) throws
}
