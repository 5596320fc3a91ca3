import Formats
import Networks

/// How shards come together: the seam behind which they are threads' of one process, or several
/// processes'.
///
/// Sums run along a fixed binary tree over all shards, so that they have the same bits however the
/// shards are spread. Every call is made by all ranks in the same order, and first makes sure that nothing
/// has gone wrong anywhere: nobody waits for a rank that has given up.
public protocol Reduction {
  /// The processes over which the shards are spread.
  var ranks: RankGroup { get }

  /// Says which of an agent's shards are to be made in this process.
  ///
  /// - Parameter count: of all shards.
  /// - Returns: those that are this rank's.
  /// - Throws: ``RankCountError`` where so many ranks cannot share them.
  func shards(of count: Int) throws -> Range<Int>

  /// Adds gradients up over all shards, into those of the first that is here.
  ///
  /// - Parameters:
  ///   - gradients: of each shard that is here those of one pass, alike in number and layout; all but the
  ///     first shard's are scratch afterwards.
  ///   - errors: of the shards that are here, nil where all went well; empty if it did everywhere.
  /// - Throws: the first shard's error, on every rank; `RolloutPause` only where there is no other.
  func sum(_ gradients: [[ParameterSet<Float>]], after errors: [(any Error)?]) throws

  /// What all shards have, in their order.
  ///
  /// - Parameters:
  ///   - parts: of each shard that is here some values, such as numbers.
  ///   - errors: as with `sum`.
  /// - Returns: those of all shards.
  /// - Throws: as `sum`.
  func gather<Value: BitwiseCopyable>(
    _ parts: [[Value]], after errors: [(any Error)?]
  ) throws -> [[Value]]

  /// What all ranks have saved, on the first of them.
  ///
  /// - Parameters:
  ///   - file: with the shards that are here, and on the first rank with what is not a shard's.
  ///   - error: nil where all went well.
  /// - Returns: the whole; on other ranks what they gave.
  /// - Throws: as `sum`.
  func gather(_ file: SafetensorsFile, after error: (any Error)?) throws -> SafetensorsFile
}

extension Reduction {
  /// Adds gradients up over all shards, into those of the first that is here.
  ///
  /// - Parameter gradients: of each shard that is here those of one pass.
  /// - Throws: what has gone wrong in another process.
  public func sum(_ gradients: [[ParameterSet<Float>]]) throws { try sum(gradients, after: []) }

  /// What all shards have, in their order.
  ///
  /// - Parameter parts: of each shard that is here some values.
  /// - Returns: those of all shards.
  /// - Throws: what has gone wrong in another process.
  public func gather<Value: BitwiseCopyable>(_ parts: [[Value]]) throws -> [[Value]] {
    try gather(parts, after: [])
  }

  /// What all shards have, in their order, where each has one value.
  ///
  /// - Parameter values: of the shards that are here.
  /// - Returns: those of all shards.
  /// - Throws: what has gone wrong in another process.
  public func gather<Value: BitwiseCopyable>(_ values: [Value]) throws -> [Value] {
    try gather(values.map { [$0] }).map { $0[0] }
  }

  /// Agrees on whether to go on.
  ///
  /// - Parameter errors: as with `sum`.
  /// - Throws: as `sum`.
  public func agree(on errors: [(any Error)?]) throws {
    _ = try gather([[UInt8]](), after: errors)
  }
}

/// The reduction of shards that are all in this process, whatever threads work on them.
public struct SharedMemoryReduction: Reduction {
  /// A reduction.
  public init() {}

  /// One.
  public var ranks: RankGroup { .alone }

  /// All of them.
  public func shards(of count: Int) -> Range<Int> { 0..<count }

  /// Adds gradients up over the shards, into those of the first.
  public func sum(_ gradients: [[ParameterSet<Float>]], after errors: [(any Error)?]) throws {
    if let error = errors.decisive { throw error }
    guard gradients.count > 1 else { return }
    for index in gradients[0].indices { sumInTree(gradients.map { $0[index] }) }
  }

  /// The parts as they are.
  public func gather<Value: BitwiseCopyable>(
    _ parts: [[Value]], after errors: [(any Error)?]
  ) throws -> [[Value]] {
    if let error = errors.decisive { throw error }
    return parts
  }

  /// The file as it is.
  public func gather(_ file: SafetensorsFile, after error: (any Error)?) throws -> SafetensorsFile {
    if let error { throw error }
    return file
  }
}

extension [(any Error)?] {
  /// The first error, a pause only where there is no other.
  var decisive: (any Error)? {
    var pause: (any Error)?
    for case let error? in self {
      guard error is RolloutPause else { return error }
      pause = pause ?? error
    }
    return pause
  }
}
