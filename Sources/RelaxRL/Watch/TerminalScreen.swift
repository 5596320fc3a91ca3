import Glibc
import ReinforcementLearning
import Runs

/// The terminal while it shows pictures: another screen without a cursor, and keys that are read one by one.
///
/// The terminal is as it was before once this ends, by `leave` or by a signal.
final class TerminalScreen {
  /// What a person wants.
  enum Key {
    case pause
    case quit
  }

  let colors: HalfBlocks.Colors
  private var hasKeys: Bool
  private var hasLeft = false

  /// How standard input was before.
  ///
  /// Unsafe but not shared: one thread writes it, and only before the handler of signals is installed that reads it.
  private nonisolated(unsafe) static let settings =
    UnsafeMutablePointer<termios>.allocate(capacity: 1)

  /// Whether standard output shows pictures.
  static var isThere: Bool {
    isatty(STDOUT_FILENO) == 1 && !["", "dumb"].contains(variable("TERM"))
  }

  /// Takes the terminal over.
  init() {
    colors = ["truecolor", "24bit"].contains(Self.variable("COLORTERM")) ? .direct : .indexed
    hasKeys = isatty(STDIN_FILENO) == 1 && tcgetattr(STDIN_FILENO, Self.settings) == 0
    InterruptFlag.install()
    if !hasKeys { InterruptFlag.whenRaised { TerminalScreen.close() } }
    if hasKeys {
      InterruptFlag.whenRaised { TerminalScreen.restore() }
      var settings = Self.settings.pointee
      settings.c_lflag &= ~tcflag_t(ICANON | ECHO)
      withUnsafeMutableBytes(of: &settings.c_cc) { characters in
        characters[Int(VMIN)] = 1
        characters[Int(VTIME)] = 0
        // Whoever is stopped or ends with a core dump cannot clean up.
        characters[Int(VSUSP)] = 0
        characters[Int(VQUIT)] = 0
      }
      tcsetattr(STDIN_FILENO, TCSANOW, &settings)
    }
    StandardStreams.output("\u{1B}[?1049h\u{1B}[?25l")
  }

  deinit { leave() }

  /// Gives the terminal back.
  func leave() {
    guard !hasLeft else { return }
    hasLeft = true
    if hasKeys { Self.restore() } else { Self.close() }
    InterruptFlag.whenRaised(nil)
  }

  /// Called by the handler of signals, too: no allocation, no lock.
  private static func restore() {
    tcsetattr(STDIN_FILENO, TCSANOW, settings)
    close()
  }

  private static func close() {
    let text: StaticString = "\u{1B}[0m\u{1B}[?25h\u{1B}[?1049l"
    _ = write(STDOUT_FILENO, text.utf8Start, text.utf8CodeUnitCount)
  }

  private static func variable(_ name: String) -> String {
    getenv(name).map { String(cString: $0) } ?? ""
  }

  /// Columns and rows of characters; 80 and 24 where the terminal does not say.
  static var size: (columns: Int, rows: Int) {
    var size = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0
    else { return (80, 24) }
    return (Int(size.ws_col), Int(size.ws_row))
  }

  /// Replaces what is seen.
  ///
  /// - Parameter lines: no more than there are rows.
  func show(_ lines: [String]) {
    // Cleared before it is written: behind a line as wide as the terminal the last character would be lost.
    let text = lines.enumerated().map { index, line in
      (index == lines.count - 1 ? "\u{1B}[J" : "\u{1B}[K") + line
    }
    StandardStreams.output("\u{1B}[H" + text.joined(separator: "\n"))
  }

  /// Waits for a key.
  ///
  /// - Parameter seconds: how long; a signal ends the wait, too.
  /// - Returns: nil where none was pressed, or one that means nothing.
  func key(within seconds: Double) -> Key? {
    var input = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
    let milliseconds = Int32(max(0, min(seconds, 3600)) * 1000)
    guard poll(&input, hasKeys ? 1 : 0, milliseconds) > 0 else { return nil }
    var byte: UInt8 = 0
    guard read(STDIN_FILENO, &byte, 1) == 1 else {
      hasKeys = false
      return nil
    }
    switch byte {
    case UInt8(ascii: " "): return .pause
    case UInt8(ascii: "q"), UInt8(ascii: "Q"): return .quit
    default: return nil
    }
  }
}
