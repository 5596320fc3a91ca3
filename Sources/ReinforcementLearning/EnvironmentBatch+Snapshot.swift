import Foundation

/// Saving and restoring a batch.
extension EnvironmentBatch {
  /// Everything that a batch does not take from its initializer.
  private struct Saved: Codable {
    var environment: String
    var seed: UInt64
    var firstLane: Int
    var lanes: [E]
    var clocks: [LaneClock]
  }

  /// The state of every lane as JSON with sorted keys: equal states give equal bytes.
  public func snapshot() throws(EnvironmentError) -> [UInt8] {
    try requireNoStep()
    let saved = Saved(
      environment: name, seed: lanes.seed, firstLane: firstLane, lanes: lanes.environments,
      clocks: lanes.clocks)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    do {
      return Array(try encoder.encode(saved))
    } catch {
      throw .invalidSnapshot(environment: name, reason: "its state cannot be encoded: \(error)")
    }
  }

  /// Goes back to a state that `snapshot()` returned.
  ///
  /// - Throws: `EnvironmentError.invalidSnapshot` for bytes of another task, number of lanes, seed
  ///   or first lane; nothing has changed then.
  public func restore(_ snapshot: [UInt8]) throws(EnvironmentError) {
    let saved: Saved
    do {
      saved = try JSONDecoder().decode(Saved.self, from: Data(snapshot))
    } catch {
      throw .invalidSnapshot(environment: name, reason: "it cannot be decoded: \(error)")
    }
    try require(saved.environment == name, "it is of \(saved.environment).")
    try require(
      saved.lanes.count == count && saved.clocks.count == count,
      "it has \(saved.lanes.count) lanes instead of \(count).")
    try require(saved.seed == lanes.seed, "its seed is \(saved.seed) instead of \(lanes.seed).")
    try require(
      saved.firstLane == firstLane,
      "its first lane is \(saved.firstLane) instead of \(firstLane).")
    lanes.environments = saved.lanes
    lanes.clocks = saved.clocks
    lanes.fault = nil
    pendingEnd = nil
  }

  private func require(_ isFine: Bool, _ reason: String) throws(EnvironmentError) {
    guard isFine else { throw .invalidSnapshot(environment: name, reason: reason) }
  }
}
