import Glibc

/// Passes a simulator's standard error on, line by line, and keeps the end of it for error messages.
struct StandardErrorTail {
  /// Lines that are kept.
  static let limit = 200
  /// Longer lines are cut: a flood must not fill the memory.
  private static let longestLine = 4096

  private let prefix: String
  private let show: @Sendable (String) -> Void
  private var lines: [String] = []
  private var partial: [UInt8] = []

  init(prefix: String, show: @escaping @Sendable (String) -> Void) {
    self.prefix = prefix
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
    guard !partial.isEmpty else { return }
    if partial.last == 0x0D { partial.removeLast() }
    let line = String(decoding: partial, as: UTF8.self)
    partial.removeAll(keepingCapacity: true)
    lines.append(line)
    if lines.count >= 2 * Self.limit { lines.removeFirst(lines.count - Self.limit) }
    show("\(prefix) \(line)")
  }

  /// The last lines, to be added to a message; empty if there are none.
  var quotation: String {
    let shown = lines.suffix(12)
    guard !shown.isEmpty else { return "" }
    return "\nIts standard error ends with:\n" + shown.map { "  | \($0)" }.joined(separator: "\n")
  }

  /// The last lines that are kept.
  var kept: ArraySlice<String> { lines.suffix(Self.limit) }
}
