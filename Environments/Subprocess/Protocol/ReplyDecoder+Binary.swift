import Glibc
import ReinforcementLearning

/// Replies as frames of `bin1`.
extension ReplyDecoder {
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
