import Foundation
import RelaxRL

/// Softmax over W·observation, trained by REINFORCE on each step's own reward.
final class LinearAgent: Agent {
  let shards: [LampLanes]
  let weights = ParameterSet<Float>([ParameterEntry("weights", [3, 3])])

  init(seed: UInt64) throws {
    shards = try [0, 8].map { [weights] in try LampLanes(from: $0, weights, seed) }
  }

  var parameters: [ParameterSet<Float>] { [weights] }

  func finishUpdate(at position: RunPosition) {
    weights.values = zip(weights.values, shards[0].gradient.values).map { $0 + 0.5 * $1 }
  }

  func save(to checkpoint: inout SafetensorsFile) {
    checkpoint.tensors += weights.safetensorsEntries()
  }

  func restore(from checkpoint: SafetensorsFile) throws {
    try weights.restore(from: checkpoint)
  }
}

/// Eight lanes, which one thread works on at a time.
final class LampLanes: AgentShard {
  struct State: Codable {
    var stream: RandomStream
    var episodes: EpisodeTracker
    var memory: EnvironmentMemory
  }

  let lanes: EnvironmentBatch<Lamps>
  let weights: ParameterSet<Float>
  let gradient: ParameterSet<Float>
  var state: State

  init(from firstLane: Int, _ weights: ParameterSet<Float>, _ seed: UInt64) throws {
    lanes = try EnvironmentBatch(Lamps(), count: 8, seed: seed, firstLane: firstLane)
    self.weights = weights
    gradient = ParameterSet(weights.layout)
    state = State(
      stream: RandomStream(seed: seed, purpose: "action", lane: UInt64(firstLane)),
      episodes: EpisodeTracker(firstLane: firstLane, count: 8),
      memory: EnvironmentMemory(for: lanes))
    try state.memory.reset(lanes)
  }

  var episodes: EpisodeTracker {
    get { state.episodes }
    set { state.episodes = newValue }
  }

  func collect(clock: Int) throws -> Int {
    let w = weights.values
    let lit = (0..<8).map { lane in
      (0..<3).first { state.memory.observations[lane * 3 + $0] == 1 } ?? 0
    }
    let odds = lit.map { lit in (0..<3).map { Double(exp(w[$0 * 3 + lit])) } }
    let actions = odds.map { Int32(state.stream.discrete(weights: $0)) }
    try state.memory.step(lanes, actions: actions, atEnd: .startNext)
    state.episodes.record(state.memory, atEnd: .startNext)
    gradient.fill(0)
    for (lane, odds) in odds.enumerated() {
      for action in 0..<3 {
        let score = (actions[lane] == action ? 1 : 0) - odds[action] / odds.reduce(0, +)
        gradient.buffer[action * 3 + lit[lane]] += Float(score * state.memory.rewards[lane]) / 16
      }
    }
    return 8
  }

  func writeGradient(_ pass: Int) {}

  func gradients(of pass: Int) -> [ParameterSet<Float>] { [gradient] }

  func save(to checkpoint: inout SafetensorsFile, name: String) throws {
    checkpoint.metadata[name] = try encodeState(state)
    checkpoint.append("\(name).environments", SafetensorsTensor(try lanes.snapshot()))
  }

  func restore(from checkpoint: SafetensorsFile, name: String) throws {
    state = try decodeState(checkpoint.metadata[name], named: name)
    let snapshot = checkpoint["\(name).environments"]
    try lanes.restore(snapshot?.values(as: UInt8.self) ?? [])
  }
}
