/// Saving and restoring a batch.
extension EnvironmentBatch {
  /// Everything that a batch does not take from its initializer.
  private struct Saved: Codable {
    var lanes: [E]
    var clocks: [LaneClock]
  }

  /// The state of every lane as JSON with sorted keys: equal states give equal bytes.
  public func snapshot() throws(EnvironmentError) -> [UInt8] {
    try requireNoStep()
    return try encodedSnapshot(
      Saved(lanes: lanes.environments, clocks: lanes.clocks), seed: lanes.seed)
  }

  /// Goes back to a state that `snapshot()` returned.
  ///
  /// - Throws: `EnvironmentError.invalidSnapshot` for bytes of another task, number of lanes, seed
  ///   or first lane, and for a state that the task cannot be in; nothing has changed then.
  public func restore(_ snapshot: [UInt8]) throws(EnvironmentError) {
    let saved: Saved = try decodedSnapshot(snapshot, seed: lanes.seed) { saved in
      saved.clocks.count == saved.lanes.count ? saved.lanes.count : nil
    }
    for (lane, environment) in saved.lanes.enumerated() {
      if let problem = saved.clocks[lane].problem(stepLimit: stepLimit)
        ?? environment.restorationProblem(prototype: lanes.environments[lane])
      {
        throw .invalidSnapshot(environment: name, reason: "lane \(firstLane + lane): \(problem)")
      }
    }
    lanes.environments = saved.lanes
    lanes.clocks = saved.clocks
    lanes.fault = nil
    hasActed = false
    pendingEnd = nil
  }
}
