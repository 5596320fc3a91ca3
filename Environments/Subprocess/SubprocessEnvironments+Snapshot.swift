import Foundation
import ReinforcementLearning

/// Saving and restoring.
extension SubprocessEnvironments {
  private struct Saved: Codable {
    /// Missing in runs that were begun with long seeds.
    var seedBits: Int?
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
      let reply = try ask(host, "snapshot", "\"env_ids\":\(list(environments))")
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
      Saved(seedBits: seedBits, lanes: lanes, states: states, masks: Array(masks)), seed: seed)
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
    if let problem = problem(with: saved) {
      throw .invalidSnapshot(environment: name, reason: problem)
    }
    pendingEnd = nil
    try startAll()
    lanes = saved.lanes
    seedBits = saved.seedBits ?? PipedLane.longSeedBits
    _ = masks.update(fromContentsOf: saved.masks)
    for host in hosts {
      let restored = host.lanes.filter { saved.states[$0] != nil }
      for lane in host.lanes where saved.states[lane] == nil && lanes[lane].isActive {
        lanes[lane].isLost = true
      }
      try restore(restored, of: host) { saved.states[$0] ?? "" }
    }
  }

  /// Gives lanes of a process their states back, in as many requests as it takes to keep them short.
  private func restore(
    _ restored: [Int], of host: SimulatorHost, state: (Int) -> String
  ) throws(EnvironmentError) {
    var rest = restored[...]
    while !rest.isEmpty {
      var bytes = 0
      let chunk = rest.prefix { lane in
        defer { bytes += 2 * state(lane).utf8.count }
        return bytes == 0 || bytes + 2 * state(lane).utf8.count < FrameHeader.maximumFrame / 2
      }
      rest = rest.dropFirst(chunk.count)
      let environments = list(chunk.map { $0 - host.lanes.lowerBound })
      // Texts can always be encoded.
      let states = (try? JSONEncoder().encode(chunk.map(state))).map {
        String(decoding: $0, as: UTF8.self)
      }
      _ = try ask(host, "restore", "\"env_ids\":\(environments),\"states\":\(states ?? "[]")")
    }
  }

  /// What is wrong with a state that was read back, or nil.
  private func problem(with saved: Saved) -> String? {
    let bits = saved.seedBits ?? PipedLane.longSeedBits
    guard bits == PipedLane.seedBits || bits == PipedLane.longSeedBits else {
      return "its seeds have \(bits) bits."
    }
    for (lane, state) in saved.lanes.enumerated() {
      if let problem = state.problem(
        seed: seed, lane: firstLane + lane, bits: bits, stepLimit: stepLimit)
      {
        return "lane \(firstLane + lane): \(problem)"
      }
      if saved.states[lane] != nil, !state.isActive || !hasSnapshots {
        return "lane \(firstLane + lane) has a state of the simulator but no use for it."
      }
      var start = lane * layout.maskSize
      for count in layout.maskSize > 0 && state.isActive ? layout.maskCounts : [] {
        guard saved.masks[start..<start + count].contains(1) else {
          return "the mask of lane \(firstLane + lane) allows no action."
        }
        start += count
      }
    }
    guard saved.masks.allSatisfy({ $0 == 0 || $0 == 1 }) else {
      return "a mask has a number other than 0 and 1."
    }
    return nil
  }

  /// Whole numbers as the protocol wants them: without a space.
  private func list(_ numbers: [Int]) -> String {
    "[\(numbers.map { "\($0)" }.joined(separator: ","))]"
  }

  /// Sends a request that is not about steps and takes its reply.
  private func ask(
    _ host: SimulatorHost, _ type: String, _ fields: String
  ) throws(EnvironmentError) -> Reply {
    host.requested = []
    guard let connection = host.connection else {
      throw .outOfTurn(environment: name, reason: "a simulator has failed; call reset.")
    }
    connection.send(json: { "{\"type\":\"\(type)\",\"id\":\($0),\(fields)}" })
    SimulatorConnection.wait(
      for: CollectionOfOne(connection), seconds: simulator.settings.resetTimeout,
      stop: .answering(simulator.stopSignal))
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
