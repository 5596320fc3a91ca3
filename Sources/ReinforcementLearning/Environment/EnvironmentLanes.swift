import GSL

/// Where a lane is: which of its episodes, how far into it, and whether one is under way.
@usableFromInline
struct LaneClock: Codable, Sendable {
  /// Number of the current episode; −1 before the first.
  @usableFromInline var episode = -1
  /// Steps taken in it.
  @usableFromInline var step = 0
  @usableFromInline var isActive = false

  init() {}

  /// What is wrong with a clock that was read back, or nil: counters that no play leads to overflow later.
  func problem(stepLimit: Int?) -> String? {
    let most = 1 << 53
    guard (-1...most).contains(episode) else { return "its episode is number \(episode)." }
    guard (0...(stepLimit ?? most)).contains(step) else { return "its episode has \(step) steps." }
    guard episode >= 0 || !isActive else { return "it is in an episode before its first." }
    guard !isActive || step < stepLimit ?? .max else { return "its episode is over and goes on." }
    return nil
  }
}

/// The state of a batch's lanes, and the loop that steps them.
///
/// Apart from `EnvironmentBatch` so that the loop works on a plain value: no class is touched, and no
/// exclusivity checked, per step.
public struct EnvironmentLanes<E: LaneStepping>: Sendable {
  @usableFromInline let seed: UInt64
  @usableFromInline let purpose: StreamPurpose = "environment"
  @usableFromInline let firstLane: Int
  @usableFromInline let stepLimit: Int
  @usableFromInline let observationSize: Int
  @usableFromInline let actionSize: Int
  @usableFromInline var environments: [E]
  @usableFromInline var clocks: [LaneClock]
  /// `[N, C]`, the bits of the actions of the step under way.
  ///
  /// `Int32` and `Float` have 32 bits both, and plain words are copied without asking for a type.
  @usableFromInline var actions: [UInt32]
  /// The first fault met at an episode's end, whose clock is gone by the time the step is checked.
  @usableFromInline var fault: EnvironmentFault?
}

extension EnvironmentLanes where E: Environment {
  init(environments: [E], seed: UInt64, firstLane: Int, stepLimit: Int) {
    self.seed = seed
    self.firstLane = firstLane
    self.stepLimit = stepLimit
    observationSize = environments[0].observationSpace.observationSize
    actionSize = environments[0].actionSpace.elementCount
    self.environments = environments
    clocks = Array(repeating: LaneClock(), count: environments.count)
    actions = Array(repeating: 0, count: environments.count * actionSize)
  }

  /// Begins the lane's next episode.
  @inlinable
  static func begin(
    _ environment: inout E, clock: inout LaneClock, seed: UInt64, purpose: StreamPurpose, lane: Int,
    row: inout MutableSpan<E.Observation>
  ) {
    clock.episode += 1
    clock.step = 0
    clock.isActive = true
    let stream = RandomStream(
      seed: seed, purpose: purpose, lane: UInt64(lane), episode: UInt64(clock.episode))
    environment.reset(using: stream, observation: &row)
  }

  /// Begins an episode in the lanes that have none under way, or in all of them.
  @inlinable
  mutating func begin(all: Bool, observations: inout MutableSpan<E.Observation>) {
    let width = observationSize
    observations.withUnsafeMutableBufferPointer { observations in
      for lane in environments.indices where all || !clocks[lane].isActive {
        let rows = UnsafeMutableBufferPointer(
          rebasing: observations[lane * width..<(lane + 1) * width])
        var row = rows.mutableSpan
        Self.begin(
          &environments[lane], clock: &clocks[lane], seed: seed, purpose: purpose,
          lane: firstLane + lane, row: &row)
      }
    }
  }

  /// Steps every lane whose episode is under way, see `VectorEnvironment.finishStep`.
  @inlinable
  mutating func step(
    atEnd: EpisodeEnd, observations: inout MutableSpan<E.Observation>,
    finalObservations: inout MutableSpan<E.Observation>, rewards: inout MutableSpan<Double>,
    outcomes: inout MutableSpan<Outcome>
  ) {
    let count = environments.count
    insist(
      observations.count == count * observationSize
        && finalObservations.count == count * observationSize && rewards.count == count
        && outcomes.count == count && clocks.count == count && actions.count == count * actionSize,
      "A step needs memory for every lane.")
    // The pointers stay inside these closures; the preconditions above bound every index below.
    observations.withUnsafeMutableBufferPointer { observations in
      finalObservations.withUnsafeMutableBufferPointer { finalObservations in
        rewards.withUnsafeMutableBufferPointer { rewards in
          outcomes.withUnsafeMutableBufferPointer { outcomes in
            step(
              atEnd: atEnd, observations: observations, finalObservations: finalObservations,
              rewards: rewards, outcomes: outcomes)
          }
        }
      }
    }
  }

  @inlinable
  @inline(__always)
  mutating func step(
    atEnd: EpisodeEnd, observations: UnsafeMutableBufferPointer<E.Observation>,
    finalObservations: UnsafeMutableBufferPointer<E.Observation>,
    rewards: UnsafeMutableBufferPointer<Double>, outcomes: UnsafeMutableBufferPointer<Outcome>
  ) {
    guard let observationBase = observations.baseAddress,
      let finalBase = finalObservations.baseAddress, let rewardBase = rewards.baseAddress,
      let outcomeBase = outcomes.baseAddress
    else { return }
    let width = observationSize
    let actionWidth = actionSize
    let (seed, purpose) = (seed, purpose)
    let (firstLane, stepLimit) = (firstLane, stepLimit)
    var fault = fault
    environments.withUnsafeMutableBufferPointer { environments in
      clocks.withUnsafeMutableBufferPointer { clocks in
        // `ActionBounds` has made sure that the components are what was copied here.
        actions.withComponents(of: E.Action.self) { actions in
          guard let environmentBase = environments.baseAddress, let clockBase = clocks.baseAddress,
            let actionBase = actions.baseAddress
          else { return }
          /// What follows from a step of one lane.
          @inline(__always)
          func settle(_ lane: Int, _ transition: Transition) {
            clockBase[lane].step += 1
            rewardBase[lane] = transition.reward
            guard transition.isTerminated || clockBase[lane].step >= stepLimit else {
              outcomeBase[lane] = .ongoing
              return
            }
            outcomeBase[lane] = transition.isTerminated ? .terminated : .truncated
            (finalBase + lane * width).update(from: observationBase + lane * width, count: width)
            var row = UnsafeMutableBufferPointer(
              start: observationBase + lane * width, count: width
            ).mutableSpan
            if fault == nil {
              fault = EnvironmentFault(
                row: row.span, reward: transition.reward, lane: lane, clock: clockBase[lane])
            }
            guard atEnd == .startNext else {
              clockBase[lane].isActive = false
              return
            }
            Self.begin(
              &environmentBase[lane], clock: &clockBase[lane], seed: seed, purpose: purpose,
              lane: firstLane + lane, row: &row)
          }
          @inline(__always)
          func action(of lane: Int) -> E.Action {
            E.Action(
              components: UnsafeBufferPointer(
                start: actionBase + lane * actionWidth, count: actionWidth
              ).span)
          }
          var lane = 0
          while lane < environments.count {
            guard clockBase[lane].isActive else {
              rewardBase[lane] = 0
              outcomeBase[lane] = .ongoing
              lane += 1
              continue
            }
            var first = UnsafeMutableBufferPointer(
              start: observationBase + lane * width, count: width
            ).mutableSpan
            guard lane + 1 < environments.count, clockBase[lane + 1].isActive else {
              let transition = environmentBase[lane].step(
                action(of: lane), observation: &first)
              settle(lane, transition)
              lane += 1
              continue
            }
            var second = UnsafeMutableBufferPointer(
              start: observationBase + (lane + 1) * width, count: width
            ).mutableSpan
            let (one, other) = E.stepPair(
              &environmentBase[lane], &environmentBase[lane + 1],
              actions: (action(of: lane), action(of: lane + 1)), firstObservation: &first,
              secondObservation: &second)
            settle(lane, one)
            settle(lane + 1, other)
            lane += 2
          }
        }
      }
    }
    self.fault = fault
  }
}

extension [UInt32] {
  /// The words as components of actions, which have 32 bits each.
  @inlinable
  @inline(__always)
  func withComponents<Action: EnvironmentAction>(
    of action: Action.Type, _ body: (UnsafeBufferPointer<Action.Component>) -> Void
  ) {
    withUnsafeBufferPointer { $0.withMemoryRebound(to: Action.Component.self, body) }
  }
}

/// A number that is not finite, and where it came from.
@usableFromInline
struct EnvironmentFault: Sendable {
  let lane: Int
  let clock: LaneClock
  /// The element of the observation, or nil for the reward.
  let element: Int?
  let value: Double

  /// Looks at one lane's results; nil if they are finite.
  @usableFromInline
  init?<Element: ObservationElement>(
    row: Span<Element>, reward: Double, lane: Int, clock: LaneClock
  ) {
    self.lane = lane
    self.clock = clock
    // All at once first: a call for each element would be most of a short episode's time.
    if !Element.areAllFinite(row) {
      for index in row.indices where !row[index].isFinite {
        element = index
        value = row[index].number
        return
      }
    }
    guard !reward.isFinite else { return nil }
    element = nil
    value = reward
  }

  func error(environment: String, firstLane: Int) -> EnvironmentError {
    if let element {
      .nonFiniteObservation(
        environment: environment, lane: firstLane + lane, episode: clock.episode, step: clock.step,
        element: element, value: value)
    } else {
      .nonFiniteReward(
        environment: environment, lane: firstLane + lane, episode: clock.episode, step: clock.step,
        value: value)
    }
  }
}
