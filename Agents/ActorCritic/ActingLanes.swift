import Foundation
import Networks
import ReinforcementLearning

/// Statistics that all shards read while they act and that change between updates alone.
final class Normalization {
  var observations: ObservationNormalizer?
  var rewards: RewardNormalizer?
  /// Whether rollouts leave the statistics as they are.
  var isFrozen = false

  init(_ configuration: ActorCriticConfiguration, observationSize: Int) {
    observations =
      configuration.normalizeObservations ? ObservationNormalizer(size: observationSize) : nil
    rewards = configuration.normalizeRewards ? RewardNormalizer() : nil
  }
}

extension UnsafeMutableBufferPointer where Element: BitwiseCopyable {
  /// New memory of at least one element, all equal; spans of an array that a class stores could
  /// not outlive the access to it.
  fileprivate static func allocate(repeating element: Element, count: Int) -> Self {
    let buffer = allocate(capacity: Swift.max(1, count))
    buffer.initialize(repeating: element)
    return buffer
  }
}

/// The environments of a shard and all that belongs to a lane: noise, episodes, statistics.
///
/// Shapes: N lanes, D observation, A choices or components of an action.
final class ActingLanes {
  /// What a checkpoint keeps besides the environments and the observations.
  private struct State: Codable {
    var noise: LaneNoise
    var conditionalNoise: LaneNoise
    var episodes: EpisodeTracker
    var returns: DiscountedReturnTracker?
    /// Of an update that is not over; missing between updates, when the normalizer has them.
    var observationMoments: ElementMoments?
  }

  let environment: any VectorEnvironment
  let count: Int
  let observationSize: Int
  let actionCount: Int
  /// How many numbers a drawn action is: one for a choice.
  let actionSize: Int
  let normalization: Normalization
  var episodes: EpisodeTracker
  private(set) var observationMoments: ElementMoments?
  private var returns: DiscountedReturnTracker?
  private var noise: LaneNoise
  private var conditionalNoise: LaneNoise
  private let model: ActionModel
  /// Whether each rollout begins the episodes of the lanes that wait.
  private let startsWaitingLanes: Bool

  /// `[N, D]`, the raw observations to act on next.
  private let observations: UnsafeMutableBufferPointer<Float>
  /// `[N, D]`, rows of lanes whose episode ended in the last step, raw.
  private let finalObservations: UnsafeMutableBufferPointer<Float>
  private let rawRewards: UnsafeMutableBufferPointer<Double>
  /// `[N]` choices or `[N, C]` real numbers, as the environment takes them; one of them is unused.
  private let choices: UnsafeMutableBufferPointer<Int32>
  private let realActions: UnsafeMutableBufferPointer<Float>
  /// `[N]`, how the last step ended.
  let outcomes: UnsafeMutableBufferPointer<Outcome>

  init(
    _ environment: any VectorEnvironment, _ configuration: ActorCriticConfiguration,
    _ normalization: Normalization, seed: UInt64
  ) throws {
    let model = try ActionModel(environment.actionSpace, of: environment.name)
    self.model = model
    startsWaitingLanes = configuration.returns == .monteCarlo
    self.environment = environment
    self.normalization = normalization
    count = environment.count
    observationSize = environment.observationSize
    actionCount = model.noiseSize
    actionSize = environment.actionSize
    episodes = EpisodeTracker(firstLane: environment.firstLane, count: count)
    observationMoments =
      configuration.normalizeObservations ? ElementMoments(size: observationSize) : nil
    returns =
      configuration.normalizeRewards
      ? DiscountedReturnTracker(count: count, discount: configuration.discount) : nil
    noise = LaneNoise(
      seed: seed, purpose: "action", firstLane: environment.firstLane, count: count)
    conditionalNoise = LaneNoise(
      seed: seed, purpose: "conditional-noise", firstLane: environment.firstLane, count: count)
    observations = .allocate(repeating: 0, count: count * observationSize)
    finalObservations = .allocate(repeating: 0, count: count * observationSize)
    rawRewards = .allocate(repeating: 0, count: count)
    choices = .allocate(repeating: 0, count: count)
    realActions = .allocate(repeating: 0, count: count * environment.actionSize)
    outcomes = .allocate(repeating: .ongoing, count: count)
  }

  deinit {
    observations.deallocate()
    finalObservations.deallocate()
    rawRewards.deallocate()
    choices.deallocate()
    realActions.deallocate()
    outcomes.deallocate()
  }

  /// Begins an episode in every lane.
  func reset() throws {
    var span = observations.mutableSpan
    try environment.reset(observations: &span)
  }

  /// Drops the episodes under way and all trace of them, and begins the next ones.
  func restart() throws {
    episodes = EpisodeTracker(firstLane: environment.firstLane, count: count)
    returns?.restart()
    try reset()
  }

  /// Begins episodes in the lanes that wait.
  func startWaitingLanes(clock: Int) throws {
    var span = observations.mutableSpan
    try environment.startWaitingLanes(observations: &span)
    episodes.startWaitingLanes(at: clock)
  }

  /// Writes what the policy sees now, `[N, D]` normalized observations and `[N, A]` masks, and draws
  /// the noise of this step, `[N, A]` each.
  func prepareStep(
    observations rows: UnsafeMutablePointer<Float>, mask: UnsafeMutablePointer<Float>?,
    noise noiseRows: UnsafeMutablePointer<Float>?,
    conditionalNoise conditionalRows: UnsafeMutablePointer<Float>?
  ) throws {
    writeObservations(to: rows)
    if let mask {
      var span = UnsafeMutableBufferPointer(start: mask, count: count * actionCount).mutableSpan
      try environment.writeActionMasks(&span)
    }
    let kind = model.kind.noise
    if let noiseRows { noise.fill(noiseRows, columns: actionCount, kind) }
    if let conditionalRows { conditionalNoise.fill(conditionalRows, columns: actionCount, kind) }
  }

  /// Writes the present observations, `[N, D]`, normalized.
  func writeObservations(to rows: UnsafeMutablePointer<Float>) {
    copyNormalized(UnsafeBufferPointer(observations), to: rows)
  }

  /// Writes one lane's final observation of the last step, `[D]`, normalized.
  func writeFinalObservation(ofLane lane: Int, to row: UnsafeMutablePointer<Float>) {
    let range = lane * observationSize..<(lane + 1) * observationSize
    copyNormalized(UnsafeBufferPointer(rebasing: finalObservations[range]), to: row)
  }

  private func copyNormalized(
    _ source: UnsafeBufferPointer<Float>, to rows: UnsafeMutablePointer<Float>
  ) {
    let target = UnsafeMutableBufferPointer(start: rows, count: source.count)
    _ = target.update(fromContentsOf: source)
    if let normalizer = normalization.observations {
      var span = target.mutableSpan
      normalizer.normalize(&span)
    }
  }

  /// Takes a step with the drawn actions and writes the rewards as training sees them, `[N]`.
  ///
  /// - Parameters:
  ///   - drawn: `[N]` indices of choices as numbers, or `[N, C]` real numbers.
  ///   - atEnd: what lanes do whose episode ends.
  ///   - rewards: receives the rewards.
  /// - Throws: what the environment found wrong.
  func step(
    actions drawn: UnsafePointer<Float>, atEnd: EpisodeEnd, rewards: UnsafeMutablePointer<Float>
  ) throws {
    switch model {
    case .choice(let space):
      let first = Int32(space.start)
      for lane in 0..<count { choices[lane] = Int32(drawn[lane]) + first }
      try environment.beginStep(actions: choices.span, atEnd: atEnd)
    case .box(let box):
      if let start = realActions.baseAddress { box.write(drawn, rows: count, to: start) }
      try environment.beginStep(actions: realActions.span, atEnd: atEnd)
    }
    let wasWaiting = returns == nil ? [] : (0..<count).map { environment.isWaiting($0) }
    var observationSpan = observations.mutableSpan
    var finalSpan = finalObservations.mutableSpan
    var rewardSpan = rawRewards.mutableSpan
    var outcomeSpan = outcomes.mutableSpan
    try environment.finishStep(
      observations: &observationSpan, finalObservations: &finalSpan, rewards: &rewardSpan,
      outcomes: &outcomeSpan)
    episodes.record(rewards: rawRewards.span, outcomes: outcomes.span, atEnd: atEnd)
    if observationMoments != nil {
      observationMoments?.add(rows: observations.span, skipping: environment.isWaiting)
    }
    if returns != nil {
      returns?.record(
        rewards: rawRewards.span, outcomes: outcomes.span, skipping: { wasWaiting[$0] })
    }
    if let normalizer = normalization.rewards {
      var span = UnsafeMutableBufferPointer(start: rewards, count: count).mutableSpan
      normalizer.normalize(rawRewards.span, into: &span)
    } else {
      for lane in 0..<count { rewards[lane] = Float(rawRewards[lane]) }
      if !UnsafeBufferPointer(start: rewards, count: count).span.areAllFinite {
        for lane in 0..<count where !rewards[lane].isFinite {
          throw RewardError.tooLarge(
            environment: environment.name, lane: environment.firstLane + lane,
            reward: rawRewards[lane])
        }
      }
    }
  }

  /// Hands over the statistics gathered since the last call.
  func takeMoments() -> (observations: ElementMoments?, returns: ElementMoments?) {
    defer { observationMoments?.removeAll() }
    return (observationMoments, returns?.takeMoments())
  }

  func save(to checkpoint: inout SafetensorsFile, name: String) throws {
    let state = State(
      noise: noise, conditionalNoise: conditionalNoise, episodes: episodes, returns: returns,
      observationMoments: observationMoments.flatMap { $0.count > 0 ? $0 : nil })
    checkpoint.metadata[name] = try encodeState(state)
    checkpoint.append("\(name).observations", SafetensorsTensor(Array(observations)))
    checkpoint.append("\(name).environments", SafetensorsTensor(try environment.snapshot()))
  }

  func restore(from checkpoint: SafetensorsFile, name: String) throws {
    let state: State = try decodeState(checkpoint.metadata[name], named: name)
    guard let rows = checkpoint["\(name).observations"],
      let snapshot = checkpoint["\(name).environments"]
    else { throw CheckpointContentError.missing("\(name).environments") }
    let restored = try rows.finiteRows(of: name, count: count * observationSize)
    try environment.restore(try snapshot.values(as: UInt8.self))
    try refuse(
      [
        state.noise.fault(replacing: noise),
        state.conditionalNoise.fault(replacing: conditionalNoise),
        state.episodes.fault(replacing: episodes, isWaiting: environment.isWaiting),
        fault(of: state.returns, replacing: returns, "statistics of returns") {
          $0.fault(replacing: $1)
        },
        state.observationMoments.flatMap {
          observationMoments == nil
            ? "it has statistics of observations, which the settings do not ask for."
            : $0.fault(size: observationSize)
        },
      ], in: name)
    // Nobody would begin the next episode of a lane that waits where rollouts are parts of episodes.
    guard startsWaitingLanes || !(0..<count).contains(where: environment.isWaiting) else {
      throw CheckpointContentError.unreadable(
        "\(name).environments", reason: "a lane waits for its next episode.")
    }
    noise = state.noise
    conditionalNoise = state.conditionalNoise
    episodes = state.episodes
    returns = state.returns
    observationMoments?.removeAll()
    if let moments = state.observationMoments { observationMoments = moments }
    _ = observations.update(fromContentsOf: restored)
  }
}

/// Says why a part that was read back cannot take the place of another; nil if it can.
func fault<Part>(
  of part: Part?, replacing fresh: Part?, _ name: String, _ compare: (Part, Part) -> String?
) -> String? {
  switch (part, fresh) {
  case (let part?, let fresh?): compare(part, fresh)
  case (nil, nil): nil
  case (nil, _): "the \(name) are missing."
  case (_, nil): "it has \(name), which the settings do not ask for."
  }
}

extension SafetensorsTensor {
  /// The observations of a shard as they were saved.
  ///
  /// - Parameters:
  ///   - shard: its name.
  ///   - count: how many numbers there must be.
  /// - Returns: the numbers.
  /// - Throws: what is wrong with them.
  func finiteRows(of shard: String, count: Int) throws -> [Float] {
    let name = "\(shard).observations"
    let rows = try values(as: Float.self)
    guard rows.count == count else {
      throw CheckpointContentError.unreadable(
        name, reason: "\(rows.count) numbers instead of \(count).")
    }
    guard rows.span.areAllFinite else {
      throw CheckpointContentError.unreadable(name, reason: "a number is not finite.")
    }
    return rows
  }
}

/// Why an agent cannot work as asked.
public enum AgentError: Error, Hashable, CustomStringConvertible {
  /// The agent cannot act in the environment's action space.
  case wrongActionSpace(agent: String, needs: String, environment: String, has: Space)

  /// What is wrong, and what would be right.
  public var description: String {
    switch self {
    case .wrongActionSpace(let agent, let needs, let environment, let has):
      "\(agent) needs \(needs), but \(environment) has \(has)."
    }
  }
}
