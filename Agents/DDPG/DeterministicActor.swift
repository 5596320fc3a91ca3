import Differentiation
import Networks

/// μ(s) compiled for a number of rows.
final class DeterministicActor {
  let rows: Int
  /// `[rows, D]`, to be filled before a run.
  let observations: UnsafeMutableBufferPointer<Float>
  /// `[rows, C]` within ±1, filled by a run.
  let actions: UnsafeMutableBufferPointer<Float>
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
    program = try Program<Float>(
      stages: [
        ProgramStage(outputs: [
          ProgramOutput("action", actor.network(input, parameters: tensors).tanh())
        ])
      ], bindings: tensors.bindings(to: actor.parameters))
    observations = UnsafeMutableBufferPointer(
      start: program.inputPointer(input), count: input.shape.count)
    actions = program.outputBuffer("action")
  }

  func run() { program.run() }
}
