import Networks

/// What learns: parameters, their optimizers and the shards that act and differentiate for it.
///
/// An update goes through phases. In phase 0 every shard acts and writes its gradient; the training
/// loop adds the shards' gradients along a fixed tree into those of shard 0, and `receive` looks at
/// the sum. A later phase may depend on that sum, as the variance of a gradient does. At last
/// `finishUpdate` moves the parameters.
public protocol Agent: AnyObject, SendableMetatype {
  /// What acts in some of the environments.
  associatedtype Shard: AgentShard

  /// The shards in the order of their lanes; their number and sizes never depend on threads.
  var shards: [Shard] { get }

  /// The number of gradient phases in an update, at least 1.
  var phaseCount: Int { get }

  /// Takes note of a phase's gradient, which now lies summed in the buffers of shard 0.
  ///
  /// - Throws: an error that names what is not finite, before anything was changed.
  func receive(phase: Int) throws

  /// Applies the gradients.
  ///
  /// - Parameters:
  ///   - step: environment steps done, this update's included.
  ///   - steps: environment steps of the whole run, for schedules.
  /// - Throws: an error that names what is not finite; parameters may have changed then.
  func finishUpdate(step: Int, of steps: Int) throws

  /// Numbers worth a line in a log: always the same names, nil where there is no value yet.
  var metrics: [(name: String, value: Double?)] { get }

  /// Every trained parameter, for a digest and for use after training.
  var parameters: [ParameterSet<Float>] { get }

  /// Adds everything the agent needs to go on, its shards included, to a checkpoint.
  func save(to checkpoint: inout SafetensorsFile) throws

  /// Takes over what `save` wrote.
  func restore(from checkpoint: SafetensorsFile) throws
}

extension Agent {
  /// One phase: the gradient depends on the shards' own rollouts alone.
  public var phaseCount: Int { 1 }

  /// Takes the gradient as it is; optimizers refuse one that is not finite.
  public func receive(phase: Int) throws {}

  /// None.
  public var metrics: [(name: String, value: Double?)] { [] }
}

/// The part of an agent that acts in some of the lanes, on one thread at a time.
public protocol AgentShard: AnyObject, SendableMetatype {
  /// Collects one rollout.
  ///
  /// - Parameter clock: the latest clock among all shards' trackers, at which waiting lanes start.
  /// - Returns: environment steps taken.
  /// - Throws: `EnvironmentError`, or the agent's own for what it cannot act on. `RolloutPause`
  ///   between two steps when the user wants to stop; what there is of the rollout is then kept and
  ///   saved, and the next call goes on with it.
  func act(clock: Int) throws -> Int

  /// Writes the shard's share of a phase's gradient into `gradients(phase:)`.
  func writeGradient(phase: Int) throws

  /// Where the shard's gradients of a phase lie; alike in number and length for all shards.
  ///
  /// The loop adds those of one phase up over the shards, into the ones of shard 0. Which there are, in
  /// which order and in what scale is the agent's own business, and so is the sign: every agent here has
  /// gradients of a loss, which its optimizers descend. See `ActorCriticShard`.
  func gradients(phase: Int) -> [UnsafeMutableBufferPointer<Float>]

  /// Environment steps of all shards together after which a rollout that has not come to an end pauses,
  /// nil for no limit.
  ///
  /// Set by the loop. Only shards whose rollouts last until episodes end need to heed it, see
  /// `RolloutPause.ifAsked`.
  var rolloutLimit: Int? { get set }

  /// The shard's episodes.
  var episodes: EpisodeTracker { get set }
}

extension AgentShard {
  /// No limit: the rollout ends by itself.
  public var rolloutLimit: Int? {
    get { nil }
    set {}
  }
}
