import Glibc
import Synchronization

/// The user's side of the standard error stream; standard output is left to results.
package struct Console: Sendable {
  /// Whether a person watches, so that a line can be rewritten.
  package let isTerminal: Bool
  private let output: @Sendable (String) -> Void

  /// Standard error.
  package static let standardError = Console(
    isTerminal: isatty(STDERR_FILENO) == 1 && environmentValue("TERM") != "dumb"
  ) {
    // A closed stream must not stop the run.
    StandardStreams.errors($0)
  }

  /// A console that hands every piece of text to a function.
  package init(isTerminal: Bool, output: @escaping @Sendable (String) -> Void) {
    self.isTerminal = isTerminal
    self.output = output
  }

  /// A text that may quote what came from elsewhere, as it can be shown: without the characters that
  /// steer a terminal, and not longer than a person reads.
  package static func readable(_ text: String) -> String {
    let limit = 4000
    var shown = String.UnicodeScalarView()
    for scalar in text.unicodeScalars.prefix(limit) {
      let steers = scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
      shown.append(steers && scalar != "\n" && scalar != "\t" ? "·" : scalar)
    }
    let count = text.unicodeScalars.count
    return String(shown) + (count > limit ? "… (\(count) characters)" : "")
  }

  /// How many columns the terminal has, 80 when it does not say.
  package var width: Int {
    var size = winsize()
    guard isTerminal, ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
      return 80
    }
    return Int(size.ws_col)
  }

  /// Whether another process of the run says what all of them would.
  package static let leavesNotes = Atomic<Bool>(false)

  /// Writes a line that one process of a run is enough to say.
  package func note(_ text: String) {
    if !Self.leavesNotes.load(ordering: .relaxed) { line(text) }
  }

  /// Writes a line that stays.
  package func line(_ text: String) {
    output(isTerminal ? "\r\u{1B}[K\(text)\n" : "\(text)\n")
  }

  /// Writes a line that the next one replaces.
  package func rewritable(_ text: String) {
    output("\r\(text.prefix(max(0, width - 1)))\u{1B}[K")
  }
}

private func environmentValue(_ name: String) -> String? {
  getenv(name).map { String(cString: $0) }
}
