import Glibc
import Synchronization

/// The three streams that a program is started with, as they are found in practice: closed, full, or
/// read by something that has gone away.
package enum StandardStreams {
  private static let failure = Mutex<FileError?>(nil)

  /// Makes them safe to use; to be called before anything else is opened.
  ///
  /// A descriptor that is closed would be given to the next file that is opened, and what is printed
  /// would land in it. It is opened here in the direction in which nobody uses it: results that are
  /// lost are still an error. A file at its size limit and a reader that has gone are errors of the
  /// write, not the end of the process.
  package static func prepare() {
    for (descriptor, flags) in [
      (STDIN_FILENO, O_WRONLY), (STDOUT_FILENO, O_RDONLY), (STDERR_FILENO, O_RDONLY),
    ] where fcntl(descriptor, F_GETFD) < 0 {
      // The lowest free number, which is this one.
      _ = open("/dev/null", flags)
    }
    signal(SIGXFSZ, SIG_IGN)
    signal(SIGPIPE, SIG_IGN)
  }

  /// Writes on standard output; ``finish()`` says whether it arrived.
  package static func output(_ text: String) {
    let problem = write(text, to: STDOUT_FILENO)
    failure.withLock { $0 = $0 ?? problem.map { FileError("write", "standard output", $0) } }
  }

  /// Writes on standard error, as far as that is possible: there is no other place to say that it was
  /// not.
  package static func errors(_ text: String) { _ = write(text, to: STDERR_FILENO) }

  /// Whether something that was written on standard output has not arrived: nobody reads any more.
  package static var hasFailed: Bool { failure.withLock { $0 != nil } }

  /// Makes sure that everything on standard output has arrived.
  ///
  /// - Throws: ``FileError`` with the system's reason.
  package static func finish() throws(FileError) {
    if let problem = failure.withLock({ $0 }) { throw problem }
    // What was printed by others.
    guard fflush(nil) == 0 else { throw FileError("write", "standard output") }
  }

  /// - Returns: the system's error number, nil if everything was written.
  private static func write(_ text: String, to descriptor: Int32) -> Int32? {
    // The lines of others come first.
    guard descriptor == STDERR_FILENO || fflush(nil) == 0 else { return errno }
    let bytes = Array(text.utf8)
    var count = 0
    while count < bytes.count {
      let step = bytes.withUnsafeBytes { buffer in
        Glibc.write(descriptor, buffer.baseAddress.map { $0 + count }, buffer.count - count)
      }
      if step < 0 && errno == EINTR { continue }
      if step < 0 && errno == EAGAIN {
        // Somebody else has made the stream one that never waits.
        var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        poll(&ready, 1, 1000)
        continue
      }
      guard step > 0 else { return errno }
      count += step
    }
    return nil
  }
}

extension FileError {
  fileprivate init(_ operation: String, _ path: String, _ code: Int32) {
    self.init(operation: operation, path: path, code: code)
  }
}
