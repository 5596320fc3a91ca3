import CProcess
import Glibc

/// A file descriptor that is closed with its owner.
struct Descriptor: ~Copyable {
  let number: Int32

  init(_ number: Int32) { self.number = number }

  deinit { close(number) }

  /// A pipe whose ends no other child process inherits.
  ///
  /// Close-on-exec from the start: a child that is started between two calls would keep the end open
  /// for its life, and the end of the stream would never come.
  static func pipe() throws(SystemError) -> Pipe {
    var ends: [Int32] = [-1, -1]
    guard process_pipe(&ends) == 0 else { throw SystemError("make a pipe") }
    return Pipe(reading: Descriptor(ends[0]), writing: Descriptor(ends[1]))
  }

  struct Pipe: ~Copyable {
    let reading: Descriptor
    let writing: Descriptor

    /// Closes the other end.
    consuming func takeReading() -> Descriptor { reading }

    /// Closes the other end.
    consuming func takeWriting() -> Descriptor { writing }
  }

  /// Makes reads and writes return at once with `EAGAIN` where they would wait.
  func neverWaits() {
    // The C function is variadic, which Swift imports for `fcntl` alone.
    _ = fcntl(number, F_SETFL, fcntl(number, F_GETFL) | O_NONBLOCK)
  }
}

/// A call that the system refused.
struct SystemError: Error, CustomStringConvertible {
  let call: String
  let code: Int32

  init(_ call: String, code: Int32 = errno) {
    self.call = call
    self.code = code
  }

  var reason: String { String(cString: strerror(code)) }
  var description: String { "Cannot \(call): \(reason)." }
}
