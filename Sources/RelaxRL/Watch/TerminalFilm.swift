import ReinforcementLearning
import Runs

/// Shows an episode in the terminal as it goes.
struct TerminalFilm: EpisodeViewer {
  /// The least columns and rows in which something can be seen.
  static let least = (columns: 20, rows: 8)

  private let screen: TerminalScreen
  private let episodes: Int
  private let pause: Duration
  private let clock = ContinuousClock()
  private var isPaused = false
  /// When the next moment is to be shown.
  private var next: ContinuousClock.Instant

  /// How long the end of an episode stands still.
  private static let pauseAtEnd = Duration.seconds(1)

  /// - Parameters:
  ///   - screen: where it is shown.
  ///   - episodes: how many there will be.
  ///   - framesPerSecond: at least 1.
  init(_ screen: TerminalScreen, episodes: Int, framesPerSecond: Int) {
    self.screen = screen
    self.episodes = episodes
    pause = .seconds(1) / framesPerSecond
    next = clock.now
  }

  mutating func show(_ moment: Moment) throws {
    let picture = try moment.picture()
    // A step that took longer than it should is not made up for.
    next = max(next, clock.now) + (moment.outcome.isEnd ? Self.pauseAtEnd : pause)
    var size = draw(picture, moment)
    while isPaused || clock.now < next {
      if InterruptFlag.isRaised || StandardStreams.hasFailed { throw ViewingEnd() }
      let patience = isPaused ? .milliseconds(200) : min(next - clock.now, .milliseconds(200))
      switch screen.key(within: patience / .seconds(1)) {
      case .quit: throw ViewingEnd()
      case .pause:
        isPaused.toggle()
        size = draw(picture, moment)
      case nil where TerminalScreen.size != size: size = draw(picture, moment)
      case nil: break
      }
    }
  }

  /// - Returns: the size for which it was drawn.
  private func draw(_ picture: Picture?, _ moment: Moment) -> (columns: Int, rows: Int) {
    let size = TerminalScreen.size
    if !InterruptFlag.isRaised { screen.show(lines(picture, moment, size)) }
    return size
  }

  private func lines(
    _ picture: Picture?, _ moment: Moment, _ size: (columns: Int, rows: Int)
  ) -> [String] {
    func fitting(_ text: String) -> String { String(text.prefix(size.columns)) }
    guard size.columns >= Self.least.columns, size.rows >= Self.least.rows else {
      return [fitting("too small: \(Self.least.columns) × \(Self.least.rows) needed")]
    }
    let status =
      "\(moment.environment.name)  episode \(moment.episode) of \(episodes)  step \(moment.step)  "
      + "return \(TextDiary.text(moment.total))  "
      + (isPaused ? "paused" : moment.outcome.isEnd ? "\(moment.outcome)" : "")
    let keys = "space: pause  q: quit"
    let gap = size.columns - status.count - keys.count
    let last = gap > 0 ? status + String(repeating: " ", count: gap) + keys : fitting(status)
    let rows = size.rows - 1
    guard let image = picture?.pixels(within: size.columns, 2 * rows) else { return [last] }
    let left = String(repeating: " ", count: (size.columns - image.width) / 2)
    let blocks = HalfBlocks.lines(image, screen.colors).map { left + $0 }
    let top = [String](repeating: "", count: (rows - blocks.count) / 2)
    let bottom = [String](repeating: "", count: rows - blocks.count - top.count)
    return top + blocks + bottom + [last]
  }
}
