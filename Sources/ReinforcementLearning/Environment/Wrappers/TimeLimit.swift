/// An environment whose episodes are cut off after a number of steps.
final class TimeLimit: WrappedEnvironment {
  private let limit: Int
  /// `[N]`, steps taken in the episode under way.
  private var steps: [Int]
  /// `[N]`, whether the lane waited when the step began.
  private var waited: [Bool]
  private var atEnd = EpisodeEnd.wait

  /// - Parameters:
  ///   - inner: what is wrapped.
  ///   - seed: the run's.
  ///   - limit: at least 1.
  init(_ inner: any VectorEnvironment, seed: UInt64, limit: Int) {
    self.limit = limit
    steps = Array(repeating: 0, count: inner.count)
    waited = Array(repeating: false, count: inner.count)
    super.init(inner, seed: seed)
  }

  override var stepLimit: Int? { min(limit, inner.stepLimit ?? limit) }

  override func cutOff(lane: Int) throws(EnvironmentError) {
    try inner.cutOff(lane: lane)
    steps[lane] = 0
  }

  override func begin<Element: RowElement>(
    all: Bool, _ observations: inout MutableSpan<Element>
  ) throws(EnvironmentError) {
    try super.begin(all: all, &observations)
    if all { steps = Array(repeating: 0, count: count) }
  }

  override func beginStep(actions: Span<Int32>, atEnd: EpisodeEnd) throws(EnvironmentError) {
    try requireNoneWaiting(atEnd)
    try inner.beginStep(actions: actions, atEnd: atEnd)
    remember(atEnd)
  }

  override func beginStep(actions: Span<Float>, atEnd: EpisodeEnd) throws(EnvironmentError) {
    try requireNoneWaiting(atEnd)
    try inner.beginStep(actions: actions, atEnd: atEnd)
    remember(atEnd)
  }

  private func remember(_ atEnd: EpisodeEnd) {
    self.atEnd = atEnd
    for lane in 0..<count { waited[lane] = isWaiting(lane) }
  }

  override func finish<Element: RowElement>(
    _ observations: inout MutableSpan<Element>, _ finalObservations: inout MutableSpan<Element>,
    _ rewards: inout MutableSpan<Double>, _ outcomes: inout MutableSpan<Outcome>
  ) throws(EnvironmentError) {
    try super.finish(&observations, &finalObservations, &rewards, &outcomes)
    let width = observationSize
    var isCut = false
    for lane in 0..<count where !waited[lane] {
      steps[lane] = outcomes[lane] == .ongoing ? steps[lane] + 1 : 0
      guard steps[lane] >= limit else { continue }
      outcomes[lane] = .truncated
      for element in lane * width..<(lane + 1) * width {
        finalObservations[element] = observations[element]
      }
      try cutOff(lane: lane)
      isCut = true
    }
    if isCut, atEnd == .startNext { try super.begin(all: false, &observations) }
  }

  private struct Saved: Codable {
    var steps: [Int]
  }

  override func ownState() throws(EnvironmentError) -> [UInt8]? {
    try encodedSnapshot(Saved(steps: steps), seed: seed)
  }

  override func restoreOwn(_ state: [UInt8]) throws(EnvironmentError) {
    let saved: Saved = try decodedSnapshot(state, seed: seed) { $0.steps.count }
    guard saved.steps.allSatisfy({ (0..<limit).contains($0) }) else {
      throw .invalidSnapshot(
        environment: name, reason: "an episode has as many steps as are allowed, or fewer than 0.")
    }
    steps = saved.steps
  }
}
