import Networks

/// A turn of an update.
public enum Pass: Hashable, Sendable {
  /// The shards act: the beginning of an update.
  case collect
  /// The k-th gradient of the update, from 0.
  case gradient(Int)
}

/// Where in a run an update is, for schedules.
public struct RunPosition: Hashable, Sendable {
  /// Environment steps done, those of the update under way included.
  public var step: Int
  /// Environment steps of the whole run.
  public var steps: Int

  /// A position.
  public init(step: Int, of steps: Int) {
    self.step = step
    self.steps = steps
  }
}

/// What learns: parameters, their optimizers and the shards that act and differentiate for it.
///
/// An update is a rollout and the gradient passes that belong to it. In each pass every shard writes its
/// share of a gradient; the training loop adds the shares up along a fixed tree into those of shard 0, and
/// `receive` applies the sum or keeps it until all passes are over. A later pass may depend on what an
/// earlier one brought, as the variance of a gradient does on the gradient. A checkpoint lies between
/// updates: after an error in a later pass only the last one is good.
public protocol Agent: AnyObject, SendableMetatype {
  /// What acts in some of the environments.
  associatedtype Shard: AgentShard

  /// The shards in the order of their lanes; their number and sizes never depend on threads.
  var shards: [Shard] { get }

  /// How the shards come together.
  var reduction: any Reduction { get }

  /// Gradients of an update, where all updates have the same number.
  var passCount: Int { get }

  /// Says what comes next: `collect` begins the next update.
  ///
  /// - Parameter pass: the one that is over.
  /// - Returns: the next one.
  func pass(after pass: Pass) -> Pass

  /// Whether the agent can be saved between the gradient passes of an update, so that they can be
  /// paused.
  var savesBetweenPasses: Bool { get }

  /// Takes a pass's gradient, which now lies summed in shard 0's.
  ///
  /// - Parameters:
  ///   - pass: the number of the gradient.
  ///   - position: in the run, for schedules.
  /// - Throws: an error that names what is not finite.
  func receive(gradient pass: Int, at position: RunPosition) throws

  /// Ends the update.
  ///
  /// - Parameter position: in the run, for schedules.
  /// - Throws: an error that names what is not finite; parameters may have changed then.
  func finishUpdate(at position: RunPosition) throws

  /// Numbers worth a line in a log: always the same names, nil where there is no value yet.
  var metrics: [(name: String, value: Double?)] { get }

  /// The policy's entropy, where it is a part of what is maximized beside the rewards; else nil.
  var entropyTerm: EntropyTerm? { get }

  /// Every trained parameter, for a digest and for use after training.
  var parameters: [ParameterSet<Float>] { get }

  /// Adds everything the agent needs to go on to a checkpoint, but for its shards.
  func save(to checkpoint: inout SafetensorsFile) throws

  /// Takes over what `save` wrote.
  func restore(from checkpoint: SafetensorsFile) throws
}

extension Agent {
  /// All shards are in this process.
  public var reduction: any Reduction { SharedMemoryReduction() }

  /// One gradient.
  public var passCount: Int { 1 }

  /// As many gradients as `passCount` says, one after the other.
  public func pass(after pass: Pass) -> Pass {
    switch pass {
    case .collect: .gradient(0)
    case .gradient(let number): number + 1 < passCount ? .gradient(number + 1) : .collect
    }
  }

  /// False: what the passes of an update share is nowhere saved.
  public var savesBetweenPasses: Bool { false }

  /// Takes the gradient as it is; optimizers refuse one that is not finite.
  public func receive(gradient pass: Int, at position: RunPosition) throws {}

  /// None.
  public var metrics: [(name: String, value: Double?)] { [] }

  /// None: rewards are all.
  public var entropyTerm: EntropyTerm? { nil }
}

/// τ H, what the entropy of a policy adds to the objective in each step.
public struct EntropyTerm: Hashable, Sendable {
  /// τ.
  public var coefficient: Double
  /// The mean of H in the last update, in nats; nil before the first.
  public var mean: Double?

  /// A term.
  public init(coefficient: Double, mean: Double?) {
    self.coefficient = coefficient
    self.mean = mean
  }
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
  func collect(clock: Int) throws -> Int

  /// Writes the shard's share of a pass's gradient into `gradients(of:)`.
  ///
  /// - Parameter pass: the number of the gradient.
  /// - Throws: what cannot be differentiated.
  func writeGradient(_ pass: Int) throws

  /// Where the shard's gradients of a pass lie; alike in number and layout for all shards.
  ///
  /// The loop adds those of one pass up over the shards, into the ones of shard 0. Which there are, in
  /// which order and in what scale is the agent's own business, and so is the sign: every agent here has
  /// gradients of a loss, which its optimizers descend. See `ActorCriticShard`.
  func gradients(of pass: Int) -> [ParameterSet<Float>]

  /// Environment steps of all shards together after which a rollout that has not come to an end pauses,
  /// nil for no limit.
  ///
  /// Set by the loop. Only shards whose rollouts last until episodes end need to heed it, see
  /// `RolloutPause.ifAsked`.
  var rolloutLimit: Int? { get set }

  /// The shard's episodes.
  var episodes: EpisodeTracker { get set }

  /// Adds everything the shard needs to go on to a checkpoint.
  ///
  /// - Parameters:
  ///   - checkpoint: which.
  ///   - name: of the shard in it: `shard.0` and so on.
  /// - Throws: what cannot be saved.
  func save(to checkpoint: inout SafetensorsFile, name: String) throws

  /// Takes over what `save` wrote.
  func restore(from checkpoint: SafetensorsFile, name: String) throws
}

extension AgentShard {
  /// No limit: the rollout ends by itself.
  public var rolloutLimit: Int? {
    get { nil }
    set {}
  }
}
