import Formats
import Foundation
import GSL
import Networks

/// The reduction of shards that several processes share.
///
/// Whatever is exchanged begins with a **head** of fixed size from every rank, which says whether it is in
/// order. So a rank that fails somewhere by itself is heard by all in whatever exchange they come to
/// next, and they end with it: nobody waits for ever, and all know the same error.
public final class RankedReduction: Reduction {
  private let channel: any RankChannel
  private let exitCode: (any Error) -> Int32
  private var partition: RankPartition?
  private var additions: [(total: Int, addend: Int)] = []
  /// `[R + 1, P]`: the gradients of all ranks, behind them this rank's own.
  private var vectors = UnsafeMutableBufferPointer<Float>(start: nil, count: 0)

  /// Whether an error has been agreed on, so that nothing is exchanged any more.
  public private(set) var isOver = false
  /// Whether the others can no longer be heard.
  public private(set) var isBroken = false

  /// A reduction.
  ///
  /// - Parameters:
  ///   - channel: what carries bytes.
  ///   - exitCode: with which a program ends where that error is the reason.
  public init(_ channel: any RankChannel, exitCode: @escaping (any Error) -> Int32 = { _ in 1 }) {
    self.channel = channel
    self.exitCode = exitCode
  }

  deinit { vectors.deallocate() }

  /// The processes over which the shards are spread.
  public var ranks: RankGroup { channel.ranks }

  /// Says which of an agent's shards are this rank's.
  public func shards(of count: Int) throws -> Range<Int> {
    let partition = try RankPartition(shards: count, ranks: ranks.count)
    self.partition = partition
    additions = partition.additions
    return partition[ranks.index]
  }

  /// Adds gradients up over the shards of all ranks: here along this rank's subtree, then from the
  /// subtrees of all.
  public func sum(_ gradients: [[ParameterSet<Float>]], after errors: [(any Error)?]) throws {
    try agree(on: errors)
    guard let own = gradients.first, !own.isEmpty else { return }
    insist(partition != nil, "Gradients are added up before it is known who has which shards.")
    try SharedMemoryReduction().sum(gradients)
    let size = own.reduce(0) { $0 + $1.count }
    let all = vectors(of: size)
    func vector(_ rank: Int) -> UnsafeMutableBufferPointer<Float> {
      UnsafeMutableBufferPointer(rebasing: all[rank * size..<(rank + 1) * size])
    }
    let sent = vector(ranks.count)
    var place = 0
    for gradient in own {
      _ = sent[place...].update(fromContentsOf: gradient.buffer)
      place += gradient.count
    }
    try carry {
      try channel.allGather(
        UnsafeRawBufferPointer(sent),
        into: UnsafeMutableRawBufferPointer(
          UnsafeMutableBufferPointer(rebasing: all[..<(ranks.count * size)])))
    }
    for addition in additions { sumInTree([vector(addition.total), vector(addition.addend)]) }
    place = 0
    for gradient in own {
      _ = gradient.buffer.update(fromContentsOf: all[place..<place + gradient.count])
      place += gradient.count
    }
  }

  /// What the shards of all ranks have.
  public func gather<Value: BitwiseCopyable>(
    _ parts: [[Value]], after errors: [(any Error)?]
  ) throws -> [[Value]] {
    try exchange(RankMessage.bytes(of: parts), after: errors).flatMap {
      RankMessage.parts(in: $0)
    }
  }

  /// What all ranks have saved, on the first.
  public func gather(_ file: SafetensorsFile, after error: (any Error)?) throws -> SafetensorsFile {
    let saved = try exchange(
      ranks.isFirst ? [] : file.serialized(), after: [error], isKept: ranks.isFirst)
    var file = file
    for bytes in saved where !bytes.isEmpty {
      let part = try SafetensorsFile(bytes: bytes)
      file.tensors += part.tensors
      file.metadata.merge(part.metadata) { own, _ in own }
    }
    return file
  }

  /// Hands bytes of the first rank to all.
  ///
  /// - Parameters:
  ///   - bytes: of the first; what others give is not looked at.
  ///   - error: what went wrong on this rank before.
  /// - Returns: the first rank's.
  /// - Throws: what went wrong on some rank.
  public func broadcast(_ bytes: [UInt8], after error: (any Error)? = nil) throws -> [UInt8] {
    let count = try gather([[bytes.count]], after: [error])[0][0]
    var result = ranks.isFirst ? bytes : Array(repeating: 0, count: count)
    for start in stride(from: 0, to: count, by: RankMessage.largestBroadcast) {
      let end = min(start + RankMessage.largestBroadcast, count)
      try result.withUnsafeMutableBytes { result in
        try carry {
          try channel.broadcast(UnsafeMutableRawBufferPointer(rebasing: result[start..<end]))
        }
      }
    }
    return result
  }

  /// Every rank's bytes, of any number, if all is well everywhere.
  private func exchange(
    _ bytes: [UInt8], after errors: [(any Error)?], isKept: Bool = true
  ) throws -> [[UInt8]] {
    insist(!isOver, "Ranks that have agreed on an error have nothing to say any more.")
    let error = errors.decisive
    let heads = try self.heads(bytes, RankMessage.State(error))
    if let first = heads.firstIndex(where: { $0.state == .failed }) {
      isOver = true
      throw try failure(of: first, own: error)
    }
    if heads.contains(where: { $0.state == .interrupted }) { throw RolloutPause.interrupted }
    if heads.contains(where: { $0.state == .stepsReached }) { throw RolloutPause.stepsReached }
    return try bodies(bytes, heads, isKept: isKept)
  }

  /// What all ranks throw: the error of one of them, which is told to the others.
  private func failure(of rank: Int, own: (any Error)?) throws -> any Error {
    var text: [UInt8] = []
    if rank == ranks.index, let own {
      text = try Array(
        JSONEncoder().encode(
          RankFailure(own, rank: rank, host: channel.host, exitCode: exitCode(own))))
    }
    let told = try bodies(text, heads(text, .well))[rank]
    if rank == ranks.index, let own { return own }
    return try JSONDecoder().decode(RankFailure.self, from: Data(told))
  }

  private func heads(_ bytes: [UInt8], _ state: RankMessage.State) throws -> [RankMessage] {
    let size = RankMessage.headSize
    let own = RankMessage(state, bytes).head
    var all = Array(repeating: UInt8(0), count: size * ranks.count)
    try own.withUnsafeBytes { own in
      try all.withUnsafeMutableBytes { all in
        try carry { try channel.allGather(own, into: all) }
      }
    }
    return (0..<ranks.count).map { RankMessage(head: all[$0 * size..<($0 + 1) * size]) }
  }

  /// What the heads had no room for, some of it at a time.
  private func bodies(
    _ bytes: [UInt8], _ heads: [RankMessage], isKept: Bool = true
  ) throws -> [[UInt8]] {
    var all = heads.map { isKept ? Array($0.beginning) : [] }
    let largest = heads.reduce(0) { max($0, $1.count) }
    for start in stride(from: RankMessage.roomInHead, to: largest, by: RankMessage.chunkSize) {
      let size = min(RankMessage.chunkSize, largest - start)
      var own = Array(bytes.dropFirst(start).prefix(size))
      own += Array(repeating: 0, count: size - own.count)
      var chunks = Array(repeating: UInt8(0), count: size * ranks.count)
      try own.withUnsafeBytes { own in
        try chunks.withUnsafeMutableBytes { chunks in
          try carry { try channel.allGather(own, into: chunks) }
        }
      }
      guard isKept else { continue }
      for (rank, head) in heads.enumerated() where head.count > start {
        all[rank] += chunks[rank * size..<rank * size + min(size, head.count - start)]
      }
    }
    return all
  }

  private func carry(_ work: () throws -> Void) throws {
    do {
      try work()
    } catch {
      isOver = true
      isBroken = true
      throw error
    }
  }

  private func vectors(of size: Int) -> UnsafeMutableBufferPointer<Float> {
    let needed = (ranks.count + 1) * size
    if vectors.count < needed {
      vectors.deallocate()
      vectors = .allocate(capacity: needed)
      vectors.initialize(repeating: 0)
    }
    return vectors
  }
}
