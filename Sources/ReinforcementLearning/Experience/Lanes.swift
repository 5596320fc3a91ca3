import GSL
import Networks

/// The environments of a shard and what is known of each: the present observation, the episode under
/// way, statistics for normalization.
///
/// Shapes: N lanes, D observation, A choices or C components of an action.
public final class Lanes {
  /// The environments.
  public let environment: any VectorEnvironment
  /// N.
  public let count: Int
  /// The index of the first lane among all of the agent's.
  public var firstLane: Int { environment.firstLane }
  /// D.
  public let observationSize: Int
  /// How the environments take what a policy draws.
  public let actions: ActionModel
  /// The statistics with which observations and rewards are seen.
  public let normalization: Normalization
  // Unchecked: a shard is used by one thread at a time, and these are touched at every step.
  /// The episodes.
  @exclusivity(unchecked) public var episodes: EpisodeTracker

  @exclusivity(unchecked) var observationMoments: ElementMoments?
  @exclusivity(unchecked) var returns: DiscountedReturnTracker?
  let observations: RawObservations
  /// `[N]`, as the environment gives them, and then as it wants agents to learn from them.
  private let rawRewards: ExperienceColumn<Double>
  /// From the first to the second; nil where they are the same.
  private let trainingRewards: RewardTransform?
  /// `[N, C]` choices or real numbers, as the environment takes them; one of them is unused.
  private let choices: ExperienceColumn<Int32>
  private let realActions: ExperienceColumn<Float>
  /// `[N]`, how each lane's last step ended.
  @exclusivity(unchecked) public private(set) var outcomes: [Outcome]
  private var wasWaiting: [Bool]

  /// The lanes of some environments; `reset` begins their first episodes.
  ///
  /// - Parameters:
  ///   - environment: N environments.
  ///   - actions: how they take what a policy draws.
  ///   - normalization: shared by all shards.
  ///   - discount: γ, with which rewards are normalized.
  ///   - keepsBytes: whether observations stay bytes where the environment gives them.
  public init(
    _ environment: any VectorEnvironment, actions: ActionModel,
    normalization: Normalization = Normalization(), discount: Double = 1, keepsBytes: Bool = false
  ) {
    self.environment = environment
    self.actions = actions
    self.normalization = normalization
    count = environment.count
    observationSize = environment.observationSize
    episodes = EpisodeTracker(firstLane: environment.firstLane, count: count)
    observationMoments =
      normalization.observations == nil ? nil : ElementMoments(size: observationSize)
    returns =
      normalization.rewards == nil
      ? nil : DiscountedReturnTracker(count: count, discount: discount)
    func column<Element>(_ width: Int, of type: Element.Type) -> ExperienceColumn<Element> {
      ExperienceColumn("step", width: width, capacity: environment.count)
    }
    trainingRewards =
      environment.trainingRewards.isIdentity ? nil : environment.trainingRewards
    let size = environment.observationSize
    observations =
      keepsBytes && environment.givesBytes
      ? .bytes(present: column(size, of: UInt8.self), final: column(size, of: UInt8.self))
      : .numbers(present: column(size, of: Float.self), final: column(size, of: Float.self))
    rawRewards = column(1, of: Double.self)
    choices = column(environment.actionSize, of: Int32.self)
    realActions = column(environment.actionSize, of: Float.self)
    outcomes = Array(repeating: .ongoing, count: count)
    wasWaiting = Array(repeating: false, count: count)
  }

  /// Begins an episode in every lane.
  public func reset() throws {
    switch observations {
    case .numbers(let present, _):
      try present.withMutableRows(0..<count) { try environment.reset(observations: &$0) }
    case .bytes(let present, _):
      try present.withMutableRows(0..<count) { try environment.reset(observations: &$0) }
    }
  }

  /// Drops the episodes under way and all trace of them, and begins the next ones.
  public func restart() throws {
    episodes = EpisodeTracker(firstLane: environment.firstLane, count: count)
    returns?.restart()
    try reset()
  }

  /// Begins episodes in the lanes that wait.
  ///
  /// - Parameter clock: the time of the start, see `EpisodeTracker`.
  /// - Throws: what an environment finds wrong.
  public func startWaitingLanes(clock: Int) throws {
    switch observations {
    case .numbers(let present, _):
      try present.withMutableRows(0..<count) {
        try environment.startWaitingLanes(observations: &$0)
      }
    case .bytes(let present, _):
      try present.withMutableRows(0..<count) {
        try environment.startWaitingLanes(observations: &$0)
      }
    }
    episodes.startWaitingLanes(at: clock)
  }

  /// Writes the present observations as what the column consists of, numbers normalized.
  ///
  /// - Parameters:
  ///   - column: `[R, D]`.
  ///   - rows: N of them.
  public func writeObservations(to column: AnyExperienceColumn, rows: Range<Int>) {
    column.write(0..<count, of: observations.present, to: rows.lowerBound)
    normalize(column, rows: rows)
  }

  /// Writes what ended a lane's episode in the last step, likewise.
  ///
  /// - Parameters:
  ///   - lane: which ended.
  ///   - column: `[R, D]`.
  ///   - row: where to.
  public func writeFinalObservation(ofLane lane: Int, to column: AnyExperienceColumn, row: Int) {
    column.write(lane..<lane + 1, of: observations.final, to: row)
    normalize(column, rows: row..<row + 1)
  }

  private func normalize(_ column: AnyExperienceColumn, rows: Range<Int>) {
    guard let normalizer = normalization.observations,
      let column = column as? ExperienceColumn<Float>
    else { return }
    column.withMutableRows(rows) { normalizer.normalize(&$0) }
  }

  /// Writes which actions are allowed now.
  ///
  /// - Parameters:
  ///   - column: `[R, A]`.
  ///   - rows: N of them.
  /// - Throws: what an environment finds wrong.
  public func writeMasks(to column: ExperienceColumn<Float>, rows: Range<Int>) throws {
    try column.withMutableRows(rows) { try environment.writeActionMasks(&$0) }
  }

  /// Takes a step.
  ///
  /// - Parameters:
  ///   - drawn: `[R]` or `[R, C]` indices of choices as numbers, or `[R, C]` real numbers.
  ///   - rows: N of them.
  ///   - atEnd: what lanes do whose episode ends.
  ///   - rewards: `[R]`, receives in the same rows the rewards as training sees them.
  /// - Throws: what the environment found wrong; `RewardError` for a reward that is infinite in single
  ///   precision.
  public func step(
    _ drawn: ExperienceColumn<Float>, rows: Range<Int>, atEnd: EpisodeEnd,
    rewards: ExperienceColumn<Float>
  ) throws {
    try begin(drawn, rows: rows, atEnd: atEnd)
    if returns != nil {
      for lane in 0..<count { wasWaiting[lane] = environment.isWaiting(lane) }
    }
    try finish()
    episodes.record(rewards: rawRewards.buffer.span, outcomes: outcomes.span, atEnd: atEnd)
    if let trainingRewards {
      let raw = rawRewards.buffer
      for lane in 0..<count { raw[lane] = trainingRewards(raw[lane]) }
    }
    if observationMoments != nil, case .numbers(let present, _) = observations {
      observationMoments?.add(rows: present.buffer.span, skipping: environment.isWaiting)
    }
    if returns != nil {
      let waited = wasWaiting
      returns?.record(
        rewards: rawRewards.buffer.span, outcomes: outcomes.span, skipping: { waited[$0] })
    }
    try writeRewards(to: rewards.elements(rows))
  }

  private func begin(
    _ drawn: ExperienceColumn<Float>, rows: Range<Int>, atEnd: EpisodeEnd
  ) throws {
    let drawn = drawn.elements(rows)
    switch actions {
    case .choice(let space):
      let (first, choices) = (Int32(space.start), choices.buffer)
      for lane in 0..<count { choices[lane] = Int32(drawn[lane]) + first }
      try environment.beginStep(actions: choices.span, atEnd: atEnd)
    case .choices(let several) where several.isBox:
      var target = realActions.buffer.mutableSpan
      several.write(drawn.span, to: &target)
      try environment.beginStep(actions: target.span, atEnd: atEnd)
    case .choices(let several):
      var target = choices.buffer.mutableSpan
      several.write(drawn.span, to: &target)
      try environment.beginStep(actions: target.span, atEnd: atEnd)
    case .bits:
      let choices = choices.buffer
      for index in choices.indices { choices[index] = Int32(drawn[index]) }
      try environment.beginStep(actions: choices.span, atEnd: atEnd)
    case .box(let box):
      var target = realActions.buffer.mutableSpan
      box.write(drawn.span, to: &target)
      try environment.beginStep(actions: target.span, atEnd: atEnd)
    }
  }

  private func finish() throws {
    // Out of the object for the time of the step, as a span of a property could not go further.
    var ended = outcomes
    outcomes = []
    defer { outcomes = ended }
    var rewards = rawRewards.buffer.mutableSpan
    var outcomes = ended.mutableSpan
    switch observations {
    case .numbers(let present, let final):
      var rows = present.buffer.mutableSpan
      var finals = final.buffer.mutableSpan
      try environment.finishStep(
        observations: &rows, finalObservations: &finals, rewards: &rewards, outcomes: &outcomes)
    case .bytes(let present, let final):
      var rows = present.buffer.mutableSpan
      var finals = final.buffer.mutableSpan
      try environment.finishStep(
        observations: &rows, finalObservations: &finals, rewards: &rewards, outcomes: &outcomes)
    }
  }

  private func writeRewards(to rewards: UnsafeMutableBufferPointer<Float>) throws {
    let raw = rawRewards.buffer
    var span = rewards.mutableSpan
    if let normalizer = normalization.rewards {
      normalizer.normalize(raw.span, into: &span)
      return
    }
    for lane in 0..<count { span[lane] = Float(raw[lane]) }
    guard !span.span.areAllFinite else { return }
    for lane in 0..<count where !rewards[lane].isFinite {
      throw RewardError.tooLarge(
        environment: environment.name, lane: environment.firstLane + lane, reward: raw[lane])
    }
  }

  /// Counts the last step of some lanes, whose columns have been written, as the next rows.
  func record(_ lanes: some Collection<Int>, in experience: Experience) {
    let (outcomes, first) = (outcomes, experience.count)
    guard experience.record(lanes, outcomes) else { return }
    for (row, lane) in lanes.enumerated() where outcomes[lane].isEnd && outcomes[lane] != .lost {
      let ending = experience.recordEnding(first + row)
      if let column = experience.endingObservations {
        writeFinalObservation(ofLane: lane, to: column, row: ending)
      }
    }
  }

  /// Hands over the statistics gathered since the last call.
  public func takeMoments() -> Normalization.Moments {
    defer { observationMoments?.removeAll() }
    return Normalization.Moments(
      observations: observationMoments, returns: returns?.takeMoments())
  }
}

/// `[N, D]`, the observations to act on next and those that ended episodes in the last step, as the
/// environment gave them.
enum RawObservations {
  case numbers(present: ExperienceColumn<Float>, final: ExperienceColumn<Float>)
  case bytes(present: ExperienceColumn<UInt8>, final: ExperienceColumn<UInt8>)

  /// Those to act on next.
  var present: AnyExperienceColumn {
    switch self {
    case .numbers(let present, _): present
    case .bytes(let present, _): present
    }
  }

  /// Those that ended episodes; other rows are old.
  var final: AnyExperienceColumn {
    switch self {
    case .numbers(_, let final): final
    case .bytes(_, let final): final
    }
  }
}
