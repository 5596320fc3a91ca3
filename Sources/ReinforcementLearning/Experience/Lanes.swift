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
  /// D.
  public let observationSize: Int
  /// How the environments take what a policy draws.
  public let actions: ActionModel
  /// The statistics with which observations and rewards are seen.
  public let normalization: Normalization
  /// The episodes.
  public var episodes: EpisodeTracker

  private var observationMoments: ElementMoments?
  private var returns: DiscountedReturnTracker?
  /// `[N, D]`, the observations to act on next and those that ended episodes in the last step, as the
  /// environment gave them.
  private let present: AnyExperienceColumn
  private let final: AnyExperienceColumn
  /// The same two as what they are: numbers or bytes.
  private let numbers: Pair<Float>?
  private let bytes: Pair<UInt8>?
  private let rawRewards: ExperienceColumn<Double>
  /// `[N]` choices or `[N, C]` real numbers, as the environment takes them; one of them is unused.
  private let choices: ExperienceColumn<Int32>
  private let realActions: ExperienceColumn<Float>
  /// `[N]`, how each lane's last step ended.
  public private(set) var outcomes: [Outcome]
  private var wasWaiting: [Bool]

  /// The lanes of some environments; `reset` begins their first episodes.
  ///
  /// - Parameters:
  ///   - environment: N environments.
  ///   - actions: how they take what a policy draws.
  ///   - normalization: shared by all shards.
  ///   - discount: γ, with which rewards are normalized.
  ///   - keepsBytes: whether observations stay bytes, for environments that give them.
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
    func column<Element: SafetensorsScalar & Numeric>(
      _ width: Int, of type: Element.Type
    ) -> ExperienceColumn<Element> {
      ExperienceColumn(
        "observation", width: width, capacity: environment.count)
    }
    let size = environment.observationSize
    func pair<Element: SafetensorsScalar & Numeric>(_ type: Element.Type) -> Pair<Element> {
      Pair(present: column(size, of: type), final: column(size, of: type))
    }
    numbers = keepsBytes ? nil : pair(Float.self)
    bytes = keepsBytes ? pair(UInt8.self) : nil
    present = numbers?.present ?? bytes?.present ?? column(size, of: Float.self)
    final = numbers?.final ?? bytes?.final ?? column(size, of: Float.self)
    rawRewards = column(1, of: Double.self)
    choices = column(1, of: Int32.self)
    realActions = column(environment.actionSize, of: Float.self)
    outcomes = Array(repeating: .ongoing, count: count)
    wasWaiting = Array(repeating: false, count: count)
  }

  /// Begins an episode in every lane.
  public func reset() throws {
    try bytes?.present.withMutableRows(0..<count) { try environment.reset(observations: &$0) }
    try numbers?.present.withMutableRows(0..<count) { try environment.reset(observations: &$0) }
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
    try bytes?.present.withMutableRows(0..<count) {
      try environment.startWaitingLanes(observations: &$0)
    }
    try numbers?.present.withMutableRows(0..<count) {
      try environment.startWaitingLanes(observations: &$0)
    }
    episodes.startWaitingLanes(at: clock)
  }

  /// Writes the present observations, normalized where the column is of numbers.
  ///
  /// - Parameters:
  ///   - column: `[R, D]`.
  ///   - rows: N of them.
  public func writeObservations(to column: AnyExperienceColumn, rows: Range<Int>) {
    column.copyRows(0..<count, of: present, to: rows.lowerBound)
    normalize(column, rows: rows)
  }

  /// Writes what ended a lane's episode in the last step, likewise.
  ///
  /// - Parameters:
  ///   - lane: which ended.
  ///   - column: `[R, D]`.
  ///   - row: where to.
  public func writeFinalObservation(ofLane lane: Int, to column: AnyExperienceColumn, row: Int) {
    column.copyRows(lane..<lane + 1, of: final, to: row)
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
  ///   - drawn: `[R]` indices of choices as numbers, or `[R, C]` real numbers.
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
    if observationMoments != nil, let numbers {
      observationMoments?.add(rows: numbers.present.buffer.span, skipping: environment.isWaiting)
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
    if let bytes {
      var observations = bytes.present.buffer.mutableSpan
      var finals = bytes.final.buffer.mutableSpan
      try environment.finishStep(
        observations: &observations, finalObservations: &finals, rewards: &rewards,
        outcomes: &outcomes)
    } else if let numbers {
      var observations = numbers.present.buffer.mutableSpan
      var finals = numbers.final.buffer.mutableSpan
      try environment.finishStep(
        observations: &observations, finalObservations: &finals, rewards: &rewards,
        outcomes: &outcomes)
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

/// The observations of all lanes: those to act on, and those that ended episodes.
private struct Pair<Element: SafetensorsScalar> {
  let present: ExperienceColumn<Element>
  let final: ExperienceColumn<Element>
}

/// What a checkpoint keeps besides the environments and the observations.
private struct State: Codable {
  var episodes: EpisodeTracker
  var returns: DiscountedReturnTracker?
  /// Of an update that is not over; missing between updates, when the normalizer has them.
  var observationMoments: ElementMoments?
}

extension Lanes {
  /// Adds the environments, their observations and episodes to a checkpoint.
  public func save(to checkpoint: inout SafetensorsFile, name: String) throws {
    let state = State(
      episodes: episodes, returns: returns,
      observationMoments: observationMoments.flatMap { $0.count > 0 ? $0 : nil })
    checkpoint.metadata[name] = try encodeState(state)
    checkpoint.append("\(name).observations", present.tensor(rows: count))
    checkpoint.append("\(name).environments", SafetensorsTensor(try environment.snapshot()))
  }

  /// Takes over what `save` wrote.
  ///
  /// - Parameters:
  ///   - checkpoint: which.
  ///   - name: of the lanes in it.
  ///   - mayWait: whether a lane may wait for its next episode.
  /// - Throws: what is missing or does not fit.
  public func restore(
    from checkpoint: SafetensorsFile, name: String, mayWait: Bool
  ) throws {
    let state: State = try decodeState(checkpoint.metadata[name], named: name)
    guard let rows = checkpoint["\(name).observations"],
      let snapshot = checkpoint["\(name).environments"]
    else { throw CheckpointContentError.missing("\(name).environments") }
    try environment.restore(try snapshot.values(as: UInt8.self))
    try refuse(
      [
        state.episodes.fault(replacing: episodes, isWaiting: environment.isWaiting),
        faultOfPart(state.returns, replacing: returns, "statistics of returns") {
          $0.fault(replacing: $1)
        },
        state.observationMoments.flatMap {
          observationMoments == nil
            ? "it has statistics of observations, which the settings do not ask for."
            : $0.fault(size: observationSize)
        },
      ], in: name)
    // Nobody would begin the next episode of a lane that waits where rollouts are parts of episodes.
    guard mayWait || !(0..<count).contains(where: environment.isWaiting) else {
      throw CheckpointContentError.unreadable(
        "\(name).environments", reason: "a lane waits for its next episode.")
    }
    try present.restore(rows: count, from: rows, named: name)
    episodes = state.episodes
    returns = state.returns
    observationMoments?.removeAll()
    if let moments = state.observationMoments { observationMoments = moments }
  }
}

/// Says why a part that was read back cannot take the place of another; nil if it can.
package func faultOfPart<Part>(
  _ part: Part?, replacing fresh: Part?, _ name: String, _ compare: (Part, Part) -> String?
) -> String? {
  switch (part, fresh) {
  case (let part?, let fresh?): compare(part, fresh)
  case (nil, nil): nil
  case (nil, _): "the \(name) are missing."
  case (_, nil): "it has \(name), which the settings do not ask for."
  }
}
