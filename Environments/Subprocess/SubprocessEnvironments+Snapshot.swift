import Foundation
import ReinforcementLearning

/// Saving and restoring.
extension SubprocessEnvironments {
  private struct Saved: Codable {
    var lanes: [PipedLane]
    /// What the simulator calls the state of each lane; nil where there is none.
    var states: [String?]
    var masks: [Float]
  }

  private struct Reply: Decodable {
    var type: String
    var states: [String]?
  }

  /// The state of every lane as JSON with sorted keys: equal states give equal bytes.
  ///
  /// Without the simulator's help it is no more than the numbers of the episodes, see `hasSnapshots`.
  public func snapshot() throws(EnvironmentError) -> [UInt8] {
    try requireNoStep()
    var states = [String?](repeating: nil, count: count)
    for host in hosts where hasSnapshots {
      let saved = host.lanes.filter { lanes[$0].isActive && !lanes[$0].isLost }
      guard !saved.isEmpty else { continue }
      let environments = saved.map { $0 - host.lanes.lowerBound }
      let reply = try ask(host, "snapshot") { "\"env_ids\":\(environments)" }
      guard let received = reply.states, received.count == saved.count else {
        throw failure(
          .violation(
            ProtocolViolation(
              message: "snapshot", field: "states", expected: "a list of \(saved.count) texts",
              received: reply.states.map { "one of \($0.count)" } ?? "missing")), of: host,
          in: "snapshot")
      }
      for (lane, state) in zip(saved, received) { states[lane] = state }
    }
    return try encodedSnapshot(
      Saved(lanes: lanes, states: states, masks: Array(masks)), seed: seed)
  }

  /// Goes back to a state that `snapshot()` returned, of this or of an equal vector environment.
  ///
  /// - Throws: `EnvironmentError.invalidSnapshot` for bytes of another task, number of lanes, seed
  ///   or first lane; nothing has changed then.
  public func restore(_ snapshot: [UInt8]) throws(EnvironmentError) {
    let saved: Saved = try decodedSnapshot(snapshot, seed: seed) { saved in
      let lanes = saved.lanes.count
      let isWhole =
        saved.states.count == lanes && saved.masks.count * count == masks.count * lanes
      return isWhole ? lanes : nil
    }
    pendingEnd = nil
    try startAll()
    lanes = saved.lanes
    _ = masks.update(fromContentsOf: saved.masks)
    for host in hosts {
      let restored = host.lanes.filter { saved.states[$0] != nil }
      for lane in host.lanes where saved.states[lane] == nil && lanes[lane].isActive {
        lanes[lane].isLost = true
      }
      guard !restored.isEmpty else { continue }
      let environments = restored.map { $0 - host.lanes.lowerBound }
      let states = restored.map { saved.states[$0] ?? "" }
      // Texts can always be encoded.
      let text = (try? JSONEncoder().encode(states)).map { String(decoding: $0, as: UTF8.self) }
      _ = try ask(host, "restore") { "\"env_ids\":\(environments),\"states\":\(text ?? "[]")" }
    }
  }

  /// Sends a request that is not about steps and takes its reply.
  private func ask(
    _ host: SimulatorHost, _ type: String, _ fields: () -> String
  ) throws(EnvironmentError) -> Reply {
    host.requested = []
    guard let connection = host.connection else {
      throw .outOfTurn(environment: name, reason: "a simulator has failed; call reset.")
    }
    let fields = fields()
    connection.send(json: { "{\"type\":\"\(type)\",\"id\":\($0),\(fields)}" })
    SimulatorConnection.wait(
      for: CollectionOfOne(connection), seconds: simulator.settings.resetTimeout)
    do throws(SimulatorFault) {
      return try connection.takeText { text throws(SimulatorFault) in
        guard let reply = try? JSONDecoder().decode(Reply.self, from: Data(text)),
          reply.type == type
        else {
          throw .violation(
            ProtocolViolation(
              message: type, field: "type", expected: "\"\(type)\"", received: quoted(text)))
        }
        return reply
      }
    } catch {
      throw failure(error, of: host, in: type)
    }
  }
}
