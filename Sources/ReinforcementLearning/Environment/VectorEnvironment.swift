/// N environments ("lanes") of one kind, as agents see them.
///
/// Everything numeric goes into the caller's memory, dense and row-major. Shapes: N lanes
/// (`count`), D numbers of an observation (`observationSize`), C components of an action
/// (`actionSpace.elementCount`), A choices of a discrete action (`actionSpace.maskSize`).
///
/// A step has two halves, so that environments in other processes work at the same time:
/// `beginStep` sends the actions, `finishStep` receives the results. What a lane does after the end
/// of an episode is the caller's choice at every step, see `EpisodeEnd`.
///
/// Episodes of a lane are numbered from 0, and the randomness of each is the stream of (run seed,
/// "environment", global lane, episode): results depend neither on how lanes are grouped nor on
/// threads. The caller keeps the current observations; a checkpoint needs them beside `snapshot()`.
public protocol VectorEnvironment: AnyObject {
  /// The task's name.
  var name: String { get }
  /// N, the number of lanes.
  var count: Int { get }
  /// Global index of lane 0.
  var firstLane: Int { get }
  /// The set that observations come from.
  var observationSpace: Space { get }
  /// Whether observations can be had as bytes, too.
  var givesBytes: Bool { get }
  /// The set that actions come from.
  var actionSpace: Space { get }
  /// The number of steps after which an episode is truncated, or nil for no limit.
  var stepLimit: Int? { get }
  /// The mean return over 100 episodes that counts as solved, or nil where there is none.
  var rewardThreshold: Double? { get }
  /// Whether some actions are forbidden in some states.
  var hasActionMask: Bool { get }
  /// What rewards become before an agent learns from them.
  var trainingRewards: RewardTransform { get }

  /// Begins a new episode in every lane; episodes under way are dropped.
  ///
  /// - Parameter observations: `[N, D]`, receives the first observations.
  /// - Throws: `EnvironmentError`, for memory of the wrong size or a failing environment.
  func reset(observations: inout MutableSpan<Float>) throws(EnvironmentError)

  /// Whether the lane's episode has ended under `.wait` and no new one has begun.
  func isWaiting(_ lane: Int) -> Bool

  /// Ends the episode under way in a lane, which waits from then on.
  ///
  /// - Parameter lane: index within this environment.
  /// - Throws: `EnvironmentError.outOfTurn` during a step, or where it cannot be done.
  func cutOff(lane: Int) throws(EnvironmentError)

  /// Begins a new episode in every lane that waits.
  ///
  /// - Parameter observations: `[N, D]`; only the rows of lanes that waited are written.
  /// - Throws: `EnvironmentError`, for memory of the wrong size or a failing environment.
  func startWaitingLanes(observations: inout MutableSpan<Float>) throws(EnvironmentError)

  /// Starts a step with whole-number actions.
  ///
  /// - Parameters:
  ///   - actions: `[N, C]`; copied. Those of waiting lanes are ignored.
  ///   - atEnd: what lanes do whose episode ends in this step.
  /// - Throws: `EnvironmentError`; nothing has changed then.
  func beginStep(actions: Span<Int32>, atEnd: EpisodeEnd) throws(EnvironmentError)

  /// Starts a step with real actions.
  ///
  /// - Parameters:
  ///   - actions: `[N, C]`; copied. Those of waiting lanes are ignored.
  ///   - atEnd: what lanes do whose episode ends in this step.
  /// - Throws: `EnvironmentError`; nothing has changed then.
  func beginStep(actions: Span<Float>, atEnd: EpisodeEnd) throws(EnvironmentError)

  /// Completes the step that was begun.
  ///
  /// - Parameters:
  ///   - observations: `[N, D]`, the observations to act on next: under `.startNext` the first one
  ///     of the next episode where one ended. Rows of waiting lanes are left as they are.
  ///   - finalObservations: `[N, D]`; only rows of lanes whose episode ended are written, with the
  ///     observation that ended it.
  ///   - rewards: `[N]`; 0 for waiting lanes.
  ///   - outcomes: `[N]`; `ongoing` for waiting lanes. After `lost` the lane is in its next episode,
  ///     whatever was asked for.
  /// - Throws: `EnvironmentError` for an observation or reward that is not finite, after which only
  ///   `reset` and `restore` are of use.
  func finishStep(
    observations: inout MutableSpan<Float>, finalObservations: inout MutableSpan<Float>,
    rewards: inout MutableSpan<Double>, outcomes: inout MutableSpan<Outcome>
  ) throws(EnvironmentError)

  /// As above, with the observations as bytes.
  ///
  /// - Throws: `EnvironmentError.noBytes` where they are none, see `givesBytes`.
  func reset(observations: inout MutableSpan<UInt8>) throws(EnvironmentError)

  /// As above, with the observations as bytes.
  ///
  /// - Throws: `EnvironmentError.noBytes` where they are none, see `givesBytes`.
  func startWaitingLanes(observations: inout MutableSpan<UInt8>) throws(EnvironmentError)

  /// As above, with the observations as bytes.
  ///
  /// - Throws: `EnvironmentError.noBytes` where they are none, see `givesBytes`.
  func finishStep(
    observations: inout MutableSpan<UInt8>, finalObservations: inout MutableSpan<UInt8>,
    rewards: inout MutableSpan<Double>, outcomes: inout MutableSpan<Outcome>
  ) throws(EnvironmentError)

  /// Says which actions the current observations allow.
  ///
  /// - Parameter masks: `[N, A]`, receives 1 (allowed) or 0.
  /// - Throws: `EnvironmentError`, for memory of the wrong size or an action space without choices.
  func writeActionMasks(_ masks: inout MutableSpan<Float>) throws(EnvironmentError)

  /// Draws what a lane shows now.
  ///
  /// - Parameter lane: index within this environment.
  /// - Returns: the picture; nil, which is the default, where there is none.
  /// - Throws: `EnvironmentError` during a step, or where a simulator fails.
  func render(lane: Int) throws(EnvironmentError) -> Picture?

  /// Whether `restore` goes on exactly where `snapshot` was taken.
  ///
  /// Where it is false, a snapshot holds the numbers of the episodes alone. After `restore` every lane
  /// that had an episode under way begins its next one in the first step, with `Outcome.lost`.
  var hasSnapshots: Bool { get }

  /// The state of every lane: equal states give equal bytes.
  ///
  /// - Throws: `EnvironmentError` where a simulator fails.
  func snapshot() throws(EnvironmentError) -> [UInt8]

  /// Goes back to a state that `snapshot()` returned, of this or of an equal vector environment.
  func restore(_ snapshot: [UInt8]) throws(EnvironmentError)
}

extension VectorEnvironment {
  /// False: observations are numbers.
  public var givesBytes: Bool { false }

  /// Rewards stay as they are.
  public var trainingRewards: RewardTransform { RewardTransform() }

  /// Nil: it has no pictures.
  public func render(lane: Int) throws(EnvironmentError) -> Picture? { nil }

  /// Refuses: episodes end by themselves.
  public func cutOff(lane: Int) throws(EnvironmentError) {
    throw .outOfTurn(environment: name, reason: "its episodes cannot be cut off.")
  }

  /// Refuses: observations are numbers.
  public func reset(observations: inout MutableSpan<UInt8>) throws(EnvironmentError) {
    throw .noBytes(environment: name)
  }

  /// Refuses: observations are numbers.
  public func startWaitingLanes(observations: inout MutableSpan<UInt8>) throws(EnvironmentError) {
    throw .noBytes(environment: name)
  }

  /// Refuses: observations are numbers.
  public func finishStep(
    observations: inout MutableSpan<UInt8>, finalObservations: inout MutableSpan<UInt8>,
    rewards: inout MutableSpan<Double>, outcomes: inout MutableSpan<Outcome>
  ) throws(EnvironmentError) {
    throw .noBytes(environment: name)
  }

  /// True: a state that is a value can be saved.
  public var hasSnapshots: Bool { true }

  /// D, the length of an observation row.
  public var observationSize: Int { observationSpace.observationSize }

  /// C, the length of an action row.
  public var actionSize: Int { actionSpace.elementCount }

  /// Both halves of a step with whole-number actions.
  @inlinable
  public func step(
    actions: Span<Int32>, atEnd: EpisodeEnd, observations: inout MutableSpan<Float>,
    finalObservations: inout MutableSpan<Float>, rewards: inout MutableSpan<Double>,
    outcomes: inout MutableSpan<Outcome>
  ) throws(EnvironmentError) {
    try beginStep(actions: actions, atEnd: atEnd)
    try finishStep(
      observations: &observations, finalObservations: &finalObservations, rewards: &rewards,
      outcomes: &outcomes)
  }

  /// Both halves of a step with real actions.
  @inlinable
  public func step(
    actions: Span<Float>, atEnd: EpisodeEnd, observations: inout MutableSpan<Float>,
    finalObservations: inout MutableSpan<Float>, rewards: inout MutableSpan<Double>,
    outcomes: inout MutableSpan<Outcome>
  ) throws(EnvironmentError) {
    try beginStep(actions: actions, atEnd: atEnd)
    try finishStep(
      observations: &observations, finalObservations: &finalObservations, rewards: &rewards,
      outcomes: &outcomes)
  }
}
