import Foundation

/// The bytes that came from a simulator and are not used yet.
///
/// Memory of its own instead of an array: it grows up to the limit of a frame, and reads go straight
/// into it.
final class ReplyBuffer {
  private var memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
  /// Bytes that are there.
  private(set) var count = 0
  /// Bytes in which no end of a line was found.
  private var searched = 0

  deinit { memory.deallocate() }

  /// The beginning of what is there, as messages show it.
  var quotation: String { quoted(first(count)) }

  /// The first bytes, valid until something is read or removed.
  func first(_ length: Int) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: memory[..<length])
  }

  /// Whether something came that nobody had asked for; white space does not count.
  func hasLeftovers(isBinary: Bool) -> Bool {
    if isBinary { return count > 0 }
    return first(count).contains { $0 != 0x0A && $0 != 0x0D && $0 != 0x20 }
  }

  /// Forgets all bytes and keeps their memory.
  func removeAll() {
    count = 0
    searched = 0
  }

  /// Forgets the first bytes; others follow only from a simulator that says more than it was asked.
  func removeFirst(_ length: Int) {
    count -= length
    if count > 0 {
      memory.copyMemory(from: UnsafeRawBufferPointer(rebasing: memory[length..<length + count]))
    }
  }

  /// Reads once.
  ///
  /// - Returns: what `read` returned: the bytes that came, 0 at the end, −1 with `errno`.
  func read(from descriptor: Int32) -> Int {
    if count == memory.count { grow() }
    let new = Glibc.read(descriptor, memory.baseAddress.map { $0 + count }, memory.count - count)
    if new > 0 { count += new }
    return new
  }

  private func grow() {
    let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: 2 * memory.count, alignment: 16)
    larger.copyMemory(from: UnsafeRawBufferPointer(memory))
    memory.deallocate()
    memory = larger
  }

  /// Looks whether the bytes so far make a reply.
  ///
  /// - Returns: the bytes of the reply, header included; nil where more must come.
  /// - Throws: what cannot become a reply.
  func lengthOfReply(isBinary: Bool) throws(ProtocolViolation) -> Int? {
    isBinary ? try lengthOfFrame() : try lengthOfLine()
  }

  private func lengthOfFrame() throws(ProtocolViolation) -> Int? {
    guard count >= 4 else { return nil }
    let length = Int(memory.loadUnaligned(fromByteOffset: 0, as: UInt32.self))
    guard length >= FrameHeader.size - 4, length <= FrameHeader.maximumFrame else {
      throw ProtocolViolation(
        message: "reply", field: "length",
        expected: "from \(FrameHeader.size - 4) to \(FrameHeader.maximumFrame)",
        received: "\(length); it begins with \(quotation)",
        // A length of mere letters is not one that was computed.
        advice: first(4).allSatisfy { (0x09..<0x7F).contains($0) }
          ? ProtocolViolation.noiseAdvice : ProtocolViolation.sizeAdvice)
    }
    return count >= length + 4 ? length + 4 : nil
  }

  private func lengthOfLine() throws(ProtocolViolation) -> Int? {
    if searched == 0 { dropBlankBytes() }
    if let base = memory.baseAddress, let end = memchr(base + searched, 0x0A, count - searched) {
      return base.distance(to: UnsafeMutableRawPointer(end)) + 1
    }
    searched = count
    guard count <= FrameHeader.maximumFrame else {
      throw ProtocolViolation(
        message: "reply", field: "",
        expected: "a line of at most \(FrameHeader.maximumFrame) bytes",
        received: quotation, advice: ProtocolViolation.sizeAdvice)
    }
    return nil
  }

  /// Forgets blank lines before a reply.
  private func dropBlankBytes() {
    let blank = first(count).prefix { $0 == 0x0A || $0 == 0x0D || $0 == 0x20 }.count
    guard blank > 0 else { return }
    count -= blank
    if let base = memory.baseAddress { memmove(base, base + blank, count) }
  }
}
