import Glibc

/// How far a run has come.
package struct ProgressSnapshot: Sendable, Hashable {
  /// Steps of the environment so far.
  package var steps: Int
  /// How many there will be at most.
  package var totalSteps: Int
  /// Episodes that have ended.
  package var episodes: Int
  /// The mean return of the last 100 episodes; nil before the first has ended.
  package var meanReturn: Double?
  /// Whether the task counts as solved.
  package var isSolved: Bool
  /// What is shown of a run that has no episodes.
  package var details: String?
  /// What is counted.
  package var unit: String

  /// Says how far a run has come.
  package init(
    steps: Int, totalSteps: Int, episodes: Int, meanReturn: Double?, isSolved: Bool = false,
    details: String? = nil, unit: String = "steps"
  ) {
    self.unit = unit
    self.details = details
    self.steps = steps
    self.totalSteps = totalSteps
    self.episodes = episodes
    self.meanReturn = meanReturn
    self.isSolved = isSolved
  }
}

/// Shows a run's progress: one line that is rewritten on a terminal, plain lines elsewhere.
package final class ProgressReporter {
  /// How to show it.
  package enum Style: Sendable {
    /// One line that is rewritten ten times a second.
    case rewriting
    /// A line for each tenth of the run, and at least one every few seconds.
    case lines
    /// Not at all.
    case silent
  }

  private let style: Style
  private let console: Console
  /// Seconds on a clock that never goes back.
  private let now: () -> Double

  private var startTime: Double
  private var startSteps: Int
  private var lastTime: Double
  private var lastSteps: Int
  private var lastTenth: Int
  private var smoothedRate: Double?

  /// Begins to report.
  ///
  /// - Parameters:
  ///   - console: where to.
  ///   - isQuiet: whether to stay silent.
  ///   - steps: the number that earlier sessions made.
  ///   - totalSteps: the steps at the end.
  package convenience init(
    on console: Console = .standardError, isQuiet: Bool = false, startingAt steps: Int = 0,
    totalSteps: Int
  ) {
    self.init(
      style: isQuiet ? .silent : console.isTerminal ? .rewriting : .lines, on: console,
      startingAt: steps, totalSteps: totalSteps, now: monotonicSeconds)
  }

  package init(
    style: Style, on console: Console, startingAt steps: Int, totalSteps: Int,
    now: @escaping () -> Double
  ) {
    self.style = style
    self.console = console
    self.now = now
    startTime = now()
    lastTime = startTime
    startSteps = steps
    lastSteps = steps
    lastTenth = Self.tenth(steps, of: totalSteps)
  }

  /// Shows the progress if it is time to; cheap enough to be called after every update.
  ///
  /// - Parameter snapshot: is made only when it is shown.
  package func update(_ snapshot: @autoclosure () -> ProgressSnapshot) {
    guard style != .silent else { return }
    let time = now()
    let pause = time - lastTime
    guard pause >= (style == .rewriting ? 0.1 : 0.5) else { return }
    let snapshot = snapshot()
    let tenth = Self.tenth(snapshot.steps, of: snapshot.totalSteps)
    if style == .lines {
      // Long runs need no line every five seconds.
      let patience = time - startTime < 60 ? 5.0 : 30.0
      guard pause >= patience || tenth > lastTenth else { return }
    }
    lastTenth = tenth
    show(snapshot, at: time)
  }

  /// Shows the last state in a line that stays.
  package func finish(_ snapshot: ProgressSnapshot) {
    guard style != .silent else { return }
    let seconds = now() - startTime
    let rate = seconds > 0 ? Double(snapshot.steps - startSteps) / seconds : nil
    console.line(Self.text(snapshot, stepsPerSecond: rate, showsRemaining: false))
  }

  private func show(_ snapshot: ProgressSnapshot, at time: Double) {
    let rate = Double(snapshot.steps - lastSteps) / max(time - lastTime, 1e-9)
    // Half of the newest rate: the line settles within a second and still follows a change.
    let smoothed = smoothedRate.map { 0.5 * $0 + 0.5 * rate } ?? rate
    smoothedRate = smoothed
    lastTime = time
    lastSteps = snapshot.steps
    let text = Self.text(snapshot, stepsPerSecond: smoothed, showsRemaining: true)
    if style == .rewriting { console.rewritable(text) } else { console.line(text) }
  }

  private static func tenth(_ steps: Int, of total: Int) -> Int {
    total > 0 ? Int(10 * Double(steps) / Double(total)) : 0
  }

  static func text(
    _ snapshot: ProgressSnapshot, stepsPerSecond: Double?, showsRemaining: Bool
  ) -> String {
    let total = max(snapshot.totalSteps, 1)
    let percent = Int(100 * Double(snapshot.steps) / Double(total))
    var parts = [
      "\(NumberText.grouped(snapshot.steps)) of \(NumberText.grouped(snapshot.totalSteps)) \(snapshot.unit)"
        + " (\(percent) %)"
    ]
    if let mean = snapshot.meanReturn { parts.append("return \(NumberText.short(mean))") }
    if snapshot.isSolved { parts.append("solved") }
    if let details = snapshot.details, !details.isEmpty { parts.append(details) }
    if let rate = stepsPerSecond, rate > 0, rate.isFinite {
      parts.append("\(NumberText.grouped(Int(min(rate.rounded(), 1e15)))) \(snapshot.unit)/s")
      if showsRemaining {
        let seconds = Double(max(0, snapshot.totalSteps - snapshot.steps)) / rate
        parts.append("ETA \(NumberText.duration(seconds))")
      }
    }
    // What a narrow terminal cuts off comes last.
    if snapshot.details == nil {
      parts.append("\(NumberText.grouped(snapshot.episodes)) episodes")
    }
    return parts.joined(separator: "  ")
  }
}

/// Seconds on a clock that never goes back.
private func monotonicSeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}
