import Networks

/// How shards come together: the seam behind which they are threads' of one process.
///
/// Sums run along a fixed binary tree over all shards, so that they have the same bits however the
/// shards are spread.
public protocol Reduction {
  /// Adds gradients up over all shards, into those of the first.
  ///
  /// - Parameter gradients: of each shard those of one pass, alike in number and layout; all but the
  ///   first shard's are scratch afterwards.
  func sum(_ gradients: [[ParameterSet<Float>]])

  /// What all shards have, in their order.
  ///
  /// - Parameter parts: of the shards that are here.
  /// - Returns: those of all shards.
  /// - Throws: what keeps the others from being heard.
  func gather<Part: Codable>(_ parts: [Part]) throws -> [Part]

  /// Agrees on whether to go on.
  ///
  /// - Parameter errors: of the shards that are here, nil where all went well; empty if it did everywhere.
  /// - Throws: the first shard's error; `RolloutPause` only where there is no other.
  func agree(on errors: [(any Error)?]) throws
}

/// The reduction of shards that are all in this process, whatever threads work on them.
public struct SharedMemoryReduction: Reduction {
  /// A reduction.
  public init() {}

  /// Adds gradients up over the shards, into those of the first.
  public func sum(_ gradients: [[ParameterSet<Float>]]) {
    guard gradients.count > 1 else { return }
    for index in gradients[0].indices { sumInTree(gradients.map { $0[index] }) }
  }

  /// The parts as they are.
  public func gather<Part: Codable>(_ parts: [Part]) -> [Part] { parts }

  /// Throws the first error, a pause only where there is no other.
  public func agree(on errors: [(any Error)?]) throws {
    var pause: (any Error)?
    for case let error? in errors {
      guard error is RolloutPause else { throw error }
      pause = error
    }
    if let pause { throw pause }
  }
}
