/// An environment that takes every action several times, and in which rewards are the sums of those steps.
///
/// The last of these steps gives the observation. Where an episode ends before, the lane waits for the others.
final class RepeatedSteps: WrappedEnvironment {
  private let times: Int
  private var wholeActions: [Int32] = []
  private var realActions: [Float] = []
  private var atEnd = EpisodeEnd.wait
  /// `[N]` each, the sums so far and how the lanes' episodes have ended.
  private var sums: [Double]
  private var ends: [Outcome]

  /// - Parameters:
  ///   - inner: what is wrapped, without action masks.
  ///   - seed: the run's.
  ///   - times: at least 1.
  init(_ inner: any VectorEnvironment, seed: UInt64, times: Int) {
    self.times = times
    sums = Array(repeating: 0, count: inner.count)
    ends = Array(repeating: .ongoing, count: inner.count)
    super.init(inner, seed: seed)
  }

  override var stepLimit: Int? { inner.stepLimit.map { ($0 - 1) / times + 1 } }

  override func beginStep(actions: Span<Int32>, atEnd: EpisodeEnd) throws(EnvironmentError) {
    try requireNoneWaiting(atEnd)
    try inner.beginStep(actions: actions, atEnd: .wait)
    wholeActions = actions.indices.map { actions[$0] }
    realActions = []
    self.atEnd = atEnd
  }

  override func beginStep(actions: Span<Float>, atEnd: EpisodeEnd) throws(EnvironmentError) {
    try requireNoneWaiting(atEnd)
    try inner.beginStep(actions: actions, atEnd: .wait)
    realActions = actions.indices.map { actions[$0] }
    wholeActions = []
    self.atEnd = atEnd
  }

  override func finish<Element: RowElement>(
    _ observations: inout MutableSpan<Element>, _ finalObservations: inout MutableSpan<Element>,
    _ rewards: inout MutableSpan<Double>, _ outcomes: inout MutableSpan<Outcome>
  ) throws(EnvironmentError) {
    for lane in 0..<count { (sums[lane], ends[lane]) = (0, .ongoing) }
    for time in 0..<times {
      if time > 0 {
        // After a crash the lane is in another episode, for which the action was not meant.
        guard !ends.contains(.lost), (0..<count).contains(where: { !inner.isWaiting($0) }) else {
          break
        }
        try beginAgain()
      }
      try super.finish(&observations, &finalObservations, &rewards, &outcomes)
      for lane in 0..<count where ends[lane] == .ongoing {
        sums[lane] = outcomes[lane] == .lost ? 0 : sums[lane] + rewards[lane]
        ends[lane] = outcomes[lane]
      }
    }
    for lane in 0..<count { (rewards[lane], outcomes[lane]) = (sums[lane], ends[lane]) }
    if atEnd == .startNext, (0..<count).contains(where: { inner.isWaiting($0) }) {
      try super.begin(all: false, &observations)
    }
  }

  private func beginAgain() throws(EnvironmentError) {
    // Local arrays: a span of a class's property may not be live where an error is thrown.
    let (whole, real) = (wholeActions, realActions)
    if actionSpace.isWholeNumbers {
      try inner.beginStep(actions: whole.span, atEnd: .wait)
    } else {
      try inner.beginStep(actions: real.span, atEnd: .wait)
    }
  }
}
