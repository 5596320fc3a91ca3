import Glibc

/// Reads lines or frames from a descriptor, waiting for them.
struct MessageReader: ~Copyable {
  /// Why there is no next message.
  struct Failure: Error {
    let reason: String
  }

  private let descriptor: Int32
  private var bytes: [UInt8] = []
  private var start = 0
  private var end = 0

  init(_ descriptor: Int32) {
    self.descriptor = descriptor
    bytes = Array(repeating: 0, count: 1 << 16)
  }

  /// Hands the next message to the body, or nil at the end of the input.
  mutating func next<Result>(
    isBinary: Bool, _ body: (UnsafeRawBufferPointer?) -> Result
  ) throws(Failure) -> Result {
    while true {
      if let length = try completeLength(isBinary: isBinary) {
        let range = start..<start + length
        start += length
        return bytes.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[range])) }
      }
      guard fill() else { return body(nil) }
    }
  }

  private func completeLength(isBinary: Bool) throws(Failure) -> Int? {
    let available = end - start
    if isBinary {
      guard available >= 4 else { return nil }
      let length = Int(
        bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: start, as: UInt32.self) })
      guard length >= FrameHeader.size - 4, length <= FrameHeader.maximumFrame else {
        throw Failure(
          reason: "The length of a frame must be from \(FrameHeader.size - 4) to "
            + "\(FrameHeader.maximumFrame), but is \(length).")
      }
      return available >= length + 4 ? length + 4 : nil
    }
    let length = bytes.withUnsafeBytes { bytes -> Int? in
      guard let base = bytes.baseAddress, let place = memchr(base + start, 0x0A, available) else {
        return nil
      }
      return (base + start).distance(to: UnsafeRawPointer(place)) + 1
    }
    if length == nil && available > FrameHeader.maximumFrame {
      throw Failure(reason: "A line must have at most \(FrameHeader.maximumFrame) bytes.")
    }
    return length
  }

  /// - Returns: whether there was more.
  private mutating func fill() -> Bool {
    if start > 0 {
      bytes.withUnsafeMutableBytes {
        $0.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[start..<end]))
      }
      (start, end) = (0, end - start)
    }
    if end == bytes.count { bytes.append(contentsOf: repeatElement(0, count: bytes.count)) }
    while true {
      let count = bytes.withUnsafeMutableBytes {
        read(descriptor, $0.baseAddress.map { $0 + end }, $0.count - end)
      }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { return false }
      end += count
      return true
    }
  }
}

extension ByteWriter {
  /// Writes everything, waiting where the other side is slow.
  ///
  /// - Returns: false if the other side is gone.
  func send(to descriptor: Int32) -> Bool {
    var sent = 0
    while sent < count {
      let written = bytes.withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress.map { $0 + sent }, $0.count - sent)
      }
      if written < 0 && errno == EINTR { continue }
      guard written > 0 else { return false }
      sent += written
    }
    return true
  }
}
