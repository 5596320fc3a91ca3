import Glibc
import Logging

/// The user's side of the standard error stream; standard output is left to results.
public struct Console: Sendable {
  /// Whether a person watches, so that a line can be rewritten.
  public let isTerminal: Bool
  private let output: @Sendable (String) -> Void

  /// Standard error.
  public static let standardError = Console(
    isTerminal: isatty(STDERR_FILENO) == 1 && environmentValue("TERM") != "dumb"
  ) {
    // A closed stream must not stop the run.
    StandardStreams.errors($0)
  }

  /// A console that hands every piece of text to a function.
  public init(isTerminal: Bool, output: @escaping @Sendable (String) -> Void) {
    self.isTerminal = isTerminal
    self.output = output
  }

  /// A text that may quote what came from elsewhere, as it can be shown: without the characters that
  /// steer a terminal, and not longer than a person reads.
  static func readable(_ text: String) -> String {
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
  public var width: Int {
    var size = winsize()
    guard isTerminal, ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
      return 80
    }
    return Int(size.ws_col)
  }

  /// Writes a line that stays.
  public func line(_ text: String) {
    output(isTerminal ? "\r\u{1B}[K\(text)\n" : "\(text)\n")
  }

  /// Writes a line that the next one replaces.
  public func rewritable(_ text: String) {
    output("\r\(text.prefix(max(0, width - 1)))\u{1B}[K")
  }
}

private func environmentValue(_ name: String) -> String? {
  getenv(name).map { String(cString: $0) }
}

/// Shows log messages on a console as plain lines, without clock times.
public struct ConsoleLogHandler: LogHandler {
  /// What accompanies every message.
  public var metadata: Logger.Metadata = [:]
  /// Messages below this level are dropped.
  public var logLevel: Logger.Level
  private let console: Console

  /// A handler that writes to a console.
  public init(_ console: Console = .standardError, logLevel: Logger.Level = .info) {
    self.console = console
    self.logLevel = logLevel
  }

  /// A piece of the accompanying data.
  public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  /// Writes the message; one that is more than information begins with its level.
  public func log(event: LogEvent) {
    var text = event.level > .notice ? "\(event.level): \(event.message)" : "\(event.message)"
    let details = metadata.merging(event.metadata ?? [:]) { $1 }
    if !details.isEmpty {
      let pairs = details.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
      text += " (" + pairs.joined(separator: ", ") + ")"
    }
    if let error = event.error { text += ": \(error)" }
    console.line(text)
  }
}
