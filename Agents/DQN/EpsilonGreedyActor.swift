import GSL
import Networks
import ReinforcementLearning

/// Chooses the most valuable allowed action, and with probability ε any allowed one.
///
/// Shapes: N lanes, D observation, A choices.
final class EpsilonGreedyActor: OffPolicyActor {
  /// Steps of all lanes together.
  private(set) var stepsTaken = 0

  private let configuration: DQNConfiguration
  private let values: CompiledNetwork
  private let choices: Int
  /// Of each lane.
  private var streams: [RandomStream]

  init(
    _ network: TrainedNetwork, _ lanes: Lanes, _ configuration: DQNConfiguration,
    readsBytes: Bool, seed: UInt64
  ) throws {
    self.configuration = configuration
    choices = lanes.actions.noiseSize
    values = try CompiledNetwork(
      network.network, network.parameters, rows: lanes.count, readsBytes: readsBytes)
    streams = (0..<lanes.count).map {
      RandomStream(seed: seed, purpose: "exploration", lane: UInt64(lanes.firstLane + $0))
    }
  }

  func act(on rows: Range<Int>, of experience: Experience) {
    let epsilon = configuration.epsilon(atStep: stepsTaken)
    let masks = experience.column(.mask)
    var isComputed = false
    for (lane, row) in rows.enumerated() {
      func isAllowed(_ action: Int) -> Bool { masks.map { $0[row * choices + action] > 0 } ?? true }
      let action: Int
      if streams[lane].uniform() < epsilon {
        let allowed = (0..<choices).filter(isAllowed)
        action = allowed[streams[lane].index(below: allowed.count)]
      } else {
        // Nobody asks for values while every lane explores.
        if !isComputed {
          values.inputs.write(rows, ofObservationsIn: experience)
          values.run()
          isComputed = true
        }
        var (best, highest) = (-1, -Float.infinity)
        for action in 0..<choices where isAllowed(action) {
          let value = values.outputs[lane * choices + action]
          if best < 0 || value > highest { (best, highest) = (action, value) }
        }
        action = best
      }
      experience.column(.action)?[row] = Float(action)
    }
  }

  func finishStep(_ outcomes: Span<Outcome>) { stepsTaken += outcomes.count }

  private struct State: Codable {
    var stepsTaken: Int
    var streams: [RandomStream]
  }

  func save(to checkpoint: inout SafetensorsFile, name: String) throws {
    checkpoint.metadata[name] = try encodeState(State(stepsTaken: stepsTaken, streams: streams))
  }

  func restore(from checkpoint: SafetensorsFile, name: String) throws {
    let state: State = try decodeState(checkpoint.metadata[name], named: name)
    try refuse(
      [
        StateFault.count(state.stepsTaken, "the number of steps"),
        state.streams.fault(replacing: streams),
      ], in: name)
    stepsTaken = state.stepsTaken
    streams = state.streams
  }
}
