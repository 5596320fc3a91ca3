import GSL
import Networks
import ReinforcementLearning

/// A deterministic policy with exploration noise, after a warm-up in which it is not asked.
///
/// Shapes: N lanes, D observation, C components of an action.
final class ExploringActor: OffPolicyActor {
  /// Steps of all lanes together.
  private(set) var stepsTaken = 0

  private let configuration: any ExplorationSettings
  private let policy: CompiledNetwork
  private var exploration: ExplorationNoise
  private var warmUp: UniformActions
  /// `[N, C]` within ±1.
  private var actions: [Float]

  init(
    _ network: TrainedNetwork, _ lanes: Lanes, _ configuration: any ExplorationSettings,
    seed: UInt64
  ) throws {
    let (count, firstLane) = (lanes.count, lanes.firstLane)
    let components = lanes.actions.size
    self.configuration = configuration
    policy = try CompiledNetwork(network.network, network.parameters, rows: count) { $0.tanh() }
    exploration = ExplorationNoise(
      configuration, seed: seed, firstLane: firstLane, lanes: count, components: components)
    warmUp = UniformActions(seed: seed, firstLane: firstLane, lanes: count)
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
      return warmUp.fill(&actions)
    }
    policy.inputs.write(rows, ofObservationsIn: experience)
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
    var warmUp: UniformActions
  }

  func save(to checkpoint: inout SafetensorsFile, name: String) throws {
    checkpoint.metadata[name] = try encodeState(
      State(stepsTaken: stepsTaken, exploration: exploration, warmUp: warmUp))
  }

  func restore(from checkpoint: SafetensorsFile, name: String) throws {
    let state: State = try decodeState(checkpoint.metadata[name], named: name)
    try refuse(
      [
        StateFault.count(state.stepsTaken, "the number of steps"),
        state.exploration.fault(replacing: exploration),
        state.warmUp.fault(replacing: warmUp),
      ], in: name)
    stepsTaken = state.stepsTaken
    exploration = state.exploration
    warmUp = state.warmUp
  }
}
