import Foundation

/// One simulator process and the conversation with it: a request, then its reply.
final class SimulatorConnection {
  /// Where the conversation stands.
  private enum State {
    case idle
    /// A request is being sent, or was; the clock shows when its time is over.
    case waiting
    /// The reply lies in the inbox, with this number of bytes.
    case answered(length: Int)
    case failed(SimulatorFault)
  }

  let process: ChildProcess
  private(set) var isBinary = false
  private var state = State.idle
  private var outbox = ByteWriter()
  private var sent = 0
  private var nextID: UInt32 = 0
  private var errors: StandardErrorTail
  private var hasOpenErrors = true

  private let inbox = ReplyBuffer()

  private static let readsAtOnce = 64

  /// Starts the process.
  ///
  /// - Parameters:
  ///   - words: program and arguments.
  ///   - prefix: of the lines of its standard error.
  ///   - core: the only one that it may run on, or nil for any.
  ///   - variables: of its environment, besides the trainer's.
  ///   - known: lines of standard error that need not be shown again.
  ///   - show: takes the others; nil where they are only quoted in errors.
  /// - Throws: what the system refused.
  init(
    _ words: [String], prefix: String, core: Int32?, variables: [String] = [],
    known: Set<String> = [], show: (@Sendable (String) -> Void)?
  ) throws(SystemError) {
    process = try ChildProcess(words, core: core, variables: variables)
    errors = StandardErrorTail(prefix: prefix, known: known, show: show)
  }

  /// Its last words, to be added to a message; empty if there are none, or if they were shown.
  var quotation: String { errors.quotation }

  /// The same as a set of lines.
  var lastWords: Set<String> { errors.lastWords }

  /// From now on it hosts lanes under this name.
  func rename(_ prefix: String) { errors.prefix = prefix }

  /// From now on steps travel in binary.
  func switchToBinary() { isBinary = true }

  /// Whether no request is under way.
  var isIdle: Bool { if case .idle = state { true } else { false } }

  // MARK: Requests

  /// Begins a request, which `write` puts into the outbox.
  ///
  /// - Returns: the request's id.
  @discardableResult
  func send(_ write: (inout ByteWriter, UInt32) -> Void) -> UInt32 {
    let id = nextID
    nextID &+= 1
    outbox.removeAll()
    sent = 0
    if inbox.hasLeftovers(isBinary: isBinary) {
      state = .failed(
        .violation(
          ProtocolViolation(
            message: "last", field: "", expected: "the only reply to a request",
            received: "followed by \(inbox.quotation)")))
      return id
    }
    inbox.removeAll()
    state = .waiting
    write(&outbox, id)
    flush()
    return id
  }

  /// Begins a request that is a JSON object, in the frame that the encoding wants.
  @discardableResult
  func send(json: (UInt32) -> String) -> UInt32 {
    send { [isBinary] writer, id in
      guard isBinary else {
        writer.write(text: json(id))
        writer.write("\n")
        return
      }
      FrameHeader.begin(&writer, kind: FrameHeader.jsonKind, id: id)
      writer.write(text: json(id))
      FrameHeader.end(&writer, startingAt: 0)
    }
  }

  /// Writes as much as the pipe takes.
  private func flush() {
    while sent < outbox.count {
      let count = outbox.bytes.withUnsafeBytes {
        write(process.inputNumber, $0.baseAddress.map { $0 + sent }, $0.count - sent)
      }
      if count < 0 && errno == EINTR { continue }
      // Whether the simulator is gone shows at its output, with the reason.
      guard count > 0 else { return }
      sent += count
    }
  }

  // MARK: Replies

  /// The reply that has arrived, header included in binary.
  ///
  /// - Parameter body: gets the bytes, valid for the call only.
  /// - Returns: what the body made of them.
  /// - Throws: what happened instead of a reply, or what the body found wrong with it.
  func takeReply<Result>(
    _ body: (UnsafeRawBufferPointer) throws(SimulatorFault) -> Result
  ) throws(SimulatorFault) -> Result {
    switch state {
    case .failed(let fault): throw fault
    case .idle, .waiting: preconditionFailure("A reply is taken after it was waited for.")
    case .answered(let length):
      defer {
        inbox.removeFirst(length)
        state = .idle
      }
      return try body(inbox.first(length))
    }
  }

  /// The JSON text of a reply in either encoding.
  func takeText<Result>(
    _ body: (UnsafeRawBufferPointer) throws(SimulatorFault) -> Result
  ) throws(SimulatorFault) -> Result {
    let isBinary = isBinary
    return try takeReply { bytes throws(SimulatorFault) in
      let text = isBinary ? UnsafeRawBufferPointer(rebasing: bytes[FrameHeader.size...]) : bytes
      if let reply = ErrorReply(text) { throw SimulatorFault(.error(reply.error)) }
      return try body(text)
    }
  }

  /// Waits until each of the connections has its reply or has failed.
  ///
  /// - Parameters:
  ///   - connections: with a request under way.
  ///   - seconds: after which those without a reply have failed; 0 for no limit.
  ///   - stop: says whether the wait is to end before.
  /// - Returns: seconds spent in waiting alone.
  @discardableResult
  static func wait(
    for connections: some Collection<SimulatorConnection>, seconds: Double, stop: StopRequest
  ) -> Double {
    var waited = 0.0
    let start = monotonicSeconds()
    let deadline = seconds > 0 ? start + seconds : .infinity
    var stopDeadline = Double.infinity
    // Three descriptors each at most.
    return withUnsafeTemporaryAllocation(of: pollfd.self, capacity: 3 * connections.count) {
      polled in
      while true {
        var count: nfds_t = 0
        func add(_ descriptor: Int32, _ events: Int32) {
          polled[Int(count)] = pollfd(fd: descriptor, events: Int16(events), revents: 0)
          count += 1
        }
        for connection in connections {
          guard case .waiting = connection.state else { continue }
          add(connection.process.outputNumber, POLLIN)
          if connection.hasOpenErrors { add(connection.process.errorsNumber, POLLIN) }
          if connection.sent < connection.outbox.count {
            add(connection.process.inputNumber, POLLOUT)
          }
        }
        guard count > 0 else { return waited }
        let before = monotonicSeconds()
        // In slices: a process that has ended while another one holds its pipes shows in no descriptor.
        let slice = min(max(deadline - before, 0) + 0.001, 0.05)
        let ready = poll(polled.baseAddress, count, Int32(slice * 1000))
        let now = monotonicSeconds()
        waited += now - before
        for connection in connections {
          guard case .waiting = connection.state else { continue }
          if ready > 0 {
            connection.flush()
            connection.read(polled, Int(count))
          } else {
            connection.lookForEnd()
          }
          guard case .waiting = connection.state else { continue }
          if stopDeadline == .infinity, stop.isMade() { stopDeadline = now + stop.grace }
          if now >= stopDeadline {
            connection.state = .failed(.interrupted)
          } else if now >= deadline {
            connection.state = .failed(.late(seconds: seconds))
          }
        }
      }
    }
  }

  private func read(_ polled: UnsafeMutableBufferPointer<pollfd>, _ count: Int) {
    for index in 0..<count where polled[index].revents != 0 {
      if polled[index].fd == process.outputNumber { readOutput() }
      if polled[index].fd == process.errorsNumber { readErrors() }
    }
  }

  /// Reads until a reply is complete or nothing more is there.
  ///
  /// A flood that never makes a reply must not keep the clock from being looked at.
  private func readOutput() {
    var reads = 0
    while case .waiting = state, reads < Self.readsAtOnce {
      reads += 1
      let count = inbox.read(from: process.outputNumber)
      if count < 0 {
        if errno == EINTR { continue }
        return
      }
      guard count > 0 else { return fail() }
      do throws(ProtocolViolation) {
        if let length = try inbox.lengthOfReply(isBinary: isBinary) {
          state = .answered(length: length)
        }
      } catch {
        state = .failed(.violation(error))
      }
    }
  }

  private func readErrors() {
    withUnsafeTemporaryAllocation(byteCount: 1 << 16, alignment: 1) { bytes in
      let count = Glibc.read(process.errorsNumber, bytes.baseAddress, bytes.count)
      if count > 0 {
        errors.add(UnsafeRawBufferPointer(rebasing: bytes[..<count]))
      } else if count == 0 {
        hasOpenErrors = false
        errors.endLine()
      }
    }
  }

  /// Looks, after a while without news, whether the process has ended although its pipes are open.
  private func lookForEnd() {
    guard process.hasEnded() else { return }
    readOutput()
    if case .waiting = state { fail() }
  }

  /// The output has come to its end before a reply has.
  private func fail() {
    let hasEnded = process.waitForEnd(seconds: 1)
    drainErrors()
    var reason = process.ending.map { "\($0)" } ?? "closed its standard output"
    if !hasEnded { reason += " but goes on running" }
    if inbox.count > 0 { reason += ", after an incomplete reply: \(inbox.quotation)" }
    state = .failed(.crashed(reason: reason))
  }

  /// Reads what is left of standard error, without waiting; a flood is cut off.
  func drainErrors() {
    for _ in 0..<64 where hasOpenErrors {
      var polled = pollfd(fd: process.errorsNumber, events: Int16(POLLIN), revents: 0)
      guard poll(&polled, 1, 0) > 0 else { break }
      readErrors()
    }
    errors.endLine()
  }
}
