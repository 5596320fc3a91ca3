import GSL

/// Several copies of the same lanes, so that several actions can be tried for one observation.
///
/// All copies play the same episodes: lane i + c·n, with i below n, is lane i of copy c. The observations that
/// begin an episode are the same in all of them, as long as each plays as many episodes as the others, and so
/// are the random numbers behind rewards.
public final class CopiedEnvironments: VectorEnvironment {
  private let copies: [any VectorEnvironment]
  private let first: any VectorEnvironment
  /// Which copies take part in the step under way: those of which a lane plays.
  private var isStepping: [Bool] = []
  /// Global index of lane 0, that of the copies times their number.
  public let firstLane: Int

  /// Makes the copies.
  ///
  /// - Parameters:
  ///   - count: how many, at least 2.
  ///   - make: makes the same environments each time.
  /// - Throws: `EnvironmentError.invalidCount`, or what an environment throws.
  public init(_ count: Int, make: () throws -> any VectorEnvironment) throws {
    let first = try make()
    guard count >= 2 else {
      throw EnvironmentError.invalidCount(environment: first.name, count: count)
    }
    self.first = first
    copies = [first] + (try (1..<count).map { _ in try make() })
    firstLane = first.firstLane * count
  }

  /// The task's name.
  public var name: String { first.name }
  /// The lanes of all copies.
  public var count: Int { first.count * copies.count }
  /// The set that observations come from.
  public var observationSpace: Space { first.observationSpace }
  /// The set that actions come from.
  public var actionSpace: Space { first.actionSpace }
  /// The number of steps after which an episode is truncated.
  public var stepLimit: Int? { first.stepLimit }
  /// The mean return that counts as solved.
  public var rewardThreshold: Double? { first.rewardThreshold }
  /// Whether some actions are forbidden in some states.
  public var hasActionMask: Bool { first.hasActionMask }
  /// What rewards become before an agent learns from them.
  public var trainingRewards: RewardTransform { first.trainingRewards }
  /// Whether all copies go on exactly where their snapshots were taken.
  public var hasSnapshots: Bool { copies.allSatisfy(\.hasSnapshots) }

  /// Whether the lane's episode has ended under `.wait` and no new one has begun.
  public func isWaiting(_ lane: Int) -> Bool {
    copies[lane / first.count].isWaiting(lane % first.count)
  }

  /// Ends the episode under way in a lane, which waits from then on.
  public func cutOff(lane: Int) throws(EnvironmentError) {
    try copies[lane / first.count].cutOff(lane: lane % first.count)
  }

  /// Begins a new episode in every lane.
  public func reset(observations: inout MutableSpan<Float>) throws(EnvironmentError) {
    try requireCount(observations.count, count * observationSize, of: "observations")
    try each(&observations) { copy, span throws(EnvironmentError) in
      try copy.reset(observations: &span)
    }
  }

  /// Begins a new episode in every lane that waits.
  public func startWaitingLanes(observations: inout MutableSpan<Float>) throws(EnvironmentError) {
    try requireCount(observations.count, count * observationSize, of: "observations")
    try each(&observations) { copy, span throws(EnvironmentError) in
      try copy.startWaitingLanes(observations: &span)
    }
  }

  /// Starts a step with whole-number actions.
  public func beginStep(actions: Span<Int32>, atEnd: EpisodeEnd) throws(EnvironmentError) {
    let parts = try beginStep(of: actions.count)
    for (index, copy) in copies.enumerated() where isStepping[index] {
      try copy.beginStep(actions: actions.extracting(parts[index]), atEnd: atEnd)
    }
  }

  /// Starts a step with real actions.
  public func beginStep(actions: Span<Float>, atEnd: EpisodeEnd) throws(EnvironmentError) {
    let parts = try beginStep(of: actions.count)
    for (index, copy) in copies.enumerated() where isStepping[index] {
      try copy.beginStep(actions: actions.extracting(parts[index]), atEnd: atEnd)
    }
  }

  /// Finds the copies that take part, and the range of each one's actions; where nobody plays, the first is to say so.
  private func beginStep(of actions: Int) throws(EnvironmentError) -> [Range<Int>] {
    let parts = try parts(of: actions)
    isStepping = copies.map { copy in !(0..<copy.count).allSatisfy(copy.isWaiting) }
    if !isStepping.contains(true) { isStepping[0] = true }
    return parts
  }

  /// Completes the step that was begun.
  public func finishStep(
    observations: inout MutableSpan<Float>, finalObservations: inout MutableSpan<Float>,
    rewards: inout MutableSpan<Double>, outcomes: inout MutableSpan<Outcome>
  ) throws(EnvironmentError) {
    let number = copies.count
    for (index, copy) in copies.enumerated() {
      try Self.change(&observations, index, of: number) { seen throws(EnvironmentError) in
        try Self.change(&finalObservations, index, of: number) { final throws(EnvironmentError) in
          try Self.change(&rewards, index, of: number) { rewards throws(EnvironmentError) in
            try Self.change(&outcomes, index, of: number) { outcomes throws(EnvironmentError) in
              guard isStepping[index] else {
                for lane in rewards.indices { (rewards[lane], outcomes[lane]) = (0, .ongoing) }
                return
              }
              try copy.finishStep(
                observations: &seen, finalObservations: &final, rewards: &rewards,
                outcomes: &outcomes)
            }
          }
        }
      }
    }
  }

  /// Says which actions the current observations allow.
  public func writeActionMasks(_ masks: inout MutableSpan<Float>) throws(EnvironmentError) {
    try each(&masks) { copy, span throws(EnvironmentError) in try copy.writeActionMasks(&span) }
  }

  /// Draws what a lane shows now.
  public func render(lane: Int) throws(EnvironmentError) -> Picture? {
    try copies[lane / first.count].render(lane: lane % first.count)
  }

  /// The states of all copies one behind the other, each after its length.
  public func snapshot() throws(EnvironmentError) -> [UInt8] {
    var bytes: [UInt8] = []
    for copy in copies {
      let part = try copy.snapshot()
      bytes += (0..<8).map { UInt8(truncatingIfNeeded: part.count >> (8 * $0)) } + part
    }
    return bytes
  }

  /// Goes back to a state that `snapshot()` returned.
  ///
  /// - Throws: `EnvironmentError.invalidSnapshot` for what is none; the copies before the one that refuses its
  ///   part have been restored then.
  public func restore(_ snapshot: [UInt8]) throws(EnvironmentError) {
    var rest = snapshot[...]
    for copy in copies {
      let length = rest.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
      guard rest.count >= 8, length <= UInt64(rest.count - 8) else {
        throw .invalidSnapshot(
          environment: name, reason: "it is not that of \(copies.count) copies.")
      }
      rest = rest.dropFirst(8)
      try copy.restore(Array(rest.prefix(Int(length))))
      rest = rest.dropFirst(Int(length))
    }
  }

  private func requireCount(
    _ received: Int, _ expected: Int, of what: String
  ) throws(EnvironmentError) {
    guard received == expected else {
      throw .wrongShape(environment: name, what: what, expected: expected, received: received)
    }
  }

  /// The ranges of all lanes' actions that each copy takes.
  private func parts(of actions: Int) throws(EnvironmentError) -> [Range<Int>] {
    try requireCount(actions, count * actionSize, of: "actions")
    let size = first.count * actionSize
    return copies.indices.map { $0 * size..<($0 + 1) * size }
  }

  /// Lets each copy change its part of some memory.
  private func each(
    _ whole: inout MutableSpan<Float>,
    _ body: (any VectorEnvironment, inout MutableSpan<Float>) throws(EnvironmentError) -> Void
  ) throws(EnvironmentError) {
    for (index, copy) in copies.enumerated() {
      try Self.change(&whole, index, of: copies.count) { part throws(EnvironmentError) in
        try body(copy, &part)
      }
    }
  }

  /// Lets one of several equal parts of some memory be changed.
  private static func change<Element>(
    _ whole: inout MutableSpan<Element>, _ index: Int, of number: Int,
    _ body: (inout MutableSpan<Element>) throws(EnvironmentError) -> Void
  ) throws(EnvironmentError) {
    let size = whole.count / number
    try whole.withUnsafeMutableBufferPointer { all throws(EnvironmentError) in
      // The part stays inside this closure, and the memory with it.
      var part = UnsafeMutableBufferPointer(
        rebasing: all[index * size..<(index + 1) * size]
      ).mutableSpan
      try body(&part)
    }
  }
}
