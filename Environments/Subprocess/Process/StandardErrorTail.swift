import Glibc

/// Passes a simulator's standard error on, line by line, and keeps the end of it.
///
/// What is passed on is shown, and so has no place in error messages, too: the end is quoted there only where
/// nobody is shown the lines. Lines that the process before this one ended with are not shown again: a
/// traceback is read once, however often the program is tried.
struct StandardErrorTail {
  /// Lines that are kept.
  static let limit = 200
  /// Longer lines are cut: a flood must not fill the memory.
  private static let longestLine = 4096

  /// Stands before every line.
  var prefix: String
  private let show: (@Sendable (String) -> Void)?
  private let known: Set<String>
  private var lines: [String] = []
  private var partial: [UInt8] = []

  init(prefix: String, known: Set<String> = [], show: (@Sendable (String) -> Void)?) {
    self.prefix = prefix
    self.known = known
    self.show = show
  }

  mutating func add(_ bytes: UnsafeRawBufferPointer) {
    for byte in bytes {
      if byte == 0x0A {
        endLine()
      } else if partial.count < Self.longestLine {
        partial.append(byte)
      }
    }
  }

  /// Takes an unfinished line for a whole one.
  mutating func endLine() {
    if partial.last == 0x0D { partial.removeLast() }
    // A progress bar rewrites its line: the last state of it is what a person would see.
    let state = partial.lastIndex(of: 0x0D).map { partial[($0 + 1)...] } ?? partial[...]
    let line = printable(String(decoding: state, as: UTF8.self), limit: Self.longestLine)
    partial.removeAll(keepingCapacity: true)
    guard !line.isEmpty else { return }
    lines.append(line)
    if lines.count >= 2 * Self.limit { lines.removeFirst(lines.count - Self.limit) }
    if !known.contains(line) { show?("\(prefix) \(line)") }
  }

  /// The last lines, to be added to a message; empty if there are none, or if they were shown.
  var quotation: String {
    let shown = lines.suffix(12)
    guard show == nil, !shown.isEmpty else { return "" }
    return "\nIts standard error ends with:\n"
      + shown.map { "  | \(printable($0))" }.joined(separator: "\n")
  }

  /// The last lines.
  var lastWords: Set<String> { Set(lines.suffix(40)) }
}
