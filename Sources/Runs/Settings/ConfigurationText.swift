import Glibc
import ReinforcementLearning

/// The text of a settings file, before anything in it is understood.
///
/// Bounded in every direction in which a file of a few lines can cost minutes or the stack: its size,
/// its nesting, and aliases, by which a text stands for many times itself.
enum ConfigurationText {
  /// Bytes of the longest file that is read; all settings of a run take about two thousand.
  static let largestSize = 1 << 18
  private static let deepestNesting = 100
  private static let mostAliases = 8

  /// Reads a file or a pipe to its end.
  ///
  /// A pipe's writer may be slow or never come, so the wait looks at the user's wish to stop.
  ///
  /// - Throws: ``ConfigurationError`` when it cannot be read, is too long or no text.
  static func read(_ path: String) throws(ConfigurationError) -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw .unreadableFile(FileError("read", path)) }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 1 << 14)
    while bytes.count <= largestSize {
      var ready = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      _ = poll(&ready, 1, 100)
      stopIfAsked()
      // Nothing to read and no end: a pipe that somebody still holds, or will hold.
      if ready.revents == 0 && !isUnnamedPipe(descriptor) { continue }
      let count = Glibc.read(descriptor, &part, part.count)
      if count < 0 && (errno == EINTR || errno == EAGAIN) { continue }
      guard count >= 0 else { throw .unreadableFile(FileError("read", path)) }
      if count == 0 { break }
      bytes += part[..<count]
    }
    guard bytes.count <= largestSize else {
      throw .malformedFile(
        path: path, reason: "It is longer than \(largestSize) bytes, which no settings are.")
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw .malformedFile(path: path, reason: "It is not a text in UTF-8.")
    }
    return text
  }

  /// Whether this is a pipe without a name, such as that between two commands.
  ///
  /// No other writer can come to it, so its end is an end. One with a name waits for its first writer.
  private static func isUnnamedPipe(_ descriptor: Int32) -> Bool {
    // The system calls it "pipe:" and a number.
    var name = [CChar](repeating: 0, count: 16)
    let count = readlink("/proc/self/fd/\(descriptor)", &name, name.count)
    return count > 0 && name.prefix(5).elementsEqual("pipe:".utf8.map { CChar($0) })
  }

  /// The text without the mark that some editors put in front, within the bounds.
  ///
  /// - Throws: ``ConfigurationError/malformedFile(path:reason:)``.
  static func bounded(_ text: String, path: String) throws(ConfigurationError) -> String {
    let text =
      text.unicodeScalars.first == "\u{FEFF}"
      ? String(String.UnicodeScalarView(text.unicodeScalars.dropFirst())) : text
    func refused(_ reason: String) -> ConfigurationError {
      .malformedFile(path: path, reason: reason)
    }
    guard text.utf8.count <= largestSize else {
      throw refused("It is longer than \(largestSize) bytes, which no settings are.")
    }
    guard !text.utf8.contains(0) else { throw refused("It holds a byte 0.") }
    guard nesting(of: text) <= deepestNesting else {
      throw refused("It is nested more than \(deepestNesting) levels deep.")
    }
    guard aliases(in: text) <= mostAliases else {
      throw refused("It has more than \(mostAliases) aliases (\"*name\"); write the values out.")
    }
    return text
  }

  /// No text is nested deeper than this: every opening bracket, and on one line every space in front
  /// and every dash or question mark that begins an element.
  private static func nesting(of text: String) -> Int {
    var (brackets, deepestLine) = (0, 0)
    var (line, isFront, previous) = (0, true, UInt8(ascii: "\n"))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\n"), UInt8(ascii: "\r"): (line, isFront) = (0, true)
      case UInt8(ascii: "["), UInt8(ascii: "{"):
        brackets += 1
        isFront = false
      case UInt8(ascii: " "), UInt8(ascii: "\t"):
        if isFront || previous == UInt8(ascii: "-") || previous == UInt8(ascii: "?") { line += 1 }
      case UInt8(ascii: "-"), UInt8(ascii: "?"): break
      default: isFront = false
      }
      previous = byte
      deepestLine = max(deepestLine, line)
    }
    return brackets + deepestLine
  }

  /// Stars that can begin an alias: behind a space or a sign, before something else than a space.
  private static func aliases(in text: String) -> Int {
    var (count, isPossible, isStar) = (0, true, false)
    for byte in text.utf8 {
      let isSpace = byte <= 0x20
      if isStar && !isSpace { count += 1 }
      isStar = isPossible && byte == UInt8(ascii: "*")
      isPossible = isSpace || ",[{:?-".utf8.contains(byte)
    }
    // Without a name to stand for, a star is a star.
    return text.utf8.contains(UInt8(ascii: "&")) ? count : 0
  }

  /// Ends the process as the signal does by itself: nothing has been written yet.
  private static func stopIfAsked() {
    guard let signal = InterruptFlag.signal else { return }
    InterruptFlag.uninstall()
    raise(signal)
  }
}
