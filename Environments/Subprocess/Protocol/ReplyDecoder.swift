import Foundation
import ReinforcementLearning

/// Where the numbers of a reply go.
///
/// Row j of the message belongs to lane `lanes[j]` of the memory.
struct ReplyDestination {
  let lanes: UnsafeBufferPointer<Int32>
  /// `[N, D]`.
  let observations: UnsafeMutablePointer<Float>
  /// `[N, A]`; not touched where there are no masks.
  let masks: UnsafeMutablePointer<Float>
  /// What a step gives besides; nil for a reset.
  let step: Step?

  struct Step {
    /// `[N, D]`.
    let finalObservations: UnsafeMutablePointer<Float>
    /// `[N]`.
    let rewards: UnsafeMutablePointer<Double>
    /// `[N]`.
    let outcomes: UnsafeMutablePointer<Outcome>
  }
}

/// Why a reply is not what was asked for.
enum ReplyProblem: Error {
  case violation(ProtocolViolation)
  /// The simulator says that it could not.
  case error(ErrorReply.Content)
}

/// Reads replies to `reset` and `step`, straight into the memory of whoever asked.
///
/// Whatever the bytes are, it writes nothing outside the rows that were asked for, allocates nothing
/// that grows with what the bytes claim, and ends with a reply or a problem. Whether numbers are finite
/// is for the caller to see, who knows the episode and step.
final class ReplyDecoder {
  let layout: MessageLayout
  /// `[E]`, a row before it becomes one-hot.
  private var row: [Float]
  /// `[k]`, which rows were given what.
  private var hasTerminated: [Bool] = []
  private var hasFinal: [Bool] = []

  init(_ layout: MessageLayout) {
    self.layout = layout
    row = Array(repeating: 0, count: layout.observationElements)
  }

  // MARK: JSON

  /// Reads one line.
  func decode(
    json bytes: UnsafeRawBufferPointer, kind: RequestKind, id: UInt32,
    into destination: ReplyDestination
  ) throws(ReplyProblem) {
    var scanner = JSONScanner(bytes)
    var field: StaticString = ""
    var environment: Int?
    do {
      try decode(&scanner, kind: kind, id: id, into: destination, &field, &environment)
    } catch let problem as ReplyProblem {
      throw problem
    } catch let failure as JSONScanner.Failure {
      if let reply = ErrorReply(bytes) { throw .error(reply.error) }
      let rest = UnsafeRawBufferPointer(rebasing: bytes[min(failure.offset, bytes.count)...])
      // Before any field: the line is no message at all, and all of it is worth seeing.
      let received = "\(field)".isEmpty || rest.isEmpty ? quoted(bytes) : quoted(rest)
      throw .violation(
        ProtocolViolation(
          message: kind.name, field: "\(field)", environment: environment,
          expected: failure.expected, received: received))
    } catch {
      preconditionFailure("An error of an unknown type: \(error)")
    }
  }

  private func decode(
    _ scanner: inout JSONScanner, kind: RequestKind, id: UInt32,
    into destination: ReplyDestination, _ field: inout StaticString, _ environment: inout Int?
  ) throws {
    let count = destination.lanes.count
    var seen = (
      type: false, id: false, obs: false, reward: false, terminated: false, truncated: false,
      mask: false
    )
    hasFinal.removeAll(keepingCapacity: true)
    for _ in 0..<count { hasFinal.append(false) }
    hasTerminated.removeAll(keepingCapacity: true)
    for _ in 0..<count { hasTerminated.append(false) }
    /// Goes through a list of k elements.
    func rows(
      _ name: StaticString, _ scanner: inout JSONScanner, _ field: inout StaticString,
      _ environment: inout Int?,
      _ body: (_ row: Int, _ lane: Int, inout JSONScanner) throws -> Void
    ) throws {
      field = name
      var length = 0
      try scanner.list { index, scanner in
        guard index < count else {
          throw ReplyProblem.violation(
            violation(kind, name, "a list of \(count) elements", "a longer one"))
        }
        environment = index
        try body(index, Int(destination.lanes[index]), &scanner)
        length = index + 1
      }
      environment = nil
      guard length == count else {
        throw ReplyProblem.violation(
          violation(kind, name, "a list of \(count) elements", "one of \(length)"))
      }
    }
    try scanner.object { key, scanner in
      if key.equals("type") {
        field = "type"
        let type = try scanner.rawText()
        // The whole line is an error reply; the catch above reads it again as one.
        if type.equals("error") { throw scanner.failure("a reply") }
        guard type.equals(kind == .reset ? "reset" : "step") else {
          throw ReplyProblem.violation(
            violation(kind, "type", "\"\(kind.name)\"", quoted(type)))
        }
        seen.type = true
      } else if key.equals("id") {
        field = "id"
        let received = try scanner.number()
        guard received == Double(id) else {
          throw ReplyProblem.violation(
            violation(kind, "id", "\(id)", EnvironmentError.format(received)))
        }
        seen.id = true
      } else if key.equals("obs") {
        seen.obs = true
        try rows("obs", &scanner, &field, &environment) { _, lane, scanner in
          try readRow(&scanner, destination.observations + lane * layout.observationSize)
        }
      } else if key.equals("mask"), layout.maskSize > 0 {
        seen.mask = true
        try rows("mask", &scanner, &field, &environment) { _, lane, scanner in
          try readMask(&scanner, destination.masks + lane * layout.maskSize)
        }
      } else if let step = destination.step, key.equals("reward") {
        seen.reward = true
        try rows("reward", &scanner, &field, &environment) { _, lane, scanner in
          step.rewards[lane] = try readNumber(&scanner)
        }
      } else if destination.step != nil, key.equals("terminated") {
        seen.terminated = true
        try rows("terminated", &scanner, &field, &environment) { row, _, scanner in
          hasTerminated[row] = try scanner.flag()
        }
      } else if let step = destination.step, key.equals("truncated") {
        seen.truncated = true
        try rows("truncated", &scanner, &field, &environment) { _, lane, scanner in
          step.outcomes[lane] = try scanner.flag() ? .truncated : .ongoing
        }
      } else if let step = destination.step, key.equals("final_obs") {
        if scanner.take(word: "null") { return }
        try rows("final_obs", &scanner, &field, &environment) { row, lane, scanner in
          if scanner.take(word: "null") { return }
          try readRow(&scanner, step.finalObservations + lane * layout.observationSize)
          hasFinal[row] = true
        }
      } else {
        try scanner.skipValue()
      }
    }
    field = ""
    try scanner.requireEnd()
    for (name, isSeen) in [
      ("type", seen.type), ("id", seen.id), ("obs", seen.obs),
      ("mask", seen.mask || layout.maskSize == 0),
      ("reward", seen.reward || destination.step == nil),
      ("terminated", seen.terminated || destination.step == nil),
      ("truncated", seen.truncated || destination.step == nil),
    ] as [(StaticString, Bool)] where !isSeen {
      throw ReplyProblem.violation(violation(kind, name, "there", "missing"))
    }
    guard let step = destination.step else { return }
    for row in 0..<count {
      let lane = Int(destination.lanes[row])
      if hasTerminated[row] { step.outcomes[lane] = .terminated }
      if step.outcomes[lane].isEnd && !hasFinal[row] {
        throw ReplyProblem.violation(
          violation(
            kind, "final_obs", "the observation that ended the episode", "missing",
            environment: row))
      }
    }
  }

  private func violation(
    _ kind: RequestKind, _ field: StaticString, _ expected: String, _ received: String,
    environment: Int? = nil
  ) -> ProtocolViolation {
    ProtocolViolation(
      message: kind.name, field: "\(field)", environment: environment, expected: expected,
      received: received)
  }

  /// A number, or what Python writes for those that JSON does not have: they are refused by value.
  @inline(__always)
  private func readNumber(_ scanner: inout JSONScanner) throws(JSONScanner.Failure) -> Double {
    scanner.skipWhitespace()
    switch scanner.next {
    case 0x4E where scanner.take(word: "NaN"): return .nan
    case 0x49 where scanner.take(word: "Infinity"): return .infinity
    case 0x2D where scanner.take(word: "-Infinity"): return -.infinity
    default: return try scanner.number()
    }
  }

  /// An observation: E numbers, or a single one without a list around it.
  private func readRow(
    _ scanner: inout JSONScanner, _ target: UnsafeMutablePointer<Float>
  ) throws {
    let count = layout.observationElements
    try row.withUnsafeMutableBufferPointer { row in
      guard let row = row.baseAddress else { return }
      let numbers = layout.choices.isEmpty ? target : row
      scanner.skipWhitespace()
      if count == 1, scanner.next != 0x5B {
        numbers[0] = Float(try readNumber(&scanner))
      } else {
        try readList(&scanner, count) { numbers[$0] = Float(try readNumber(&$1)) }
      }
      if !layout.choices.isEmpty { try expand(row, into: target, scanner) }
    }
  }

  private func readMask(
    _ scanner: inout JSONScanner, _ target: UnsafeMutablePointer<Float>
  ) throws {
    try readList(&scanner, layout.maskSize) { target[$0] = try $1.flag() ? 1 : 0 }
  }

  @inline(__always)
  private func readList(
    _ scanner: inout JSONScanner, _ count: Int,
    _ body: (Int, inout JSONScanner) throws -> Void
  ) throws {
    var length = 0
    try scanner.list { index, scanner in
      guard index < count else { throw scanner.failure("the end of \(count) numbers") }
      try body(index, &scanner)
      length = index + 1
    }
    guard length == count else {
      throw scanner.failure("\(count) numbers, after \(length) of them")
    }
  }

  /// Whole numbers become one-hot.
  private func expand(
    _ numbers: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>,
    _ scanner: JSONScanner
  ) throws(JSONScanner.Failure) {
    if let (value, choice) = expand(numbers, into: target) {
      throw scanner.failure(
        "a whole number from \(choice.start) to \(choice.start + choice.count - 1), after \(value)")
    }
  }

  /// - Returns: the first number that is no choice, and what it should be; nil if all are fine.
  private func expand(
    _ numbers: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>
  ) -> (Float, MessageLayout.Choice)? {
    target.update(repeating: 0, count: layout.observationSize)
    var offset = 0
    for (index, choice) in layout.choices.enumerated() {
      guard let number = Int(exactly: numbers[index]), number >= choice.start,
        number - choice.start < choice.count
      else { return (numbers[index], choice) }
      target[offset + number - choice.start] = 1
      offset += choice.count
    }
    return nil
  }

  // MARK: Binary

  /// Reads one frame, its header included.
  func decode(
    frame bytes: UnsafeRawBufferPointer, kind: RequestKind, id: UInt32,
    into destination: ReplyDestination
  ) throws(ReplyProblem) {
    let header = FrameHeader(bytes)
    let body = UnsafeRawBufferPointer(rebasing: bytes[FrameHeader.size...])
    if header.kind == FrameHeader.jsonKind {
      if let reply = ErrorReply(body) { throw .error(reply.error) }
      throw .violation(violation(kind, "type", "a \(kind.name) frame", quoted(body)))
    }
    guard header.kind == kind.rawValue else {
      throw .violation(
        violation(
          kind, "kind", "\(kind.rawValue)",
          "\(header.kind); the frame begins with the bytes \(Array(bytes.prefix(16)))"))
    }
    guard header.id == id else { throw .violation(violation(kind, "id", "\(id)", "\(header.id)")) }
    let count = destination.lanes.count
    guard header.count == count else {
      throw .violation(violation(kind, "count", "\(count)", "\(header.count)"))
    }
    let elements = layout.observationElements
    let rowBytes = elements * layout.element.size
    let flagBytes = destination.step == nil ? 0 : 2 * count
    let fixed =
      (destination.step == nil ? 0 : 8 * count) + rowBytes * count + count * layout.maskSize
      + flagBytes
    guard body.count >= fixed else {
      throw .violation(
        violation(
          kind, "length", "\(fixed + FrameHeader.size - 4) or more", "\(header.length)"))
    }
    // rewards, observations, final observations, masks, terminated, truncated
    let observationStart = destination.step == nil ? 0 : 8 * count
    let finalStart = observationStart + rowBytes * count
    // The flags stand at the end, and say how many final observations stand before the masks.
    let flagStart = body.count - flagBytes
    var ended = 0
    if let step = destination.step {
      for row in 0..<count {
        let lane = Int(destination.lanes[row])
        step.rewards[lane] = body.loadUnaligned(fromByteOffset: 8 * row, as: Double.self)
        let (terminated, truncated) = (body[flagStart + row], body[flagStart + count + row])
        guard terminated <= 1, truncated <= 1 else {
          throw .violation(
            violation(
              kind, terminated > 1 ? "terminated" : "truncated", "0 or 1",
              "\(max(terminated, truncated))", environment: row))
        }
        step.outcomes[lane] =
          terminated == 1 ? .terminated : truncated == 1 ? .truncated : .ongoing
        if step.outcomes[lane].isEnd {
          let start = finalStart + ended * rowBytes
          ended += 1
          guard body.count >= fixed + ended * rowBytes else {
            throw .violation(
              violation(
                kind, "length",
                "\(fixed + ended * rowBytes + FrameHeader.size - 4) or more, with a"
                  + " final observation for each ended episode", "\(header.length)",
                environment: row))
          }
          try read(
            body, at: start, into: step.finalObservations + lane * layout.observationSize, kind,
            "final_obs", row)
        }
      }
    }
    guard body.count == fixed + ended * rowBytes else {
      throw .violation(
        violation(
          kind, "length", "\(fixed + ended * rowBytes + FrameHeader.size - 4)", "\(header.length)"))
    }
    for row in 0..<count {
      let lane = Int(destination.lanes[row])
      try read(
        body, at: observationStart + row * rowBytes,
        into: destination.observations + lane * layout.observationSize, kind, "obs", row)
    }
    let maskStart = finalStart + ended * rowBytes
    for row in 0..<count where layout.maskSize > 0 {
      let target = destination.masks + Int(destination.lanes[row]) * layout.maskSize
      for choice in 0..<layout.maskSize {
        target[choice] = body[maskStart + row * layout.maskSize + choice] == 0 ? 0 : 1
      }
    }
  }

  /// Reads one observation.
  @inline(__always)
  private func read(
    _ body: UnsafeRawBufferPointer, at offset: Int, into target: UnsafeMutablePointer<Float>,
    _ kind: RequestKind, _ field: StaticString, _ index: Int
  ) throws(ReplyProblem) {
    let count = layout.observationElements
    switch layout.element {
    case .single:
      guard let base = body.baseAddress else { return }
      memcpy(target, base + offset, 4 * count)
    case .byte:
      for element in 0..<count { target[element] = Float(body[offset + element]) }
    case .whole:
      func whole(_ element: Int) -> Float {
        Float(body.loadUnaligned(fromByteOffset: offset + 4 * element, as: Int32.self))
      }
      guard !layout.choices.isEmpty else {
        for element in 0..<count { target[element] = whole(element) }
        return
      }
      for element in 0..<count { row[element] = whole(element) }
      let problem = row.withUnsafeBufferPointer { row in
        row.baseAddress.flatMap { expand($0, into: target) }
      }
      if let (value, choice) = problem {
        throw .violation(
          violation(
            kind, field,
            "a whole number from \(choice.start) to \(choice.start + choice.count - 1)",
            "\(value)", environment: index))
      }
    }
  }
}

extension ErrorReply {
  /// The error that a message is; nil if it is something else.
  init?(_ bytes: UnsafeRawBufferPointer) {
    guard let reply = try? JSONDecoder().decode(ErrorReply.self, from: Data(bytes)),
      reply.type == "error"
    else { return nil }
    self = reply
  }
}
