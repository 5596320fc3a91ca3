/// The processes that train one run together, and which of them this is.
public struct RankGroup: Hashable, Sendable {
  /// Which this is, from 0.
  ///
  /// The first one writes the run folder and speaks for all.
  public let index: Int
  /// How many there are.
  public let count: Int

  /// One of some processes.
  ///
  /// - Parameters:
  ///   - index: from 0.
  ///   - count: at least 1.
  public init(index: Int, of count: Int) {
    self.index = index
    self.count = count
  }

  /// The only process.
  public static let alone = RankGroup(index: 0, of: 1)

  /// Whether this process speaks for all.
  public var isFirst: Bool { index == 0 }
}

/// What carries bytes between ranks.
///
/// All ranks make the same calls in the same order; each waits for the others.
public protocol RankChannel: AnyObject {
  /// The processes.
  var ranks: RankGroup { get }
  /// The machine that this one is on, for messages.
  var host: String { get }

  /// Lays what every rank has side by side, in their order.
  ///
  /// - Parameters:
  ///   - bytes: of this rank; as many on every rank.
  ///   - all: memory for those of all ranks.
  /// - Throws: why the others cannot be heard.
  func allGather(
    _ bytes: UnsafeRawBufferPointer, into all: UnsafeMutableRawBufferPointer) throws

  /// Hands the first rank's bytes to all.
  ///
  /// - Parameter bytes: as many on every rank; replaced on all but the first.
  /// - Throws: why the others cannot be heard.
  func broadcast(_ bytes: UnsafeMutableRawBufferPointer) throws
}
