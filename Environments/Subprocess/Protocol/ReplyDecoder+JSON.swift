import Formats
import ReinforcementLearning

/// Replies as JSON texts.
extension ReplyDecoder {
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
          expected: failure.expected, received: received,
          advice: failure.offset == 0 || bytes.first != 0x7B ? ProtocolViolation.noiseAdvice : nil))
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
      guard layout.element == .byte else { return }
      for index in 0..<count where UInt8(exactly: numbers[index]) == nil {
        throw scanner.failure(
          "bytes, whole numbers from 0 to 255 (number \(index) is \(numbers[index]))")
      }
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
}
