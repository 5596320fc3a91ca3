import GSL
import Networks
import ReinforcementLearning

/// A deterministic policy with exploration noise, after a warm-up in which it is not asked.
///
/// Shapes: N lanes, D observation, C components of an action.
final class ExploringActor: Actor {
  /// Steps of all lanes together.
  private(set) var stepsTaken = 0

  private let configuration: DDPGConfiguration
  private let policy: CompiledNetwork
  private let components: Int
  private var exploration: ExplorationNoise
  private var warmUpStreams: [RandomStream]
  /// `[N, C]` within ±1.
  private var actions: [Float]

  init(
    _ networks: DDPGNetworks, _ lanes: Lanes, _ configuration: DDPGConfiguration, seed: UInt64
  ) throws {
    let (count, firstLane) = (lanes.count, lanes.environment.firstLane)
    self.configuration = configuration
    components = lanes.actions.size
    policy = try networks.policy(rows: count)
    exploration = ExplorationNoise(
      configuration, seed: seed, firstLane: firstLane, lanes: count, components: components)
    warmUpStreams = (0..<count).map {
      RandomStream(seed: seed, purpose: "warm-up", lane: UInt64(firstLane + $0))
    }
    actions = Array(repeating: 0, count: count * components)
  }

  func act(on rows: Range<Int>, of experience: Experience) {
    chooseActions(rows, experience)
    experience.column(.action)?.withMutableRows(rows) {
      for index in actions.indices { $0[index] = actions[index] }
    }
  }

  private func chooseActions(_ rows: Range<Int>, _ experience: Experience) {
    if stepsTaken < configuration.learningStarts && configuration.warmUp == .uniform {
      for index in actions.indices {
        actions[index] = Float(warmUpStreams[index / components].uniform(in: -1...1))
      }
      return
    }
    if let observations = experience.column(.observation) {
      policy.inputs.copyRows(rows, of: observations, to: 0)
    }
    policy.run()
    for index in actions.indices { actions[index] = policy.outputs[index] }
    exploration.add(to: &actions)
    for index in actions.indices { actions[index] = min(max(actions[index], -1), 1) }
  }

  func finishStep(_ outcomes: Span<Outcome>) {
    stepsTaken += outcomes.count
    for lane in outcomes.indices where outcomes[lane].isEnd { exploration.restart(lane: lane) }
  }

  /// What a checkpoint keeps.
  private struct State: Codable {
    var stepsTaken: Int
    var exploration: ExplorationNoise
    var warmUp: [RandomStream]
  }

  func save(to checkpoint: inout SafetensorsFile, name: String) throws {
    checkpoint.metadata[name] = try encodeState(
      State(stepsTaken: stepsTaken, exploration: exploration, warmUp: warmUpStreams))
  }

  func restore(from checkpoint: SafetensorsFile, name: String) throws {
    let state: State = try decodeState(checkpoint.metadata[name], named: name)
    try refuse(
      [
        StateFault.count(state.stepsTaken, "the number of steps"),
        state.exploration.fault(replacing: exploration),
        state.warmUp.fault(replacing: warmUpStreams),
      ], in: name)
    stepsTaken = state.stepsTaken
    exploration = state.exploration
    warmUpStreams = state.warmUp
  }
}
