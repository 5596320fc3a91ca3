/// What a rank says at the beginning of an exchange: how it is, and the beginning of its bytes.
struct RankMessage {
  /// How a rank is.
  enum State: UInt64 {
    case well, interrupted, stepsReached, failed

    init(_ error: (any Error)?) {
      switch error {
      case nil: self = .well
      case RolloutPause.interrupted?: self = .interrupted
      case RolloutPause.stepsReached?: self = .stepsReached
      default: self = .failed
      }
    }
  }

  let state: State
  /// Bytes in all.
  let count: Int
  /// Those that the head has room for.
  let beginning: ArraySlice<UInt8>

  /// Bytes of a head: enough for most of what is gathered in an update.
  static let headSize = 1024
  static let roomInHead = headSize - 16
  /// Bytes that each rank sends at a time.
  static let chunkSize = 1 << 20
  /// Bytes that are handed to all at a time; MPI counts them in 32 bits.
  static let largestBroadcast = 1 << 28

  init(_ state: State, _ bytes: [UInt8]) {
    self.state = state
    count = bytes.count
    beginning = bytes.prefix(Self.roomInHead)
  }

  init(head: ArraySlice<UInt8>) {
    let (state, count) = head.withUnsafeBytes {
      (
        $0.loadUnaligned(as: UInt64.self), $0.loadUnaligned(fromByteOffset: 8, as: Int.self)
      )
    }
    self.state = State(rawValue: state) ?? .failed
    self.count = max(0, count)
    beginning = head.dropFirst(16).prefix(self.count)
  }

  /// The bytes that are sent.
  var head: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Self.headSize)
    withUnsafeBytes(of: state.rawValue) { bytes.append(contentsOf: $0) }
    withUnsafeBytes(of: count) { bytes.append(contentsOf: $0) }
    bytes += beginning
    bytes += repeatElement(0, count: Self.headSize - bytes.count)
    return bytes
  }

  /// Arrays of values as they lie in memory, which ranks of one program share.
  static func bytes<Value: BitwiseCopyable>(of parts: [[Value]]) -> [UInt8] {
    var bytes: [UInt8] = []
    for part in parts {
      withUnsafeBytes(of: part.count) { bytes.append(contentsOf: $0) }
      part.withUnsafeBytes { bytes.append(contentsOf: $0) }
    }
    return bytes
  }

  /// The same arrays again.
  static func parts<Value: BitwiseCopyable>(in bytes: [UInt8]) -> [[Value]] {
    var parts: [[Value]] = []
    bytes.withUnsafeBytes { bytes in
      var place = 0
      while place < bytes.count {
        let count = bytes.loadUnaligned(fromByteOffset: place, as: Int.self)
        place += MemoryLayout<Int>.size
        let end = place + count * MemoryLayout<Value>.stride
        parts.append(
          [Value](unsafeUninitializedCapacity: count) { part, size in
            UnsafeMutableRawBufferPointer(part).copyMemory(
              from: UnsafeRawBufferPointer(rebasing: bytes[place..<end]))
            size = count
          })
        place = end
      }
    }
    return parts
  }
}
