import Distributions
import GSL
import Networks
import Noise
import ReinforcementLearning

/// The random numbers behind the actions of a shard's lanes.
///
/// A stream belongs to a lane, so what a lane draws depends neither on shards nor on threads. The
/// noise behind an action is kept with it until the update.
public struct LaneNoise: Codable, Sendable {
  private var streams: [RandomStream]

  /// Fresh streams.
  ///
  /// - Parameters:
  ///   - seed: the run's.
  ///   - purpose: what is drawn, so that no other stream is alike.
  ///   - firstLane: the index of the first lane among all of the agent's.
  ///   - count: of lanes.
  public init(seed: UInt64, purpose: StreamPurpose, firstLane: Int, count: Int) {
    streams = (firstLane..<firstLane + count).map {
      RandomStream(seed: seed, purpose: purpose, lane: UInt64($0))
    }
  }

  /// Says why this noise, read back, cannot take the place of another; nil if it can.
  func fault(replacing fresh: LaneNoise) -> String? {
    streams.fault(replacing: fresh.streams)
  }

  /// Adds the streams to a checkpoint.
  public func save(to checkpoint: inout SafetensorsFile, name: String) throws {
    checkpoint.metadata[name] = try encodeState(self)
  }

  /// Takes over what `save` wrote.
  ///
  /// - Throws: `CheckpointContentError` for what is missing, or another run's.
  public mutating func restore(from checkpoint: SafetensorsFile, name: String) throws {
    let stored: LaneNoise = try decodeState(checkpoint.metadata[name], named: name)
    try refuse([stored.fault(replacing: self)], in: name)
    self = stored
  }

  /// Fills one row of variates per lane.
  ///
  /// - Parameters:
  ///   - column: which.
  ///   - rows: N of it.
  ///   - kind: what the distribution needs: `Categorical.noise`, say.
  public mutating func fill(_ column: ExperienceColumn<Float>, rows: Range<Int>, _ kind: NoiseKind)
  {
    let (variates, width) = (column.elements(rows), column.width)
    for lane in streams.indices {
      var row = variates.extracting(lane * width..<(lane + 1) * width).mutableSpan
      streams[lane].fill(kind, &row)
    }
  }
}

extension [RandomStream] {
  /// Says why these streams, read back, cannot take the place of others; nil if they can.
  func fault(replacing fresh: [RandomStream]) -> String? {
    guard count == fresh.count else { return "it has \(count) streams instead of \(fresh.count)." }
    return zip(self, fresh).allSatisfy { $0.hasSameName(as: $1) }
      ? nil : "a stream is not that of the run's seed and its lane."
  }
}
