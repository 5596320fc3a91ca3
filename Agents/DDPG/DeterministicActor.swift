import Differentiation
import Networks
import ReinforcementLearning

/// μ(s) compiled for a number of rows.
final class DeterministicActor {
  let rows: Int
  /// `[rows, D]`, to be filled before a run.
  let observations: ExperienceColumn<Float>
  /// `[rows, C]` within ±1, filled by a run.
  let actions: ExperienceColumn<Float>
  private let program: Program<Float>
  /// The program reads their parameters in place.
  private let networks: DDPGNetworks

  init(_ networks: DDPGNetworks, rows: Int) throws {
    self.rows = rows
    self.networks = networks
    let graph = Graph()
    let actor = networks.actor
    let tensors = ParameterTensors(actor.parameters.layout, inputsOf: graph)
    let input = graph.input(
      "observations", shape: [rows, actor.network.inputShape.reduce(1, *)])
    observations = ExperienceColumn(.observation, width: input.shape[1], capacity: rows)
    actions = ExperienceColumn(
      .action, width: actor.network.outputShape.reduce(1, *), capacity: rows)
    program = try Program<Float>(
      stages: [
        ProgramStage(outputs: [
          ProgramOutput("action", actor.network(input, parameters: tensors).tanh())
        ])
      ],
      bindings: tensors.bindings(to: actor.parameters) + [
        ProgramBinding(input, observations.pointer, ownedBy: observations)
      ], destinations: ["action": actions.pointer])
  }

  func run() { program.run() }
}
