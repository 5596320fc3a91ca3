import Distributions
import Foundation
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

  /// Turns independent logistic variates of K copies of each lane into antithetic ones, each logistic still.
  ///
  /// The exponential variates behind them have shares w_k of their sum, of which one that is large leaves little to
  /// the others: a flat Dirichlet distribution, in which 1 − (1 − w_k)^(K − 1) is uniform (Dimitriev and Zhou, 2021).
  ///
  /// - Parameters:
  ///   - column: which.
  ///   - rows: N of it, the copies of all lanes one after the other.
  ///   - copies: K, at least 2.
  func makeAntithetic(_ column: ExperienceColumn<Float>, rows: Range<Int>, _ copies: Int) {
    var variates = column.elements(rows).mutableSpan
    let stride = variates.count / copies
    var exponentials = [Double](repeating: 0, count: copies)
    for first in 0..<stride {
      for copy in 0..<copies {
        // −log(1 − u) of the uniform variate behind a logistic one.
        let logistic = Double(variates[first + copy * stride])
        exponentials[copy] = max(logistic, 0) + log1p(exp(-abs(logistic)))
      }
      let total = exponentials.reduce(0, +)
      for copy in 0..<copies {
        let others = total - exponentials[copy]
        // log(1 − u) of the new one.
        let rest = Double(copies - 1) * log(others / total)
        variates[first + copy * stride] = Float(log(-expm1(rest)) - rest)
      }
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
