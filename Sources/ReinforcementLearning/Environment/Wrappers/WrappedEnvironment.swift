/// A vector environment around another one, of which each kind changes something.
///
/// By itself it changes nothing. Observations are asked for as numbers and as bytes; both end in one method here,
/// so that a kind says what it does once.
package class WrappedEnvironment: VectorEnvironment {
  let inner: any VectorEnvironment
  let seed: UInt64

  /// - Parameters:
  ///   - inner: what is wrapped; nobody else uses it any more.
  ///   - seed: the run's.
  init(_ inner: any VectorEnvironment, seed: UInt64) {
    self.inner = inner
    self.seed = seed
  }

  /// The task's name.
  package var name: String { inner.name }
  /// N, the number of lanes.
  package var count: Int { inner.count }
  /// Global index of lane 0.
  package var firstLane: Int { inner.firstLane }
  /// The set that observations come from.
  package var observationSpace: Space { inner.observationSpace }
  /// Whether observations can be had as bytes, too.
  package var givesBytes: Bool { inner.givesBytes }
  /// The set that actions come from.
  package var actionSpace: Space { inner.actionSpace }
  /// The number of steps after which an episode is truncated, or nil for no limit.
  package var stepLimit: Int? { inner.stepLimit }
  /// The mean return over 100 episodes that counts as solved, or nil where there is none.
  package var rewardThreshold: Double? { inner.rewardThreshold }
  /// Whether some actions are forbidden in some states.
  package var hasActionMask: Bool { inner.hasActionMask }
  /// What rewards become before an agent learns from them.
  package var trainingRewards: RewardTransform { inner.trainingRewards }
  /// Whether `restore` goes on exactly where `snapshot` was taken.
  package var hasSnapshots: Bool { inner.hasSnapshots }

  /// Whether the lane's episode has ended under `.wait` and no new one has begun.
  package func isWaiting(_ lane: Int) -> Bool { inner.isWaiting(lane) }

  /// Ends the episode under way in a lane, which waits from then on.
  package func cutOff(lane: Int) throws(EnvironmentError) { try inner.cutOff(lane: lane) }

  /// Begins a new episode in every lane.
  package func reset(observations: inout MutableSpan<Float>) throws(EnvironmentError) {
    try begin(all: true, &observations)
  }

  /// Begins a new episode in every lane.
  package func reset(observations: inout MutableSpan<UInt8>) throws(EnvironmentError) {
    guard givesBytes else { throw .noBytes(environment: name) }
    try begin(all: true, &observations)
  }

  /// Begins a new episode in every lane that waits.
  package func startWaitingLanes(
    observations: inout MutableSpan<Float>
  ) throws(EnvironmentError) {
    try begin(all: false, &observations)
  }

  /// Begins a new episode in every lane that waits.
  package func startWaitingLanes(
    observations: inout MutableSpan<UInt8>
  ) throws(EnvironmentError) {
    guard givesBytes else { throw .noBytes(environment: name) }
    try begin(all: false, &observations)
  }

  /// Starts a step with whole-number actions.
  package func beginStep(actions: Span<Int32>, atEnd: EpisodeEnd) throws(EnvironmentError) {
    try inner.beginStep(actions: actions, atEnd: atEnd)
  }

  /// Starts a step with real actions.
  package func beginStep(actions: Span<Float>, atEnd: EpisodeEnd) throws(EnvironmentError) {
    try inner.beginStep(actions: actions, atEnd: atEnd)
  }

  /// Completes the step that was begun.
  package func finishStep(
    observations: inout MutableSpan<Float>, finalObservations: inout MutableSpan<Float>,
    rewards: inout MutableSpan<Double>, outcomes: inout MutableSpan<Outcome>
  ) throws(EnvironmentError) {
    try finish(&observations, &finalObservations, &rewards, &outcomes)
  }

  /// Completes the step that was begun.
  package func finishStep(
    observations: inout MutableSpan<UInt8>, finalObservations: inout MutableSpan<UInt8>,
    rewards: inout MutableSpan<Double>, outcomes: inout MutableSpan<Outcome>
  ) throws(EnvironmentError) {
    guard givesBytes else { throw .noBytes(environment: name) }
    try finish(&observations, &finalObservations, &rewards, &outcomes)
  }

  /// Says which actions the current observations allow.
  package func writeActionMasks(_ masks: inout MutableSpan<Float>) throws(EnvironmentError) {
    try inner.writeActionMasks(&masks)
  }

  /// Draws what a lane of the wrapped environment shows now.
  package func render(lane: Int) throws(EnvironmentError) -> Picture? {
    try inner.render(lane: lane)
  }

  /// Begins a new episode in every lane, or in those that wait.
  func begin<Element: RowElement>(
    all: Bool, _ observations: inout MutableSpan<Element>
  ) throws(EnvironmentError) {
    try Element.begin(inner, all: all, &observations)
  }

  /// Completes the step that was begun.
  func finish<Element: RowElement>(
    _ observations: inout MutableSpan<Element>, _ finalObservations: inout MutableSpan<Element>,
    _ rewards: inout MutableSpan<Double>, _ outcomes: inout MutableSpan<Outcome>
  ) throws(EnvironmentError) {
    try Element.finishStep(inner, &observations, &finalObservations, &rewards, &outcomes)
  }

  /// What a snapshot holds besides that of the wrapped environment; nil for nothing.
  func ownState() throws(EnvironmentError) -> [UInt8]? { nil }

  /// Takes over what `ownState` gave.
  ///
  /// - Throws: `EnvironmentError.invalidSnapshot`; nothing has changed then.
  func restoreOwn(_ state: [UInt8]) throws(EnvironmentError) {}

  /// The own state behind its length in eight bytes, then that of the wrapped environment.
  package final func snapshot() throws(EnvironmentError) -> [UInt8] {
    guard let own = try ownState() else { return try inner.snapshot() }
    return (0..<8).map { UInt8(truncatingIfNeeded: own.count >> (8 * $0)) } + own
      + (try inner.snapshot())
  }

  /// Goes back to a state that `snapshot()` returned.
  ///
  /// - Throws: `EnvironmentError.invalidSnapshot`; nothing has changed then but what is wrapped, where the
  ///   wrapper's own part is wrong.
  package final func restore(_ snapshot: [UInt8]) throws(EnvironmentError) {
    guard try ownState() != nil else { return try inner.restore(snapshot) }
    let length = snapshot.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    guard snapshot.count >= 8, length <= UInt64(snapshot.count - 8) else {
      throw .invalidSnapshot(environment: name, reason: "it is not that of a wrapped environment.")
    }
    let own = snapshot[8..<8 + Int(length)]
    try inner.restore(Array(snapshot[(8 + Int(length))...]))
    try restoreOwn(Array(own))
  }

  /// Refuses a step that is to begin next episodes while some lanes wait: those could not be told from the
  /// ones that are to begin.
  func requireNoneWaiting(_ atEnd: EpisodeEnd) throws(EnvironmentError) {
    guard atEnd == .startNext else { return }
    for lane in 0..<count where isWaiting(lane) {
      throw .outOfTurn(
        environment: name,
        reason: "lane \(firstLane + lane) waits; start it before a step that begins next episodes.")
    }
  }
}

/// An element for which a vector environment can be asked, whatever it gives by itself.
package protocol RowElement: ObservationElement {
  /// Begins a new episode in every lane, or in those that wait.
  static func begin(
    _ environment: any VectorEnvironment, all: Bool, _ observations: inout MutableSpan<Self>
  ) throws(EnvironmentError)

  /// Completes the step that was begun.
  static func finishStep(
    _ environment: any VectorEnvironment, _ observations: inout MutableSpan<Self>,
    _ finalObservations: inout MutableSpan<Self>, _ rewards: inout MutableSpan<Double>,
    _ outcomes: inout MutableSpan<Outcome>
  ) throws(EnvironmentError)
}

extension Float: RowElement {
  /// Begins a new episode in every lane, or in those that wait.
  package static func begin(
    _ environment: any VectorEnvironment, all: Bool, _ observations: inout MutableSpan<Float>
  ) throws(EnvironmentError) {
    if all {
      try environment.reset(observations: &observations)
    } else {
      try environment.startWaitingLanes(observations: &observations)
    }
  }

  /// Completes the step that was begun.
  package static func finishStep(
    _ environment: any VectorEnvironment, _ observations: inout MutableSpan<Float>,
    _ finalObservations: inout MutableSpan<Float>, _ rewards: inout MutableSpan<Double>,
    _ outcomes: inout MutableSpan<Outcome>
  ) throws(EnvironmentError) {
    try environment.finishStep(
      observations: &observations, finalObservations: &finalObservations, rewards: &rewards,
      outcomes: &outcomes)
  }
}

extension UInt8: RowElement {
  /// Begins a new episode in every lane, or in those that wait.
  package static func begin(
    _ environment: any VectorEnvironment, all: Bool, _ observations: inout MutableSpan<UInt8>
  ) throws(EnvironmentError) {
    if all {
      try environment.reset(observations: &observations)
    } else {
      try environment.startWaitingLanes(observations: &observations)
    }
  }

  /// Completes the step that was begun.
  package static func finishStep(
    _ environment: any VectorEnvironment, _ observations: inout MutableSpan<UInt8>,
    _ finalObservations: inout MutableSpan<UInt8>, _ rewards: inout MutableSpan<Double>,
    _ outcomes: inout MutableSpan<Outcome>
  ) throws(EnvironmentError) {
    try environment.finishStep(
      observations: &observations, finalObservations: &finalObservations, rewards: &rewards,
      outcomes: &outcomes)
  }
}
