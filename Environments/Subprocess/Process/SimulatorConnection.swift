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

  private static let readsAtOnce = 64

  // The bytes received and not yet used. Memory of its own instead of an array: it grows up to the
  // limit of a frame, and reads go straight into it.
  private var inbox: UnsafeMutableRawBufferPointer
  private var received = 0
  /// Bytes in which no end of a line was found.
  private var searched = 0

  /// Starts the process.
  ///
  /// - Parameters:
  ///   - words: program and arguments.
  ///   - prefix: of the lines of its standard error.
  ///   - core: the only one that it may run on, or nil for any.
  ///   - known: lines of standard error that need not be shown again.
  ///   - show: takes the others; nil where they are only quoted in errors.
  /// - Throws: what the system refused.
  init(
    _ words: [String], prefix: String, core: Int32?, known: Set<String> = [],
    show: (@Sendable (String) -> Void)?
  ) throws(SystemError) {
    process = try ChildProcess(words, core: core)
    errors = StandardErrorTail(prefix: prefix, known: known, show: show)
    inbox = .allocate(byteCount: 1 << 16, alignment: 16)
  }

  deinit { inbox.deallocate() }

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
    if hasLeftovers {
      state = .failed(
        .violation(
          ProtocolViolation(
            message: "last", field: "", expected: "the only reply to a request",
            received: "followed by \(quoted(UnsafeRawBufferPointer(rebasing: inbox[..<received])))")
        ))
      return id
    }
    received = 0
    searched = 0
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

  /// Whether something came that nobody had asked for; white space does not count.
  private var hasLeftovers: Bool {
    if isBinary { return received > 0 }
    return inbox[..<received].contains { $0 != 0x0A && $0 != 0x0D && $0 != 0x20 }
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
        received -= length
        // Only of a simulator that says more than it was asked.
        if received > 0 {
          inbox.copyMemory(
            from: UnsafeRawBufferPointer(rebasing: inbox[length..<length + received]))
        }
        state = .idle
      }
      return try body(UnsafeRawBufferPointer(rebasing: inbox[..<length]))
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
      if received == inbox.count { grow() }
      let count = Glibc.read(
        process.outputNumber, inbox.baseAddress.map { $0 + received }, inbox.count - received)
      if count < 0 {
        if errno == EINTR { continue }
        return
      }
      guard count > 0 else { return fail() }
      received += count
      look()
    }
  }

  private func grow() {
    let larger = UnsafeMutableRawBufferPointer.allocate(
      byteCount: 2 * inbox.count, alignment: 16)
    larger.copyMemory(from: UnsafeRawBufferPointer(inbox))
    inbox.deallocate()
    inbox = larger
  }

  /// Looks whether the bytes so far make a reply.
  private func look() {
    if isBinary {
      guard received >= 4 else { return }
      let length = Int(inbox.loadUnaligned(fromByteOffset: 0, as: UInt32.self))
      guard length >= FrameHeader.size - 4, length <= FrameHeader.maximumFrame else {
        return violate(
          "length", "from \(FrameHeader.size - 4) to \(FrameHeader.maximumFrame)",
          "\(length); it begins with \(quoted(UnsafeRawBufferPointer(rebasing: inbox[..<received])))",
          // A length of mere letters is not one that was computed.
          advice: inbox[..<4].allSatisfy { (0x09..<0x7F).contains($0) }
            ? ProtocolViolation.noiseAdvice : ProtocolViolation.sizeAdvice)
      }
      if received >= length + 4 { state = .answered(length: length + 4) }
      return
    }
    if searched == 0 { dropBlankBytes() }
    if let base = inbox.baseAddress,
      let end = memchr(base + searched, 0x0A, received - searched)
    {
      state = .answered(length: base.distance(to: UnsafeMutableRawPointer(end)) + 1)
      return
    }
    searched = received
    if received > FrameHeader.maximumFrame {
      violate(
        "", "a line of at most \(FrameHeader.maximumFrame) bytes",
        quoted(UnsafeRawBufferPointer(rebasing: inbox[..<received])),
        advice: ProtocolViolation.sizeAdvice)
    }
  }

  /// Forgets blank lines before a reply.
  private func dropBlankBytes() {
    let blank = inbox[..<received].prefix { $0 == 0x0A || $0 == 0x0D || $0 == 0x20 }.count
    guard blank > 0, let base = inbox.baseAddress else { return }
    received -= blank
    memmove(base, base + blank, received)
  }

  private func violate(
    _ field: String, _ expected: String, _ received: String, advice: String? = nil
  ) {
    state = .failed(
      .violation(
        ProtocolViolation(
          message: "reply", field: field, expected: expected, received: received, advice: advice)))
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
    if received > 0 {
      reason +=
        ", after an incomplete reply: \(quoted(UnsafeRawBufferPointer(rebasing: inbox[..<received])))"
    }
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

  // MARK: The end

  /// Asks the simulator to end, and makes it after a while.
  ///
  /// - Parameter patience: seconds in which to end by itself.
  func close(patience: Double) { Self.close(CollectionOfOne(self), patience: patience) }

  /// Asks all of them to end and makes those that do not, in the time that one would take.
  static func close(_ connections: some Collection<SimulatorConnection>, patience: Double) {
    /// - Returns: those that have not ended after a time.
    func wait(for connections: [SimulatorConnection], _ seconds: Double) -> [SimulatorConnection] {
      let deadline = monotonicSeconds() + seconds
      var rest = connections
      var pause = 0.0001
      while true {
        for connection in rest { connection.drainErrors() }
        rest.removeAll { $0.process.hasEnded() }
        guard !rest.isEmpty, monotonicSeconds() < deadline else { return rest }
        sleepBriefly(pause)
        pause = min(2 * pause, 0.02)
      }
    }
    var asked: [SimulatorConnection] = []
    var hung: [SimulatorConnection] = []
    for connection in connections where !connection.process.hasEnded() {
      if patience > 0, case .idle = connection.state {
        connection.send(json: { "{\"type\":\"close\",\"id\":\($0)}" })
        asked.append(connection)
      } else {
        hung.append(connection)
      }
    }
    var rest = wait(for: asked, patience) + hung
    if patience > 0, !rest.isEmpty {
      for connection in rest { connection.process.terminate() }
      rest = wait(for: rest, min(patience, 1))
    }
    for connection in rest { connection.process.end(patience: 0) }
    for connection in connections { connection.drainErrors() }
  }
}
