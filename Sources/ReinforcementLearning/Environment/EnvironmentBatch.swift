/// N copies of an environment value in this process, stepped one after the other.
///
/// Counts steps, truncates at the step limit, validates actions, refuses to step what has not begun,
/// and starts episodes, so that no environment does. A step allocates nothing.
public final class EnvironmentBatch<E: Environment>: VectorEnvironment {
  /// The task's name.
  public let name: String
  /// N, the number of lanes.
  public let count: Int
  /// Global index of lane 0.
  public let firstLane: Int
  /// The set that observations come from.
  public let observationSpace: Space
  /// The set that actions come from.
  public let actionSpace: Space
  /// The number of steps after which an episode is truncated, or nil for no limit.
  public let stepLimit: Int?
  /// The mean return over 100 episodes that counts as solved, or nil where there is none.
  public let rewardThreshold: Double?
  /// Whether some actions are forbidden in some states.
  public let hasActionMask: Bool

  /// Whether observations are bytes.
  public var givesBytes: Bool { E.Observation.self == UInt8.self }

  // Unchecked: a batch is used by one thread at a time, and these are touched at every step.
  @exclusivity(unchecked) var lanes: EnvironmentLanes<E>
  /// `[N, D]`, observations and final ones as the environment gives them, for callers who want bytes as
  /// numbers; else empty.
  @exclusivity(unchecked) var native: (present: [E.Observation], final: [E.Observation]) = ([], [])
  /// What the unfinished step does at an episode's end; nil between steps.
  @exclusivity(unchecked) var pendingEnd: EpisodeEnd?
  /// Whether the actions of `lanes` are those that led to the present states; not after those were restored.
  @exclusivity(unchecked) var hasActed = false
  /// `[A]`, scratch memory for one lane's mask.
  @exclusivity(unchecked) var mask: [Float]
  /// The number of choices of each action component, which a mask has side by side.
  let componentSizes: [Int]
  private let actionBounds: ActionBounds

  /// Makes the lanes; call `reset` before the first step.
  ///
  /// - Parameters:
  ///   - prototype: the task with its parameters, copied into every lane.
  ///   - spec: name, limit and threshold, where they are not the type's own.
  ///   - count: N, at least 1.
  ///   - seed: the run's seed.
  ///   - firstLane: global index of lane 0, at least 0.
  /// - Throws: `EnvironmentError.invalidCount`, or `.invalidDeclaration` for spaces or limits that
  ///   make no sense.
  public init(
    _ prototype: E = E(), spec: EnvironmentSpec = E.spec, count: Int, seed: UInt64,
    firstLane: Int = 0
  ) throws(EnvironmentError) {
    guard count > 0 else { throw .invalidCount(environment: spec.name, count: count) }
    guard firstLane >= 0 else {
      throw .invalidDeclaration(
        environment: spec.name, reason: "the first lane must be at least 0 but is \(firstLane).")
    }
    if let limit = spec.stepLimit, limit < 1 {
      throw .invalidDeclaration(
        environment: spec.name, reason: "the step limit must be at least 1 but is \(limit).")
    }
    try prototype.observationSpace.validate(of: spec.name)
    try prototype.actionSpace.validate(of: spec.name)
    name = spec.name
    stepLimit = spec.stepLimit
    rewardThreshold = spec.rewardThreshold
    observationSpace = prototype.observationSpace
    actionSpace = prototype.actionSpace
    self.count = count
    self.firstLane = firstLane
    actionBounds = try ActionBounds(actionSpace, of: spec.name, as: E.Action.self)
    componentSizes = actionSpace.choices.map(\.count)
    hasActionMask = prototype.hasActionMask
    if hasActionMask, !prototype.implementsActionMask {
      throw .invalidDeclaration(
        environment: spec.name,
        reason: "hasActionMask is true, but "
          + (actionSpace.maskSize == nil
            ? "actions in \(actionSpace) cannot be masked." : "writeActionMask writes nothing."))
    }
    if E.Observation.self == UInt8.self {
      guard case .box(let box) = observationSpace, box.lower.allSatisfy({ $0 >= 0 }),
        box.upper.allSatisfy({ $0 <= 255 })
      else {
        throw .invalidDeclaration(
          environment: spec.name,
          reason: "its observations are bytes, which are in a box from 0 to 255, not in "
            + "\(observationSpace).")
      }
      let zeros = Array(
        repeating: E.Observation.zero, count: count * observationSpace.observationSize)
      native = (zeros, zeros)
    }
    mask = Array(repeating: 1, count: hasActionMask ? actionSpace.maskSize ?? 0 : 0)
    lanes = EnvironmentLanes(
      environments: Array(repeating: prototype, count: count), seed: seed, firstLane: firstLane,
      stepLimit: spec.stepLimit ?? .max)
  }

  /// The environment values, for looking at or copying.
  public var environments: [E] { lanes.environments }

  /// Whether the lane's episode has ended under `.wait` and no new one has begun.
  public func isWaiting(_ lane: Int) -> Bool { !lanes.clocks[lane].isActive }

  /// Ends the episode under way in a lane, which waits from then on.
  public func cutOff(lane: Int) throws(EnvironmentError) {
    try requireNoStep()
    lanes.clocks[lane].isActive = false
  }

  /// Starts a step with whole-number actions.
  public func beginStep(actions: Span<Int32>, atEnd: EpisodeEnd) throws(EnvironmentError) {
    try requireReady(actionCount: actions.count)
    try actionBounds.requireInside(
      actions, environment: name, actionSpace: actionSpace, firstLane: firstLane,
      isActive: { lanes.clocks[$0].isActive })
    if hasActionMask, case .whole(let lower, _) = actionBounds {
      try refuseMasked(actions, start: Int(lower[0]))
    }
    actions.withUnsafeBytes { take($0) }
    pendingEnd = atEnd
  }

  /// Starts a step with real actions.
  public func beginStep(actions: Span<Float>, atEnd: EpisodeEnd) throws(EnvironmentError) {
    try requireReady(actionCount: actions.count)
    try actionBounds.requireInside(
      actions, environment: name, actionSpace: actionSpace, firstLane: firstLane,
      isActive: { lanes.clocks[$0].isActive })
    actions.withUnsafeBytes { take($0) }
    pendingEnd = atEnd
  }

  /// Says which actions the current observations allow.
  public func writeActionMasks(_ masks: inout MutableSpan<Float>) throws(EnvironmentError) {
    guard let width = actionSpace.maskSize else {
      throw .wrongActionKind(
        environment: name, actionSpace: actionSpace, received: "a question for action masks")
    }
    try requireCount(masks.count, count * width, of: "action masks")
    masks.withUnsafeMutableBufferPointer { masks in
      for lane in 0..<count {
        let row = UnsafeMutableBufferPointer(rebasing: masks[lane * width..<(lane + 1) * width])
        guard hasActionMask else {
          row.update(repeating: 1)
          continue
        }
        var span = row.mutableSpan
        lanes.environments[lane].writeActionMask(&span)
      }
    }
    if hasActionMask { try requireSomeAction(masks.span, width: width) }
  }

  /// Draws what a lane shows now.
  public func render(lane: Int) throws(EnvironmentError) -> Picture? {
    try requireNoStep()
    var action: E.Action?
    // What is there for a lane that waits may be meant for a step of the others.
    if hasActed, lanes.clocks[lane].step > 0, count == 1 || lanes.clocks[lane].isActive {
      let width = lanes.actionSize
      Array(lanes.actions[lane * width..<(lane + 1) * width]).withComponents(of: E.Action.self) {
        action = E.Action(components: $0.span)
      }
    }
    return lanes.environments[lane].render(after: action)
  }

  private func take(_ bytes: UnsafeRawBufferPointer) {
    hasActed = true
    lanes.actions.withUnsafeMutableBytes { $0.copyMemory(from: bytes) }
  }
}
