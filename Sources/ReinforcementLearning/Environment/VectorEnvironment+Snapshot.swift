import Foundation

/// What every vector environment's snapshot says of where it belongs, beside the state of its own.
private struct SnapshotOrigin: Codable {
  var environment: String
  var seed: UInt64
  var firstLane: Int
}

/// An origin and a state side by side, as one object of JSON.
private struct Snapshot<State> {
  var origin: SnapshotOrigin
  var state: State
}

extension Snapshot: Encodable where State: Encodable {
  func encode(to encoder: any Encoder) throws {
    try origin.encode(to: encoder)
    try state.encode(to: encoder)
  }
}

extension Snapshot: Decodable where State: Decodable {
  init(from decoder: any Decoder) throws {
    origin = try SnapshotOrigin(from: decoder)
    state = try State(from: decoder)
  }
}

extension VectorEnvironment {
  /// A state and where it belongs, as JSON with sorted keys: equal states give equal bytes.
  ///
  /// - Parameters:
  ///   - state: an object whose keys are none of `environment`, `seed` and `firstLane`.
  ///   - seed: the run's.
  /// - Returns: what ``decodedSnapshot(_:seed:laneCount:)`` takes.
  /// - Throws: `EnvironmentError.invalidSnapshot` for a state that cannot be encoded.
  package func encodedSnapshot(
    _ state: some Encodable, seed: UInt64
  ) throws(EnvironmentError) -> [UInt8] {
    let origin = SnapshotOrigin(environment: name, seed: seed, firstLane: firstLane)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    do {
      return Array(try encoder.encode(Snapshot(origin: origin, state: state)))
    } catch {
      throw .invalidSnapshot(environment: name, reason: "its state cannot be encoded: \(error)")
    }
  }

  /// The state in a snapshot that belongs here.
  ///
  /// - Parameters:
  ///   - bytes: the snapshot.
  ///   - seed: the run's.
  ///   - laneCount: the number of lanes of a state; nil where its parts disagree.
  /// - Returns: the state.
  /// - Throws: `EnvironmentError.invalidSnapshot` for one of another task, number of lanes, seed or
  ///   first lane.
  package func decodedSnapshot<State: Decodable>(
    _ bytes: [UInt8], seed: UInt64, laneCount: (State) -> Int?
  ) throws(EnvironmentError) -> State {
    let snapshot: Snapshot<State>
    do {
      snapshot = try JSONDecoder().decode(Snapshot<State>.self, from: Data(bytes))
    } catch {
      throw .invalidSnapshot(environment: name, reason: "it cannot be decoded: \(error)")
    }
    let origin = snapshot.origin
    func require(_ isFine: Bool, _ reason: String) throws(EnvironmentError) {
      guard isFine else { throw .invalidSnapshot(environment: name, reason: reason) }
    }
    try require(origin.environment == name, "it is of \(origin.environment).")
    guard let lanes = laneCount(snapshot.state) else {
      throw .invalidSnapshot(
        environment: name, reason: "its parts have different numbers of lanes.")
    }
    try require(lanes == count, "it has \(lanes) lanes instead of \(count).")
    try require(origin.seed == seed, "its seed is \(origin.seed) instead of \(seed).")
    try require(
      origin.firstLane == firstLane,
      "its first lane is \(origin.firstLane) instead of \(firstLane).")
    return snapshot.state
  }
}
