import Differentiation
import GSL
import Networks
import ReinforcementLearning

/// Draws actions from a policy, after a warm-up of uniform ones.
///
/// Shapes: N lanes, D observation, C components of an action.
final class SACActor: OffPolicyActor {
  /// Steps of all lanes together.
  private(set) var stepsTaken = 0

  private let learningStarts: Int
  private let program: Program<Float>
  private let observations: ExperienceColumn<Float>
  private let noiseColumn: ExperienceColumn<Float>
  private let chosen: ExperienceColumn<Float>
  private var noise: LaneNoise
  private var warmUp: UniformActions
  /// `[N, C]` within ±1.
  private var actions: [Float]

  init(_ policy: SACPolicy, _ lanes: Lanes, learningStarts: Int, seed: UInt64) throws {
    let (count, size) = (lanes.count, lanes.actions.size)
    self.learningStarts = learningStarts
    let table = ExperienceGraph(rows: count, lanes: count)
    let x = table.input(.observation, width: lanes.observationSize)
    let epsilon = table.input(.noise, width: size)
    let distribution = policy(x, table.parameters(policy.network.parameters))
    let action = distribution.value(ofUnsquashed: distribution.base.sample(noise: epsilon))
    let output = table.output(.action, action.reshaped([count, size]), isComputed: true)
    observations = table.experience[.observation]
    noiseColumn = table.experience[.noise]
    chosen = table.experience[.action]
    program = try table.compile([ProgramStage(outputs: [output])])
    noise = LaneNoise(seed: seed, purpose: "action", firstLane: lanes.firstLane, count: count)
    warmUp = UniformActions(seed: seed, firstLane: lanes.firstLane, lanes: count)
    actions = Array(repeating: 0, count: count * size)
  }

  func act(on rows: Range<Int>, of experience: Experience) {
    if stepsTaken < learningStarts {
      warmUp.fill(&actions)
      experience.column(.action)?.withMutableRows(rows) {
        for index in actions.indices { $0[index] = actions[index] }
      }
      return
    }
    observations.write(rows, ofObservationsIn: experience)
    noise.fill(noiseColumn, rows: 0..<rows.count, .normal)
    program.run()
    experience.column(.action)?.copyRows(0..<rows.count, of: chosen, to: rows.lowerBound)
  }

  func finishStep(_ outcomes: Span<Outcome>) { stepsTaken += outcomes.count }

  private struct State: Codable {
    var stepsTaken: Int
    var warmUp: UniformActions
  }

  func save(to checkpoint: inout SafetensorsFile, name: String) throws {
    checkpoint.metadata[name] = try encodeState(State(stepsTaken: stepsTaken, warmUp: warmUp))
    try noise.save(to: &checkpoint, name: "\(name).noise")
  }

  func restore(from checkpoint: SafetensorsFile, name: String) throws {
    let state: State = try decodeState(checkpoint.metadata[name], named: name)
    try refuse(
      [
        StateFault.count(state.stepsTaken, "the number of steps"),
        state.warmUp.fault(replacing: warmUp),
      ], in: name)
    try noise.restore(from: checkpoint, name: "\(name).noise")
    stepsTaken = state.stepsTaken
    warmUp = state.warmUp
  }
}
