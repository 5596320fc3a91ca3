import GSL

/// An environment in which a step repeats the action before with some probability.
///
/// Machado et al. (2018), "Revisiting the Arcade Learning Environment: evaluation protocols and open problems for
/// general agents". The first action of an episode is always taken.
final class StickyActions: WrappedEnvironment {
  private let probability: Double
  private let bounds: ActionBounds
  /// `[N, C]`, the bits of the actions taken last.
  private var taken: [UInt32]
  /// `[N]`, whether there is one in this episode.
  private var hasTaken: [Bool]
  /// `[N]`, what decides.
  private var streams: [RandomStream]

  /// - Parameters:
  ///   - inner: what is wrapped, without action masks.
  ///   - seed: the run's.
  ///   - probability: in [0, 1).
  init(_ inner: any VectorEnvironment, seed: UInt64, probability: Double) {
    self.probability = probability
    bounds = ActionBounds(inner.actionSpace)
    taken = Array(repeating: 0, count: inner.count * inner.actionSize)
    hasTaken = Array(repeating: false, count: inner.count)
    streams = Self.streams(of: inner, seed: seed)
    super.init(inner, seed: seed)
  }

  private static func streams(of inner: any VectorEnvironment, seed: UInt64) -> [RandomStream] {
    (0..<inner.count).map {
      RandomStream(seed: seed, purpose: "sticky-actions", lane: UInt64(inner.firstLane + $0))
    }
  }

  override func cutOff(lane: Int) throws(EnvironmentError) {
    try inner.cutOff(lane: lane)
    hasTaken[lane] = false
  }

  override func begin<Element: RowElement>(
    all: Bool, _ observations: inout MutableSpan<Element>
  ) throws(EnvironmentError) {
    try super.begin(all: all, &observations)
    if all { hasTaken = Array(repeating: false, count: count) }
  }

  override func beginStep(actions: Span<Int32>, atEnd: EpisodeEnd) throws(EnvironmentError) {
    // Also an action that is not taken must be one of the space's.
    if actions.count == count * actionSize {
      try bounds.requireInside(
        actions, environment: name, actionSpace: actionSpace, firstLane: firstLane,
        isActive: { !inner.isWaiting($0) })
    }
    let choice = choose(actions.indices.map { UInt32(bitPattern: actions[$0]) })
    let chosen = choice.actions.map { Int32(bitPattern: $0) }
    try inner.beginStep(actions: chosen.span, atEnd: atEnd)
    settle(choice)
  }

  override func beginStep(actions: Span<Float>, atEnd: EpisodeEnd) throws(EnvironmentError) {
    if actions.count == count * actionSize {
      try bounds.requireInside(
        actions, environment: name, actionSpace: actionSpace, firstLane: firstLane,
        isActive: { !inner.isWaiting($0) })
    }
    let choice = choose(actions.indices.map { actions[$0].bitPattern })
    let chosen = choice.actions.map { Float(bitPattern: $0) }
    try inner.beginStep(actions: chosen.span, atEnd: atEnd)
    settle(choice)
  }

  private typealias Choice = (actions: [UInt32], streams: [RandomStream])

  /// Which actions are taken, without changing anything yet.
  private func choose(_ actions: [UInt32]) -> Choice {
    var choice = (actions: actions, streams: streams)
    guard actions.count == taken.count else { return choice }
    let width = actionSize
    for lane in 0..<count where !inner.isWaiting(lane) {
      let isSticky = choice.streams[lane].uniform() < probability
      guard isSticky, hasTaken[lane] else { continue }
      for component in lane * width..<(lane + 1) * width {
        choice.actions[component] = taken[component]
      }
    }
    return choice
  }

  private func settle(_ choice: Choice) {
    (taken, streams) = choice
    for lane in 0..<count where !inner.isWaiting(lane) { hasTaken[lane] = true }
  }

  override func finish<Element: RowElement>(
    _ observations: inout MutableSpan<Element>, _ finalObservations: inout MutableSpan<Element>,
    _ rewards: inout MutableSpan<Double>, _ outcomes: inout MutableSpan<Outcome>
  ) throws(EnvironmentError) {
    try super.finish(&observations, &finalObservations, &rewards, &outcomes)
    for lane in 0..<count where outcomes[lane] != .ongoing { hasTaken[lane] = false }
  }

  private struct Saved: Codable {
    var taken: [UInt32]
    var hasTaken: [Bool]
    var streams: [RandomStream]
  }

  override func ownState() throws(EnvironmentError) -> [UInt8]? {
    try encodedSnapshot(Saved(taken: taken, hasTaken: hasTaken, streams: streams), seed: seed)
  }

  override func restoreOwn(_ state: [UInt8]) throws(EnvironmentError) {
    let saved: Saved = try decodedSnapshot(state, seed: seed) { saved in
      let lanes = saved.streams.count
      let isWhole =
        saved.hasTaken.count == lanes && saved.taken.count * count == taken.count * lanes
      return isWhole ? lanes : nil
    }
    guard
      zip(saved.streams, Self.streams(of: inner, seed: seed)).allSatisfy({ $0.hasSameName(as: $1) })
    else {
      throw .invalidSnapshot(environment: name, reason: "its streams are not those of the run.")
    }
    let isInside = (0..<count).allSatisfy { lane in
      let row = saved.taken[lane * actionSize..<(lane + 1) * actionSize].map {
        actionSpace.isWholeNumbers ? Double(Int32(bitPattern: $0)) : Double(Float(bitPattern: $0))
      }
      return !saved.hasTaken[lane] || actionSpace.contains(row)
    }
    guard isInside else {
      throw .invalidSnapshot(environment: name, reason: "an action lies outside the action space.")
    }
    (taken, hasTaken, streams) = (saved.taken, saved.hasTaken, saved.streams)
  }
}
