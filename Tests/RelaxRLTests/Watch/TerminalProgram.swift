import Foundation
import TestSupport
import Testing

/// `rl-train` in a terminal of its own: what a person sees and types.
final class TerminalProgram {
  struct NoTerminal: Error {}

  struct TooSlow: Error {
    let seen: String
  }

  /// All that came so far.
  private var bytes: [UInt8] = []
  private let terminal: Int32
  private let process: pid_t

  /// Starts the program as the leader of a session whose terminal this is.
  init(
    _ arguments: [String], in folder: TemporaryFolder, columns: Int = 80, rows: Int = 24,
    variables: [String] = ["TERM=xterm-256color", "COLORTERM="]
  ) throws {
    terminal = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
    // What unlockpt and ptsname do, which Swift does not see: TIOCSPTLCK and TIOCGPTN.
    var (isLocked, number): (Int32, UInt32) = (0, 0)
    guard terminal >= 0, ioctl(terminal, 0x4004_5431, &isLocked) == 0,
      ioctl(terminal, 0x8004_5430, &number) == 0
    else { throw NoTerminal() }
    let name = "/dev/pts/\(number)"
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    // The first terminal that the leader of a session opens becomes that of the session.
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, name, O_RDWR, 0)
    posix_spawn_file_actions_adddup2(&actions, STDIN_FILENO, STDOUT_FILENO)
    posix_spawn_file_actions_adddup2(&actions, STDIN_FILENO, STDERR_FILENO)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    sigfillset(&signals)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    let newSession: Int32 = 0x80
    posix_spawnattr_setflags(
      &attributes, Int16(newSession | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
    let words =
      ["/usr/bin/env", "-C", folder.path] + variables + [CommandLineProgram.path] + arguments
    var pointers = words.map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    var size = winsize(
      ws_row: UInt16(rows), ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
    _ = ioctl(terminal, UInt(TIOCSWINSZ), &size)
    var process: pid_t = 0
    guard posix_spawn(&process, words[0], &actions, &attributes, &pointers, environ) == 0 else {
      throw NoTerminal()
    }
    self.process = process
  }

  deinit {
    kill(process, SIGKILL)
    waitpid(process, nil, 0)
    close(terminal)
  }

  /// Everything on the screen so far, with what steers it.
  var seen: String { text(from: 0) }

  private func text(from start: Int) -> String {
    String(decoding: bytes[start...], as: UTF8.self)
  }

  func resize(columns: Int, rows: Int) {
    var size = winsize(
      ws_row: UInt16(rows), ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
    _ = ioctl(terminal, UInt(TIOCSWINSZ), &size)
  }

  func type(_ text: String) {
    _ = Array(text.utf8).withUnsafeBytes { write(terminal, $0.baseAddress, $0.count) }
  }

  func send(_ signal: Int32) { kill(process, signal) }

  /// Whether the terminal shows what is typed, and hands it over line by line.
  var isAsBefore: Bool {
    var settings = termios()
    tcgetattr(terminal, &settings)
    let flags = tcflag_t(ICANON | ECHO | ISIG)
    return settings.c_lflag & flags == flags
  }

  /// Reads what comes within a time.
  private func read(milliseconds: Int32) -> Bool {
    var input = pollfd(fd: terminal, events: Int16(POLLIN), revents: 0)
    guard poll(&input, 1, milliseconds) > 0 else { return false }
    var new = [UInt8](repeating: 0, count: 1 << 16)
    let count = Glibc.read(terminal, &new, new.count)
    guard count > 0 else { return false }
    bytes += new[..<count]
    return true
  }

  /// Waits until something is seen that was not before.
  ///
  /// - Returns: all that came since.
  @discardableResult
  func wait(for text: String, seconds: Double = 60) throws -> String {
    let start = bytes.count
    let deadline = Date(timeIntervalSinceNow: seconds)
    while !self.text(from: start).contains(text) {
      guard Date() < deadline else { throw TooSlow(seen: String(seen.suffix(2000))) }
      _ = read(milliseconds: 20)
    }
    return self.text(from: start)
  }

  /// What comes within a time.
  func watch(seconds: Double) -> String {
    let start = bytes.count
    let deadline = Date(timeIntervalSinceNow: seconds)
    while Date() < deadline { _ = read(milliseconds: 20) }
    return text(from: start)
  }

  /// Waits for the end.
  ///
  /// - Returns: the exit code, or 128 and the number of the signal that ended it.
  func end(seconds: Double = 60) throws -> Int32 {
    let deadline = Date(timeIntervalSinceNow: seconds)
    var status: Int32 = 0
    while waitpid(process, &status, WNOHANG) == 0 {
      guard Date() < deadline else { throw TooSlow(seen: String(seen.suffix(2000))) }
      _ = read(milliseconds: 5)
    }
    while read(milliseconds: 0) {}
    return status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F
  }
}
