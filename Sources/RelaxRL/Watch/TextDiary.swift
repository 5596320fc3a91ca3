import ReinforcementLearning
import Runs

/// Shows an episode as lines of text: what was done, what came of it, what is seen next.
struct TextDiary: EpisodeViewer {
  /// Numbers of an observation that are shown.
  private static let most = 12

  func show(_ moment: Moment) throws {
    var lines = moment.action == nil ? ["episode \(moment.episode)"] : []
    var parts: [String] = []
    if let action = moment.action {
      parts = ["action \(Self.text(action))", "reward \(Self.text(moment.reward))"]
    }
    parts.append("observation \(Self.text(moment.observation))")
    if moment.outcome != .ongoing { parts.append("\(moment.outcome)") }
    lines.append("step \(moment.step): \(parts.joined(separator: ", "))")
    if moment.outcome == .terminated || moment.outcome == .truncated {
      lines.append("return \(Self.text(moment.total)) in \(moment.step) steps")
    }
    StandardStreams.output(lines.joined(separator: "\n") + "\n")
    if StandardStreams.hasFailed { throw ViewingEnd() }
  }

  /// A number in a few digits.
  static func text(_ number: Double) -> String {
    Int(exactly: number).map { "\($0)" } ?? NumberText.short(number)
  }

  private static func text(_ numbers: [Float]) -> String {
    let shown = numbers.prefix(most).map { text(Double($0)) }.joined(separator: " ")
    return numbers.count > most ? "\(shown) … (\(numbers.count) numbers)" : shown
  }

  private static func text(_ action: ActionRows) -> String {
    switch action {
    case .whole(let numbers): numbers.map { "\($0)" }.joined(separator: " ")
    case .real(let numbers): text(numbers)
    }
  }
}
